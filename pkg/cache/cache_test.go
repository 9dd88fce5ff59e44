package cache

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/atomicfile"
	"github.com/konhook/konhook/pkg/event"
)

// fake is an API that counts how often it is asked.
type fake struct {
	asked int
	body  string // empty: no event
	err   error
}

func (f *fake) Last(_ context.Context, t event.Type) (*api.Answer, error) {
	f.asked++
	switch {
	case f.err != nil:
		return nil, f.err
	case f.body == "":
		return nil, &api.NoEventError{Type: t, Status: 404}
	}
	return &api.Answer{Event: event.New([]byte(f.body)), ContentType: "application/json; x=1", At: time.Now()}, nil
}

func created(t *testing.T) event.Type {
	t.Helper()
	kind, err := event.ParseType("user.created")
	if err != nil {
		t.Fatal(err)
	}
	return kind
}

func open(t *testing.T, o Options) *Cache {
	t.Helper()
	c, err := Open(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

const body = "{ \"type\":\"User/Created\", \"n\":1.50,\n\"x\":\"\\u00e9\xff\" }\n"

// TestFreshForAWhile asks at several times and counts how often the API was.
func TestFreshForAWhile(t *testing.T) {
	for _, c := range []struct {
		name  string
		body  string
		err   error
		asked int // after 3 questions within MaxAge, and one behind it
	}{
		{"an event", body, nil, 2},
		{"no event", "", nil, 2},
		{"a failure", "", &api.RemoteError{Status: 500}, 4},
		{"a refused key", "", &api.KeyError{Status: 401}, 4},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			synctest.Test(t, func(t *testing.T) {
				source := &fake{body: c.body, err: c.err}
				began := time.Now()
				var hits []time.Duration
				for i := range 4 {
					cache := open(t, Options{API: source, BaseURL: "https://a.example/v1", Dir: dir, MaxAge: time.Minute,
						Hit: func(_ event.Type, age time.Duration) { hits = append(hits, age) }})
					answer, err := cache.Last(t.Context(), created(t))
					var none *api.NoEventError
					switch {
					case c.err != nil && !errors.Is(err, c.err):
						t.Errorf("%v, want %v", err, c.err)
					case c.err == nil && c.body == "" && !errors.As(err, &none):
						t.Errorf("%v, want that there is no event", err)
					case c.body == "":
					case err != nil || string(answer.Event.Body) != body || answer.ContentType != "application/json; x=1":
						t.Errorf("%v, %+v", err, answer)
					case i == 2 && !answer.At.Equal(began):
						t.Errorf("an answer as of %s, want %s", answer.At, began)
					}
					<-time.After(25 * time.Second)
				}
				if source.asked != c.asked || len(hits) != 4-c.asked {
					t.Errorf("asked %d times, want %d; %d hits", source.asked, c.asked, len(hits))
				}
			})
		})
	}
}

// TestOthersHaveTheirOwn keeps apart what different APIs said, whoever asks.
func TestOthersHaveTheirOwn(t *testing.T) {
	dir := t.TempDir()
	source := &fake{body: body}
	for base, asked := range map[string]int{"https://a.example": 1, "https://b.example": 2} {
		source.asked = asked - 1
		for _, base := range []string{base, "https://user:secret@" + base[len("https://"):]} {
			if _, err := open(t, Options{API: source, BaseURL: base, Dir: dir, MaxAge: time.Hour}).Last(t.Context(), created(t)); err != nil {
				t.Error(err)
			}
		}
		if source.asked != asked {
			t.Errorf("%s: asked %d times", base, source.asked)
		}
	}
}

// TestNotTaken puts something into the cache that is not to be believed.
func TestNotTaken(t *testing.T) {
	line := func(at time.Time) []byte {
		return event.NewDelivery(event.ViaFetch, at, []byte(body)).AppendJSON(nil)
	}
	for name, put := range map[string]func(path string) error{
		"damaged":         func(path string) error { return os.WriteFile(path, []byte(`{"konhook":1,`), 0o600) },
		"empty":           func(path string) error { return os.WriteFile(path, nil, 0o600) },
		"from the future": func(path string) error { return os.WriteFile(path, line(time.Now().Add(time.Minute)), 0o600) },
		"a folder":        func(path string) error { return os.Mkdir(path, 0o700) },
		"a link": func(path string) error {
			if err := os.WriteFile(path+".x", line(time.Now()), 0o600); err != nil {
				return err
			}
			return os.Symlink(path+".x", path)
		},
	} {
		t.Run(name, func(t *testing.T) {
			source := &fake{body: body}
			unkept := 0
			o := Options{API: source, BaseURL: "https://a.example", Dir: t.TempDir(), MaxAge: time.Hour, Unkept: func(event.Type, error) { unkept++ }}
			c := open(t, o)
			if err := put(filepath.Join(o.Dir, folderOf(o.BaseURL), "user.created.json")); err != nil {
				t.Skip(err)
			}
			answer, err := c.Last(t.Context(), created(t))
			if err != nil || source.asked != 1 || string(answer.Event.Body) != body {
				t.Errorf("%v, asked %d times, %+v", err, source.asked, answer)
			}
			if want := map[string]int{"a folder": 1}[name]; unkept != want {
				t.Errorf("%d times not kept, want %d", unkept, want)
			}
		})
	}
}

func TestFolderOfOthers(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no permissions of this kind here")
	}
	o := Options{API: &fake{}, BaseURL: "https://a.example", Dir: t.TempDir(), MaxAge: time.Hour}
	c := open(t, o)
	if _, err := c.Last(t.Context(), created(t)); err == nil {
		t.Error("an event that is none")
	}
	folder := filepath.Join(o.Dir, folderOf(o.BaseURL))
	for path, want := range map[string]fs.FileMode{folder: 0o700, filepath.Join(folder, "user.created.json"): 0o600} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info, err)
		}
	}
	if err := os.Chmod(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(o); !errors.Is(err, atomicfile.ErrShared) {
		t.Errorf("opened a folder of everybody: %v", err)
	}
}

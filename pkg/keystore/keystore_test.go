package keystore

import (
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const (
	account = "acme.konstant.ly"
	key     = "0123456789abcdef0123456789abcdef"
)

// fake is a keyring that may fail, or never answer.
type fake struct {
	mu    sync.Mutex
	keys  map[string]string
	fails error
	hangs chan struct{} // until closed; nil: not at all
}

func (f *fake) do(change func() error) error {
	if f.hangs != nil {
		<-f.hangs
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fails != nil {
		return f.fails
	}
	return change()
}

func (f *fake) Get(service, account string) (key string, err error) {
	err = f.do(func() error {
		if key = f.keys[service+" "+account]; key == "" {
			return ErrNotFound
		}
		return nil
	})
	return key, err
}

func (f *fake) Set(service, account, key string) error {
	return f.do(func() error {
		if f.keys == nil {
			f.keys = map[string]string{}
		}
		f.keys[service+" "+account] = key
		return nil
	})
}

func (f *fake) Delete(service, account string) error {
	_, err := f.Get(service, account)
	if err == nil {
		f.mu.Lock()
		defer f.mu.Unlock()
		delete(f.keys, service+" "+account)
	}
	return err
}

func newStore(t *testing.T, k Keyring) (*Store, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "konhook", "keys.json")
	return New(Options{File: file, Keyring: k}), file
}

func TestInKeyring(t *testing.T) {
	s, file := newStore(t, &fake{})
	if _, _, err := s.Get(t.Context(), account); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	if err := s.Keyring(t.Context()); err != nil || s.File() != file {
		t.Fatal(s.File(), err)
	}
	place, why, err := s.Set(t.Context(), account, key)
	if place != InKeyring || why != nil || err != nil {
		t.Fatal(place, why, err)
	}
	got, from, err := s.Get(t.Context(), account)
	if got != key || from != InKeyring || from.String() != "keyring" || err != nil {
		t.Fatal(got, from, err)
	}
	if _, _, err := s.Get(t.Context(), "other.konstant.ly"); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Dir(file)); !errors.Is(err, fs.ErrNotExist) {
		t.Error("there is a folder for a file that is not needed:", err)
	}
	places, err := s.Delete(t.Context(), account)
	if !reflect.DeepEqual(places, []Place{InKeyring}) || err != nil {
		t.Fatal(places, err)
	}
	if places, err = s.Delete(t.Context(), account); len(places) != 0 || !errors.Is(err, ErrNotFound) {
		t.Fatal(places, err)
	}
}

func TestInFile(t *testing.T) {
	for name, k := range map[string]Keyring{"none": None(), "broken": &fake{fails: errors.New("exec: no such file")}} {
		s, file := newStore(t, k)
		place, why, err := s.Set(t.Context(), account, key)
		var failed *KeyringError
		if err := s.Keyring(t.Context()); !errors.As(err, &failed) {
			t.Fatal(name, err)
		}
		if place != Place(file) || !errors.As(why, &failed) || err != nil {
			t.Fatal(name, place, why, err)
		}
		if place, _, err = s.Set(t.Context(), "b", "other"); place.String() != file || err != nil {
			t.Fatal(name, place, err)
		}
		if got, from, err := s.Get(t.Context(), account); got != key || from != Place(file) || err != nil {
			t.Fatal(name, got, from, err)
		}
		_, _, err = s.Get(t.Context(), "c")
		if !errors.Is(err, ErrNotFound) || !errors.As(err, &failed) || failed.Absent != (name == "none") {
			t.Fatal(name, err)
		}
		for path, want := range map[string]fs.FileMode{file: 0o600, filepath.Dir(file): 0o700} {
			if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != want {
				t.Error(name, path, info.Mode(), err)
			}
		}
		if places, err := s.Delete(t.Context(), account); len(places) != 1 || name == "none" && err != nil || name == "broken" && !errors.As(err, &failed) {
			t.Fatal(name, places, err)
		}
		if got, _, err := s.Get(t.Context(), "b"); got != "other" || err != nil {
			t.Fatal(name, got, err)
		}
		_, _ = s.Delete(t.Context(), "b")
		if _, err := os.Stat(file); !errors.Is(err, fs.ErrNotExist) {
			t.Error(name, "the file outlives the last key:", err)
		}
	}
}

// TestNewest has a keyring come and go: the key that was stored last counts.
func TestNewest(t *testing.T) {
	k := &fake{}
	s, file := newStore(t, k)
	for _, step := range []struct {
		key  string
		down error
	}{{"first", nil}, {"second", errors.New("down")}, {"third", nil}, {"fourth", errors.New("down")}} {
		k.fails = step.down
		if _, _, err := s.Set(t.Context(), account, step.key); err != nil {
			t.Fatal(err)
		}
		for _, k.fails = range []error{step.down, nil} {
			if got, _, err := s.Get(t.Context(), account); got != step.key || err != nil {
				t.Fatal(got, err, step)
			}
		}
	}
	places, err := s.Delete(t.Context(), account)
	if want := []Place{Place(file), InKeyring}; !reflect.DeepEqual(places, want) || err != nil {
		t.Fatal(places, err)
	}
	if _, _, err := s.Get(t.Context(), account); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
}

// TestHanging has a keyring that never answers, on a fake clock.
func TestHanging(t *testing.T) {
	dir := t.TempDir()
	synctest.Test(t, func(t *testing.T) {
		k := &fake{hangs: make(chan struct{})}
		defer close(k.hangs)
		slow := make(chan time.Duration, 9)
		began := time.Now()
		s := New(Options{File: filepath.Join(dir, "keys.json"), Keyring: k, Slow: func() { slow <- time.Since(began) }})
		_, _, err := s.Get(t.Context(), account)
		var failed *KeyringError
		if !errors.Is(err, ErrNotFound) || !errors.As(err, &failed) || failed.Absent || time.Since(began) != DefaultTimeout {
			t.Fatal(err, time.Since(began))
		}
		if at := <-slow; at != time.Second {
			t.Error("told of it after", at)
		}
		if place, why, err := s.Set(t.Context(), account, key); place == InKeyring || why == nil || err != nil {
			t.Fatal(place, why, err)
		}
		if places, err := s.Delete(t.Context(), account); len(places) != 1 || !errors.As(err, &failed) {
			t.Fatal("it may be in the keyring still:", places, err)
		}
		ctx, cancel := context.WithCancelCause(t.Context())
		stop := errors.New("interrupted")
		time.AfterFunc(time.Second, func() { cancel(stop) })
		asked := time.Now()
		if _, _, err := s.Set(ctx, account, key); !errors.Is(err, stop) || time.Since(asked) != time.Second {
			t.Fatal(err, time.Since(asked))
		}
		if _, _, err := s.Get(ctx, account); !errors.Is(err, stop) {
			t.Fatal(err)
		}
	})
}

func TestNoPlaceAtAll(t *testing.T) {
	s := New(Options{Keyring: None()})
	var failed *KeyringError
	if _, _, err := s.Set(t.Context(), account, key); !errors.As(err, &failed) {
		t.Fatal(err)
	}
	if _, err := s.Delete(t.Context(), account); !errors.Is(err, ErrNotFound) {
		t.Fatal(err)
	}
}

func TestUnsafeFile(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		perm fs.FileMode
	}{
		"others may write":   {`{"konhook":1,"keys":{"acme.konstant.ly":"` + key + `"}}`, 0o620},
		"not JSON":           {key, 0o600},
		"of another version": {`{"konhook":2,"keys":{"acme.konstant.ly":"` + key + `"}}`, 0o600},
		"of another shape":   {`{"konhook":1,"keys":{"acme.konstant.ly":["` + key + `"]}}`, 0o600},
	} {
		if runtime.GOOS == "windows" && test.perm != 0o600 {
			continue
		}
		s, file := newStore(t, None())
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(test.text), test.perm); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(file, test.perm); err != nil { // whatever the umask
			t.Fatal(err)
		}
		_, _, get := s.Get(t.Context(), account)
		_, _, set := s.Set(t.Context(), account, "new")
		_, remove := s.Delete(t.Context(), account)
		for _, err := range []error{get, set, remove} {
			var unsafe *UnsafeError
			if !errors.As(err, &unsafe) || strings.Contains(err.Error(), key) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if text, err := os.ReadFile(file); err != nil || string(text) != test.text {
			t.Errorf("%s: the file was changed: %q, %v", name, text, err)
		}
	}
}

package capture

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/konhook/konhook/pkg/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// delivery makes one that can be told by its name.
func delivery(name string) *event.Delivery {
	d := event.NewDelivery(event.ViaListen, time.Unix(1_700_000_000, 0), []byte(`{"name":"`+name+`"}`))
	d.ID = name
	return d
}

func line(name string) string { return string(delivery(name).AppendJSON(nil)) }

// open opens a file for the time of a test.
func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

func appendAll(t *testing.T, f *File, names ...string) {
	t.Helper()
	for _, name := range names {
		if err := f.Append(delivery(name)); err != nil {
			t.Fatalf("append %s: %v", name, err)
		}
	}
}

// put writes a file that a test begins with.
func put(t *testing.T, text string) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "x.ndjson")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func text(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// ids returns what the readers of a file make of it, an error as its text.
func ids(t *testing.T, path string) string {
	t.Helper()
	var all []string
	for e, err := range event.Read(t.Context(), []string{path}, event.ReadOptions{}) {
		switch {
		case err != nil:
			all = append(all, err.Error())
		case e.Delivery != nil:
			all = append(all, e.Delivery.ID)
		default:
			all = append(all, string(e.Body))
		}
	}
	return strings.Join(all, " ")
}

func wantIDs(t *testing.T, path, want string) {
	t.Helper()
	if got := ids(t, path); got != want {
		t.Errorf("the file holds %q; want %q", got, want)
	}
}

//go:build unix

package event

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// A named pipe is read like a file, and given up when nobody writes to it.
func TestReadPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	go func() {
		if err := os.WriteFile(name, []byte("{}\n[{}]\n"), 0); err != nil {
			t.Error(err)
		}
	}()
	documents := 0
	for _, err := range Read(ctx, []string{name}, ReadOptions{}) {
		if err != nil {
			t.Error(err)
		}
		documents++
	}
	if documents != 2 {
		t.Errorf("%d documents, want 2", documents)
	}
	go cancel(why)
	for _, err := range Read(ctx, []string{name}, ReadOptions{}) { // which nobody writes to
		if !errors.Is(err, why) {
			t.Errorf("%v, want %v", err, why)
		}
	}
	// Let go of what is opening the pipe.
	if file, err := os.OpenFile(name, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
		file.Close()
	}
}

// TestExpandGoesOnBehindWhatItCannotLookInto has folders that nest deeper than the
// name of a file may be long, which root cannot look into either.
func TestExpandGoesOnBehindWhatItCannotLookInto(t *testing.T) {
	dir := t.TempDir()
	makeDeep(t, dir)
	if err := os.WriteFile(filepath.Join(dir, "b.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := Expand([]string{dir})
	if len(files) != 1 || !errors.Is(err, syscall.ENAMETOOLONG) {
		t.Errorf("%v, %v", files, err)
	}
}

// makeDeep makes folders in folders.
func makeDeep(t *testing.T, dir string) {
	t.Helper()
	folder, err := os.OpenRoot(dir)
	for name, depth := strings.Repeat("a", 255), 0; err == nil && depth < 20; depth++ {
		above := folder
		if err = above.Mkdir(name, 0o700); err == nil {
			folder, err = above.OpenRoot(name)
		}
		above.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	folder.Close()
}

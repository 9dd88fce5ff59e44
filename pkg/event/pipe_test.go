//go:build unix

package event

import (
	"context"
	"errors"
	"os"
	"path/filepath"
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

func TestExpandGoesOnBehindWhatItCannotLookInto(t *testing.T) {
	if os.Getuid() == 0 {
		t.Skip("root can look into everything")
	}
	dir := t.TempDir()
	secret := filepath.Join(dir, "a")
	if err := os.Mkdir(secret, 0); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "b.json"), []byte("{}"), 0o600); err != nil {
		t.Fatal(err)
	}
	files, err := Expand([]string{dir})
	if len(files) != 1 || !errors.Is(err, os.ErrPermission) {
		t.Errorf("%v, %v", files, err)
	}
}

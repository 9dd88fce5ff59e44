package capture

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"github.com/konhook/konhook/pkg/atomicfile"
)

func TestOneWriter(t *testing.T) {
	path := put(t, line("0"))
	first, err := OpenWith(path, Options{Command: "konhook listen"})
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	_, err = Open(path)
	var locked *LockedError
	if !errors.As(err, &locked) || locked.PID != os.Getpid() || locked.Command != "konhook listen" || locked.Path != path {
		t.Fatalf("the second writer gets %v", err)
	}
	if !strings.Contains(err.Error(), "konhook listen (process ") {
		t.Errorf("%q does not name the first", err)
	}
	appendAll(t, first, "1")
	wantIDs(t, path, "0 1") // readers need no lock
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + holderSuffix); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the name of the holder is left behind: %v", err)
	}
	appendAll(t, open(t, path), "2")
	wantIDs(t, path, "0 1 2")
}

func TestOneWriterByWhateverName(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("the lock belongs to the name here")
	}
	path := put(t, "")
	other := filepath.Join(t.TempDir(), "other.ndjson")
	if err := os.Link(path, other); err != nil {
		t.Skipf("no hard links here: %v", err)
	}
	open(t, path)
	var locked *LockedError
	if f, err := Open(other); !errors.As(err, &locked) {
		t.Errorf("a second writer by another name got %v, %v", f, err)
	}
}

func TestHolderThatWasKilledIsForgotten(t *testing.T) {
	path := put(t, "")
	if err := os.WriteFile(path+holderSuffix, []byte(`{"pid":1,"command":"long gone"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	open(t, path)
	var locked *LockedError
	if _, err := Open(path); !errors.As(err, &locked) || locked.PID != os.Getpid() {
		t.Errorf("got %v", err)
	}
}

func TestHolderThatCannotBeRead(t *testing.T) {
	path := put(t, "")
	open(t, path)
	if err := os.WriteFile(path+holderSuffix, []byte(`{"pid":"x`), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Open(path)
	if want := path + ": another program is writing it"; err == nil || err.Error() != want {
		t.Errorf("got %v; want %s", err, want)
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "file"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	link := func(name, target string) {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Skipf("no symbolic links here: %v", err)
		}
	}
	link("link", "file")
	link("dangling", "nowhere")
	socket, err := (&net.ListenConfig{}).Listen(t.Context(), "unix", filepath.Join(dir, "socket"))
	if err != nil {
		t.Skipf("no sockets of this kind here: %v", err)
	}
	defer socket.Close()
	tests := []struct {
		name string
		want error
	}{
		{"", syscall.EISDIR},
		{"link", ErrLink},
		{"dangling", ErrLink},
		{"socket", atomicfile.ErrNotRegular},
		{"file/below", syscall.ENOTDIR},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			f, err := Open(filepath.Join(dir, tt.name))
			var in *fs.PathError
			if !errors.Is(err, tt.want) || !errors.As(err, &in) {
				t.Errorf("got %v, %v; want a path error that wraps %v", f, err, tt.want)
			}
		})
	}
	if _, err := os.Lstat(filepath.Join(dir, "nowhere")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a link was followed: %v", err)
	}
}

func TestDevices(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("no devices with names in folders here")
	}
	null := open(t, os.DevNull)
	appendAll(t, null, "1", "2")
	if info, err := os.Stat(os.DevNull); err != nil || info.Mode()&fs.ModeCharDevice == 0 {
		t.Errorf("%s became %v, %v", os.DevNull, info.Mode(), err)
	}
	const full = "/dev/full"
	if _, err := os.Stat(full); err != nil {
		t.Skipf("no device that is always full here: %v", err)
	}
	f := open(t, full)
	for range 3 {
		if err := f.Append(delivery("1")); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("got %v; want no space left on device", err)
		}
	}
}

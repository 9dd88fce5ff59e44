package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"syscall"
)

// MakeFolder makes a folder, and those above it where they are missing, for
// their owner alone, and brings their names to the disk as [SyncFolder] does. It
// does nothing when the folder is there.
func MakeFolder(path string) error {
	path = filepath.Clean(path)
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return os.MkdirAll(path, FolderPerm) // there, or an error that says more
	}
	if above := filepath.Dir(path); above != path {
		if err := MakeFolder(above); err != nil {
			return err
		}
	}
	if err := os.MkdirAll(path, FolderPerm); err != nil {
		return err
	}
	return SyncFolder(filepath.Dir(path))
}

// SyncFolder brings the names in a folder to the disk: a new file that was
// synced can still be lost with its name. It does nothing where the system or
// the file system cannot do that, as on Windows.
func SyncFolder(path string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	return syncAndClose(f)
}

// syncIn is [SyncFolder] for a folder below root.
func syncIn(root *os.Root, name string) error {
	if runtime.GOOS == "windows" {
		return nil
	}
	f, err := root.Open(name)
	if err != nil {
		return err
	}
	return syncAndClose(f)
}

// syncAndClose takes an open folder.
func syncAndClose(f *os.File) error {
	defer f.Close()
	err := f.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, errors.ErrUnsupported) {
		return nil
	}
	return err
}

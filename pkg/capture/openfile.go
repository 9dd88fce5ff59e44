package capture

import (
	"errors"
	"io/fs"
	"os"
	"syscall"

	"github.com/konhook/konhook/pkg/atomicfile"
)

// ErrLink is what the error of [Open] wraps when path is a symbolic link.
// Following it could lead to a file that somebody else chose.
var ErrLink = errors.New("a symbolic link, which is not followed: name the file itself")

// openFile opens a file that is there or makes one. It follows no link.
func openFile(path string) (*os.File, error) {
	for {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, atomicfile.FilePerm)
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
		before, err := os.Lstat(path)
		if errors.Is(err, fs.ErrNotExist) {
			continue // removed in between
		}
		if err == nil {
			err = appendable(before.Mode())
		}
		if err != nil {
			return nil, &fs.PathError{Op: "open", Path: path, Err: reason(err)}
		}
		if file, err = os.OpenFile(path, os.O_RDWR, 0); err != nil {
			return nil, err
		}
		if after, err := file.Stat(); err == nil && os.SameFile(before, after) {
			return file, nil
		}
		file.Close() // replaced in between, perhaps by a link
	}
}

// appendable says why something of this mode cannot be appended to.
func appendable(mode fs.FileMode) error {
	switch {
	case mode.IsRegular(), mode&fs.ModeCharDevice != 0:
		return nil
	case mode&fs.ModeSymlink != 0:
		return ErrLink
	case mode.IsDir():
		return syscall.EISDIR
	}
	return atomicfile.ErrNotRegular
}

// reason takes the path out of an error that will get it again.
func reason(err error) error {
	if in, ok := errors.AsType[*fs.PathError](err); ok {
		return in.Err
	}
	return err
}

// Package atomicfile writes files whole or not at all, and a folder of them
// under names that are legal on every system.
//
// A file is written beside its place under a hidden name, brought to the disk
// and renamed. Whoever reads the place sees the old file or the new one, never a
// part of it, whatever kills the writer. A writer that was killed may leave its
// hidden file behind.
//
// It is for files that are replaced as a whole: configuration, schemas, one
// payload a file. A journal that grows is the business of package capture.
package atomicfile

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrNotRegular is what the error of a write wraps when something else than a
// file stands at its place: a folder, a device, a pipe.
var ErrNotRegular = errors.New("not a regular file")

// Errors of a [Folder].
var (
	ErrTooLarge = errors.New("larger than expected")
	ErrShared   = errors.New("others than its owner can write into it")
)

// Write puts data into the file at path with the permissions perm, less the
// umask. A file that stands there is replaced, with its permissions. A symbolic
// link is replaced too and never followed; links among the folders above are.
//
// The error is an [*fs.PathError] that names path. It wraps [fs.ErrNotExist]
// when the folder is missing, and [ErrNotRegular].
func Write(path string, data []byte, perm fs.FileMode) error {
	root, err := os.OpenRoot(filepath.Dir(path))
	if err != nil {
		return named(path, err)
	}
	defer func() { _ = root.Close() }() // it was only read
	return named(path, WriteIn(root, filepath.Base(path), data, perm))
}

// WriteIn is [Write] for the file called name in a folder that is never left: a
// name that leads outside is an error.
func WriteIn(root *os.Root, name string, data []byte, perm fs.FileMode) error {
	return writeIn(root, name, data, perm, false)
}

func writeIn(root *os.Root, name string, data []byte, perm fs.FileMode, strict bool) error {
	if err := replaceable(root, name); err != nil {
		return named(name, err)
	}
	return put(root, name, bytes.NewReader(data), perm, strict, root.Rename)
}

// CreateIn is [WriteIn] for a file that must not be there yet: the error wraps
// [fs.ErrExist] when anything has the name, which is then left as it is.
func CreateIn(root *os.Root, name string, data []byte, perm fs.FileMode) error {
	return CreateFrom(root, name, bytes.NewReader(data), perm)
}

// CreateFrom is [CreateIn] for data that is read until it ends.
func CreateFrom(root *os.Root, name string, data io.Reader, perm fs.FileMode) error {
	return createFrom(root, name, data, perm, false)
}

func createFrom(root *os.Root, name string, data io.Reader, perm fs.FileMode, strict bool) error {
	return put(root, name, data, perm, strict, func(from, to string) error { return place(root, from, to) })
}

// replaceable tells why what has the name must not be replaced.
func replaceable(root *os.Root, name string) error {
	info, err := root.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().IsRegular(), info.Mode()&fs.ModeSymlink != 0:
		return nil
	}
	return ErrNotRegular
}

// put writes a hidden file beside name and gives it its name with publish. With
// strict the name has to be on the disk, too.
func put(root *os.Root, name string, data io.Reader, perm fs.FileMode, strict bool, publish func(from, to string) error) error {
	hidden := filepath.Join(filepath.Dir(name), ".konhook-"+rand.Text()+".tmp")
	err := write(root, hidden, data, perm)
	if err == nil {
		err = publish(hidden, name)
	}
	if err != nil {
		_ = root.Remove(hidden) // hidden files do no harm, and err is the news
		return named(name, err)
	}
	// The file is in its place already, whole and synced.
	if err := syncIn(root, filepath.Dir(name)); err != nil && strict {
		return named(name, err)
	}
	return nil
}

// write makes a new file and brings it to the disk.
func write(root *os.Root, name string, data io.Reader, perm fs.FileMode) error {
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, data)
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// place renames a file to a name that nothing has.
func place(root *os.Root, from, to string) error {
	switch err := root.Link(from, to); {
	case err == nil:
		return root.Remove(from)
	case errors.Is(err, fs.ErrExist):
		return err
	}
	// A file system without hard links: there is no rename that keeps what has
	// the name, so look first.
	if _, err := root.Lstat(to); !errors.Is(err, fs.ErrNotExist) {
		return fs.ErrExist
	}
	return root.Rename(from, to)
}

// named makes err speak of path rather than of the hidden file.
func named(path string, err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: "write", Path: path, Err: bare(err)}
}

// bare returns what went wrong, without what it went wrong with.
func bare(err error) error {
	var inPath *fs.PathError
	var inLink *os.LinkError
	switch {
	case errors.As(err, &inPath):
		return inPath.Err
	case errors.As(err, &inLink):
		return inLink.Err
	}
	return err
}

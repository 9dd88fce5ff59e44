package capture

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"github.com/konhook/konhook/pkg/atomicfile"
)

// ErrLink is what the error of [Open] wraps when path is a symbolic link.
// Following it could lead to a file that somebody else chose.
var ErrLink = errors.New("a symbolic link, which is not followed: name the file itself")

// disk is what a journal needs of an [*os.File].
type disk interface {
	io.Writer
	io.WriterAt
	io.Closer
	Truncate(size int64) error
}

// journal is an open file that this process alone writes. It is for one
// goroutine at a time.
type journal struct {
	path string
	file disk
	info fs.FileInfo // tells the file from others; nil for a device
	lock *lock       // nil for a device
	end  int64       // behind the last whole line
	torn bool        // what a failed write has left behind end is still there
}

// openJournal opens, locks and mends a file.
func openJournal(path string, o Options) (*journal, Repairs, error) {
	if err := os.MkdirAll(filepath.Dir(path), atomicfile.FolderPerm); err != nil {
		return nil, Repairs{}, err
	}
	file, err := openFile(path)
	if err != nil {
		return nil, Repairs{}, err
	}
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() {
		return &journal{path: path, file: file}, Repairs{}, nil
	}
	j := &journal{path: path, file: file, info: info}
	if err == nil {
		j.lock, err = takeLock(path, info, o.Command)
	}
	var repairs Repairs
	if err == nil {
		j.end, repairs, err = recoverFile(path, file)
	}
	if err != nil {
		_ = j.close() // err is the news
		return nil, Repairs{}, err
	}
	return j, repairs, nil
}

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

// inPlace reports whether the file is still the one at its path, as long as it
// was left.
func (j *journal) inPlace() bool {
	if j.info == nil {
		return true
	}
	now, err := os.Lstat(j.path)
	return err == nil && os.SameFile(j.info, now) && (j.torn || now.Size() == j.end)
}

// append puts lines at the end of the file with one write. After an error the
// file is as it was, or append restores it before it writes again.
func (j *journal) append(lines []byte) error {
	if j.info == nil {
		_, err := j.file.Write(lines)
		return j.failed(err)
	}
	if j.torn {
		if err := j.file.Truncate(j.end); err != nil {
			return j.failed(err)
		}
		j.torn = false
	}
	if _, err := j.file.WriteAt(lines, j.end); err != nil {
		j.torn = j.file.Truncate(j.end) != nil
		return j.failed(err)
	}
	j.end += int64(len(lines))
	return nil
}

func (j *journal) failed(err error) error {
	if err == nil {
		return nil
	}
	return &fs.PathError{Op: "write", Path: j.path, Err: reason(err)}
}

func (j *journal) close() error {
	err := j.file.Close()
	if j.lock != nil {
		j.lock.release()
	}
	return j.failed(err)
}

package capture

import (
	"io"
	"io/fs"
	"os"
)

// disk is what a journal needs of an [*os.File].
type disk interface {
	io.Reader
	io.ReaderAt
	io.Writer
	io.WriterAt
	io.Closer
	Stat() (fs.FileInfo, error)
	Truncate(size int64) error
	// Sync returns when the content of the file is on the disk, and its length.
	Sync() error
}

// file is the disk of everybody but tests.
type file struct{ *os.File }

func (f file) Sync() error { return datasync(f.File) }

func onDisk(f *os.File) disk { return file{f} }

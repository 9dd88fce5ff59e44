package capture

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/konhook/konhook/pkg/atomicfile"
)

// journal is an open file that this process alone writes. It is for one
// goroutine at a time.
type journal struct {
	path string
	file disk
	wrap func(*os.File) disk
	info fs.FileInfo // tells the file from others; nil for a device
	lock *lock       // nil for a device
	sync bool        // append returns when the disk has the lines
	end  int64       // behind the last line that append has returned for
	part int64       // where to write a line break with the next lines; -1: none is missing
	torn bool        // what a failed append has left behind end is still there
	lost bool        // nothing that the descriptor says of the disk is to be trusted
}

// openJournal opens, locks and mends a file.
func openJournal(path string, o Options, wrap func(*os.File) disk) (*journal, Repairs, error) {
	if err := makeFolder(filepath.Dir(path), o); err != nil {
		return nil, Repairs{}, err
	}
	file, err := openFile(path)
	if err != nil {
		return nil, Repairs{}, err
	}
	j := &journal{path: path, file: wrap(file), wrap: wrap, sync: o.Sync, part: -1}
	repairs, err := j.begin(o)
	if err == nil && o.Sync {
		err = j.settle()
	}
	if err != nil {
		_ = j.close() // err is the news
		return nil, Repairs{}, err
	}
	return j, repairs, nil
}

func makeFolder(path string, o Options) error {
	if o.Sync {
		return atomicfile.MakeFolder(path)
	}
	return os.MkdirAll(path, atomicfile.FolderPerm)
}

// begin locks and mends the file, unless it is a device.
func (j *journal) begin(o Options) (r Repairs, err error) {
	info, err := j.file.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return r, err
	}
	j.info = info
	if j.lock, err = takeLock(j.path, info, o.Command); err != nil {
		return r, err
	}
	var broken bool
	j.end, broken, r, err = recoverFile(j.path, j.file)
	switch {
	case !broken:
		j.part = j.end
	case j.sync && j.end > 0:
		j.part = j.end - 1
	}
	return r, err
}

// settle brings to the disk what the file holds, since another program may have
// written it, what was mended, and the name of the file.
func (j *journal) settle() error {
	if err := j.file.Sync(); err != nil {
		return j.failed("sync", err)
	}
	return atomicfile.SyncFolder(filepath.Dir(j.path))
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

// restore makes the file fit for append again after one that failed.
func (j *journal) restore() error {
	if j.torn {
		if err := j.file.Truncate(j.end); err != nil {
			return j.failed("write", err)
		}
		j.torn = false
	}
	if j.lost {
		return j.renew()
	}
	return nil
}

// renew opens the file once more after the disk has failed. A system may drop
// what it could not write and call the next sync of the same descriptor a
// success, so that one is not asked again ("PostgreSQL's fsync() surprise",
// LWN.net, 2018). What it may have dropped was cut off before; that this is so
// comes to the disk before anything new is written in its place.
func (j *journal) renew() error {
	file, err := os.OpenFile(j.path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	disk := j.wrap(file)
	info, err := disk.Stat()
	if err == nil && !os.SameFile(j.info, info) {
		err = fs.ErrNotExist // moved away this very moment
	}
	if err == nil {
		err = disk.Sync()
	}
	if err != nil {
		disk.Close()
		return j.failed("sync", err)
	}
	_ = j.file.Close() // what it has to say has been said
	j.file, j.lost = disk, false
	return nil
}

// append puts lines at the end of the file with one write. After an error the
// file is as it was, or restore makes it so.
//
// With the first of them the line break before them is written, too, even where one
// can be seen: when an earlier opening could not sync the file, what the system shows
// of it is not what the disk has, and lines behind zeros would be part of their line.
func (j *journal) append(lines []byte) error {
	at := j.end
	if j.part >= 0 {
		lines, at = slices.Concat([]byte{'\n'}, lines), j.part
	}
	op, err := j.put(lines, at)
	switch {
	case j.info == nil:
	case err == nil:
		j.end, j.part = at+int64(len(lines)), -1
	default:
		j.torn, j.lost = j.file.Truncate(j.end) != nil, j.sync
	}
	return j.failed(op, err)
}

// put writes lines and, where that is asked for, waits for the disk. op is what
// was tried last.
func (j *journal) put(lines []byte, at int64) (op string, err error) {
	if j.info == nil {
		_, err = j.file.Write(lines)
	} else {
		_, err = j.file.WriteAt(lines, at)
	}
	if err != nil || !j.sync {
		return "write", err
	}
	return "sync", j.file.Sync()
}

func (j *journal) failed(op string, err error) error {
	if err == nil {
		return nil
	}
	err = reason(err)
	if op == "sync" {
		err = fmt.Errorf("cannot be synced to the disk: %w", err)
	}
	return &fs.PathError{Op: op, Path: j.path, Err: err}
}

func (j *journal) close() error {
	err := j.file.Close()
	if j.lock != nil {
		j.lock.release()
	}
	return j.failed("write", err)
}

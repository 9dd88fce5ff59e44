package capture

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/gofrs/flock"

	"github.com/konhook/konhook/pkg/atomicfile"
	"github.com/konhook/konhook/pkg/internal/holder"
)

// LockedError says that somebody else is writing a capture file.
type LockedError struct {
	Path string
	// PID is the process that writes, 0 when that is not known.
	PID int
	// Command is what the process said of itself, empty when it said nothing.
	Command string
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s: %s is writing it", e.Path, holder.Holder{PID: e.PID, Command: e.Command})
}

// lock keeps other writers out. It is the system's own, so it goes when the
// process does. A second file says who has it, since the capture file itself
// holds captures and nothing else.
type lock struct {
	flock  *flock.Flock
	holder string
}

// takeLock locks the file at path, which info describes.
func takeLock(path string, info fs.FileInfo, command string) (*lock, error) {
	l := &lock{flock: flock.New(lockPath(path), flock.SetFlag(lockFlag)), holder: path + holderSuffix}
	held, err := l.flock.TryLock()
	if err != nil {
		return nil, &fs.PathError{Op: "lock", Path: path, Err: reason(err)}
	}
	if !held {
		who := holder.Read(l.holder)
		return nil, &LockedError{path, who.PID, who.Command}
	}
	if now, err := os.Lstat(path); err != nil || !os.SameFile(info, now) {
		_ = l.flock.Unlock()
		return nil, &fs.PathError{Op: "lock", Path: path, Err: fmt.Errorf("replaced while it was opened: %w", fs.ErrNotExist)}
	}
	// Without it the next writer is told less, which is no reason not to write.
	_ = l.sign(command)
	return l, nil
}

// sign writes down who has the lock, in place of the one who had it before.
func (l *lock) sign(command string) error {
	text, err := holder.Text(command)
	if err != nil {
		return err
	}
	_ = os.Remove(l.holder) // often nothing is there
	file, err := os.OpenFile(l.holder, os.O_WRONLY|os.O_CREATE|os.O_EXCL, atomicfile.FilePerm)
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	return errors.Join(err, file.Close())
}

func (l *lock) release() {
	_ = os.Remove(l.holder)
	_ = l.flock.Unlock() // closing the file gives the lock up in any case
}

package watch

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"github.com/konhook/konhook/pkg/atomicfile"
	"github.com/konhook/konhook/pkg/internal/holder"
)

// State is a file that remembers what a watch has seen, and what it has found and
// not delivered. It is replaced as a whole with every event. Nobody but its owner
// can read it, and one watch at a time has it.
type State struct {
	path, site string
	lock       *flock.Flock
	memory     *memory
	fresh      bool
	saved      []byte // what the file holds, nil when that is not known
}

// StateOptions are for [OpenState].
type StateOptions struct {
	// Site is the API that the events come from, without a secret. A state of
	// another one is refused.
	Site string
	// Command is what a second watch is told of this one. It must hold no secret.
	Command string
}

// LockedError says that another watch has a state.
type LockedError struct {
	Path    string
	PID     int    // 0 when that is not known
	Command string // empty when that is not known
}

func (e *LockedError) Error() string {
	return fmt.Sprintf("%s: %s is using it", e.Path, holder.Holder{PID: e.PID, Command: e.Command})
}

// DamagedError says that a file is no state that can be read. It was left as it
// is.
type DamagedError struct {
	Path   string
	Reason string
}

func (e *DamagedError) Error() string { return e.Path + ": cannot be read as a state: " + e.Reason }

// SiteError says that a state is of another API.
type SiteError struct{ Path, Site, Want string }

func (e *SiteError) Error() string {
	return fmt.Sprintf("%s: holds the state of %s, not of %s", e.Path, e.Site, e.Want)
}

// maxState is how large the file of a state may be: all that may wait, escaped.
const maxState = 8 * MaxWaitingBytes

// OpenState opens a state, or begins one where there is no file, and makes the
// folders above it where they are missing.
//
// Errors: a [*LockedError], a [*DamagedError], a [*SiteError], and an
// [*fs.PathError] otherwise.
func OpenState(path string, o StateOptions) (*State, error) {
	if err := os.MkdirAll(filepath.Dir(path), atomicfile.FolderPerm); err != nil {
		return nil, err
	}
	s := &State{path: path, site: o.Site, lock: flock.New(path+".lock", flock.SetPermissions(atomicfile.FilePerm))}
	if err := s.take(o.Command); err != nil {
		return nil, err
	}
	if err := s.load(); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// take locks a file beside, since the file itself is replaced all the time. That
// file stays: whoever removed it could remove the lock of another.
func (s *State) take(command string) error {
	held, err := s.lock.TryLock()
	if in, ok := errors.AsType[*fs.PathError](err); ok {
		err = in.Err
	}
	switch {
	case err != nil:
		return &fs.PathError{Op: "lock", Path: s.lock.Path(), Err: err}
	case !held:
		who := holder.Read(s.lock.Path())
		return &LockedError{s.path, who.PID, who.Command}
	}
	text, err := holder.Text(command)
	if err == nil {
		// Without it a second watch is told less, which is no reason not to watch.
		_ = os.WriteFile(s.lock.Path(), text, atomicfile.FilePerm)
	}
	return nil
}

// load reads the file, if there is one.
func (s *State) load() error {
	text, err := readAtMost(s.path, maxState)
	if errors.Is(err, fs.ErrNotExist) {
		s.memory, s.fresh = newMemory(), true
		return nil
	}
	if err != nil {
		return err
	}
	m, site, err := decode(text)
	switch {
	case err != nil:
		return &DamagedError{s.path, err.Error()}
	case site != s.site:
		return &SiteError{s.path, site, s.site}
	}
	s.memory = m
	return nil
}

// readAtMost reads a file. One that is no file, such as a pipe, could have no
// end.
func readAtMost(path string, most int64) ([]byte, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, &fs.PathError{Op: "read", Path: path, Err: atomicfile.ErrNotRegular}
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, most))
}

// Fresh reports whether there was no file.
func (s *State) Fresh() bool { return s.fresh }

// Waiting returns how many events an earlier run has found and not delivered.
func (s *State) Waiting() int { return len(s.memory.waiting) }

// save replaces the file, when there is something new.
func (s *State) save(m *memory) error {
	text, err := m.encode(s.site)
	if err != nil {
		return err
	}
	if s.saved != nil && bytes.Equal(text, s.saved) {
		return nil
	}
	s.saved = nil
	if err := atomicfile.Write(s.path, text, atomicfile.FilePerm); err != nil {
		return err
	}
	s.saved = text
	return nil
}

// Close gives the state up for the next watch.
func (s *State) Close() error { return s.lock.Unlock() }

package capture

import (
	"io/fs"
	"os"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/konhook/konhook/pkg/event"
)

// Options are for [OpenWith]. The zero value is ready for use.
type Options struct {
	// Command is what a second writer is told of the first, such as "konhook
	// listen". It must hold no secret.
	Command string
	// Sync has a delivery wait until the disk has it, so that it survives a power
	// cut. Deliveries that wait at the same time share a sync as they share a
	// write. What cannot be synced cannot be opened.
	Sync bool
}

// File is a capture file that is open for appending. Its methods may be called
// concurrently.
type File struct {
	path    string
	options Options
	wrap    func(*os.File) disk
	repairs Repairs
	mode    fs.FileMode // when it was opened

	// turn is held by whoever touches the disk; it guards what follows.
	turn    sync.Mutex
	journal *journal // nil after Close, and when it could not be opened anew
	closed  bool

	lines sync.Pool // of *[]byte, for one line each

	mu     sync.Mutex
	next   *Pending // what the next turn will write, nil when nothing waits
	spares [][]byte // for the lines of those to come
}

const (
	// maxSpares is how many batches there are at most: one that is written and one
	// that gathers.
	maxSpares = 2
	// maxSpare is how many bytes are kept for the next lines. Most batches are far
	// smaller; those that are larger must not stay for ever.
	maxSpare = 1 << 20
)

// Open opens the capture file at path for appending, with the zero [Options]. It
// makes the file, and the folders above it, where they are missing.
//
// Errors: a [*LockedError] when another writer has the file, a [*ForeignError]
// when it holds something else than captures, an [*fs.PathError] otherwise,
// which wraps [atomicfile.ErrNotRegular] or [ErrLink] when path is no file. A
// character device, such as /dev/null, is taken as one that keeps nothing.
func Open(path string) (*File, error) { return OpenWith(path, Options{}) }

// OpenWith is [Open] with options.
func OpenWith(path string, o Options) (*File, error) { return openOn(path, o, onDisk) }

// openOn is OpenWith on a disk that wrap makes of a file.
func openOn(path string, o Options, wrap func(*os.File) disk) (*File, error) {
	j, repairs, err := openJournal(path, o, wrap)
	if err != nil {
		return nil, err
	}
	f := &File{path: path, options: o, wrap: wrap, repairs: repairs, journal: j}
	if j.info != nil {
		f.mode = j.info.Mode()
	}
	return f, nil
}

// Path returns the path that the file was opened with.
func (f *File) Path() string { return f.path }

// Repairs returns what [Open] had to mend.
func (f *File) Repairs() Repairs { return f.repairs }

// Exposed reports whether the permissions of the file let others than its owner
// read it. A file that Open makes is private; one that was there keeps what it
// has. It is false where permissions are not told that way, as on Windows.
func (f *File) Exposed() bool { return runtime.GOOS != "windows" && f.mode.Perm()&0o044 != 0 }

// Append writes a delivery. An error says that it was not stored; the next
// delivery tries again. It wraps [fs.ErrClosed] after Close.
func (f *File) Append(d *event.Delivery) error { return f.Queue(d).Wait() }

// Pending is a write that deliveries wait for: those that were queued while the
// one before went on.
type Pending struct {
	file    *File
	lines   []byte // guarded by File.mu until they are taken
	claimed atomic.Bool
	done    chan struct{} // closed when err is set
	err     error
}

// Queue gives a delivery its place in the file, behind all that were queued
// before. It is encoded now and written when somebody waits for it or for one
// that is written together with it.
func (f *File) Queue(d *event.Delivery) *Pending {
	// Encoding takes far longer than copying: others need not wait for it.
	line, ok := f.lines.Get().(*[]byte)
	if !ok {
		line = new([]byte)
	}
	*line = d.AppendJSON((*line)[:0])
	if cap(*line) <= maxSpare {
		defer f.lines.Put(line)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		f.next = &Pending{file: f, done: make(chan struct{})}
		if last := len(f.spares) - 1; last >= 0 {
			f.next.lines, f.spares = f.spares[last], f.spares[:last]
		}
	}
	f.next.lines = append(f.next.lines, *line...)
	return f.next
}

// Wait returns when the delivery is in the file, and with Options.Sync on the
// disk, or the error because of which it is not.
func (p *Pending) Wait() error {
	// The first to come writes for all, once those before have written. While it
	// does, others gather in the next one. Nobody else touches the lock, so it
	// passes from hand to hand among two at most.
	if p.claimed.CompareAndSwap(false, true) {
		// Those that are about to come are let in first: a write costs about as
		// much for one line as for ten.
		runtime.Gosched()
		p.file.flush(p)
	}
	<-p.done
	return p.err
}

// flush writes a batch, which nothing is added to from then on.
func (f *File) flush(p *Pending) {
	f.turn.Lock()
	defer f.turn.Unlock()
	f.mu.Lock()
	f.next = nil // it was p: a batch stays the next one until it is taken here
	f.mu.Unlock()
	p.err = f.write(p.lines)
	f.recycle(p.lines)
	p.lines = nil
	close(p.done)
}

func (f *File) recycle(lines []byte) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if cap(lines) <= maxSpare && len(f.spares) < maxSpares {
		f.spares = append(f.spares, lines[:0])
	}
}

func (f *File) write(lines []byte) error {
	if f.closed {
		return &fs.PathError{Op: "write", Path: f.path, Err: fs.ErrClosed}
	}
	if f.journal == nil || !f.journal.inPlace() {
		if err := f.reopen(); err != nil {
			return err
		}
	}
	if err := f.journal.restore(); err != nil {
		return err
	}
	return f.journal.append(lines)
}

// reopen opens the file anew after somebody has moved, removed or changed it:
// lines that go into a file that nobody will find are lost.
func (f *File) reopen() (err error) {
	if f.journal != nil {
		_ = f.journal.close() // all that it was given is written
		f.journal = nil
	}
	f.journal, _, err = openJournal(f.path, f.options, f.wrap)
	return err
}

// Close writes nothing, since nobody waits, and gives the file up for the next
// writer.
func (f *File) Close() error {
	f.turn.Lock()
	defer f.turn.Unlock()
	f.closed = true
	if f.journal == nil {
		return nil
	}
	err := f.journal.close()
	f.journal = nil
	return err
}

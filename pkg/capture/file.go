package capture

import (
	"io/fs"
	"sync"

	"github.com/konhook/konhook/pkg/event"
)

// Options are for [OpenWith]. The zero value is ready for use.
type Options struct {
	// Command is what a second writer is told of the first, such as "konhook
	// listen". It must hold no secret.
	Command string
}

// File is a capture file that is open for appending. Its methods may be called
// concurrently.
type File struct {
	path    string
	options Options
	repairs Repairs

	// turn is held by whoever touches the disk; it guards what follows.
	turn    sync.Mutex
	journal *journal // nil after Close, and when it could not be opened anew
	closed  bool

	mu   sync.Mutex
	next *batch // what the next turn will write, nil when nothing waits
}

// batch is what one write takes.
type batch struct {
	lines []byte // guarded by File.mu until the batch is taken
	done  bool   // guarded by File.turn, like err
	err   error
}

// Open opens the capture file at path for appending, with the zero [Options]. It
// makes the file, and the folders above it, where they are missing.
//
// Errors: a [*LockedError] when another writer has the file, a [*ForeignError]
// when it holds something else than captures, an [*fs.PathError] otherwise,
// which wraps [atomicfile.ErrNotRegular] or [ErrLink] when path is no file. A
// character device, such as /dev/null, is taken as one that keeps nothing.
func Open(path string) (*File, error) { return OpenWith(path, Options{}) }

// OpenWith is [Open] with options.
func OpenWith(path string, o Options) (*File, error) {
	j, repairs, err := openJournal(path, o)
	if err != nil {
		return nil, err
	}
	return &File{path: path, options: o, repairs: repairs, journal: j}, nil
}

// Path returns the path that the file was opened with.
func (f *File) Path() string { return f.path }

// Repairs returns what [Open] had to mend.
func (f *File) Repairs() Repairs { return f.repairs }

// Append writes a delivery. An error says that it is not in the file; the next
// delivery tries again. It wraps [fs.ErrClosed] after Close.
func (f *File) Append(d *event.Delivery) error { return f.Queue(d).Wait() }

// Pending is a delivery on its way into a file.
type Pending struct {
	file  *File
	batch *batch
}

// Queue gives a delivery its place in the file, behind all that were queued
// before. It is encoded now and written when somebody waits for it or for one
// that is written together with it.
func (f *File) Queue(d *event.Delivery) *Pending {
	line := d.AppendJSON(nil)
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.next == nil {
		f.next = &batch{lines: line}
	} else {
		f.next.lines = append(f.next.lines, line...)
	}
	return &Pending{f, f.next}
}

// Wait returns when the delivery is in the file, or the error because of which
// it is not.
func (p *Pending) Wait() error {
	// The first to get the turn writes for everybody of its batch. While it
	// does, others gather in the next one.
	p.file.turn.Lock()
	defer p.file.turn.Unlock()
	if !p.batch.done {
		p.file.flush(p.batch)
	}
	return p.batch.err
}

// flush writes a batch, which nothing is added to any more.
func (f *File) flush(b *batch) {
	f.mu.Lock()
	if f.next == b {
		f.next = nil
	}
	f.mu.Unlock()
	b.err = f.write(b.lines)
	b.done, b.lines = true, nil
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
	return f.journal.append(lines)
}

// reopen opens the file anew after somebody has moved, removed or changed it:
// lines that go into a file that nobody will find are lost.
func (f *File) reopen() (err error) {
	if f.journal != nil {
		_ = f.journal.close() // all that it was given is written
		f.journal = nil
	}
	f.journal, _, err = openJournal(f.path, f.options)
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

package batch

import (
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

// Options say how sources are checked. Validator must be set.
type Options struct {
	Validator *schema.Validator
	// Read says what standard input is, and whether an array is one document.
	// Its Note and Skipped are not used.
	Read event.ReadOptions
	// Jobs is how many workers check at a time, 256 at most. 0: as many as there
	// are cores.
	Jobs int
	// EveryNote asks for a finding for each note, even of valid documents. Without
	// it, those about the same thing in one part are counted, see [Item.More].
	EveryNote bool
	// FailFast checks no more of a part than up to its first invalid document.
	// Whoever gets the part then wants no further one.
	FailFast bool
	// LibraryOnly asks the whole validator about every document.
	LibraryOnly bool
}

// maxJobs keeps the blocks that are under way from filling the memory.
const maxJobs = 256

// Part is what became of a stretch of a file. Parts come in the order of the
// input.
type Part struct {
	File string // as in [event.Place]
	// Opens and Ends say whether the stretch is at the start of its file, and at
	// its end.
	Opens, Ends bool
	Bytes       int64 // of the text, unpacked
	Documents   int   // that began in it
	Invalid     int   // of the documents
	Damaged     int   // of the documents: captures that cannot be read
	Quick       int   // of the documents, those that took the quick way
	Items       []Item

	captures bool // there are captures in it
	framed   bool // package event has read it
}

// Lined reports whether each document of the part is a line of its own.
func (p *Part) Lined() bool { return !p.framed }

// Item is one thing to tell: one of Finding, Err and Remark is set.
type Item struct {
	Finding *schema.Finding
	// More is how many notes about the same thing follow in the same part, which
	// are not told on their own. Kind tells what they are about.
	More int
	Kind schema.QuickKind
	// Err is a [*event.DamageError], [*event.EmptyError] or [*fs.PathError].
	Err error
	// Document is the number in its file of the document that an Err is about, 0
	// when that is the file.
	Document int
	// Remark is worth knowing of the file, at Place.
	Remark string
	Place  event.Place

	broken *event.SyntaxError // of a finding that is about it
}

// Reason returns why no document can take the quick way, nil when they can.
func (o *Options) Reason() error {
	if o.LibraryOnly {
		return errors.New("the library alone was asked for")
	}
	_, err := o.Validator.Quick()
	return err
}

// Run checks every document of sources and tells each of the parts, until it
// returns false. The error is the cause of ctx when that ended, and joins what
// sources could not be found, as [event.Expand] returns it.
func Run(ctx context.Context, sources []string, o Options, each func(*Part) bool) error {
	if o.Jobs <= 0 {
		o.Jobs = runtime.GOMAXPROCS(0)
	}
	o.Jobs = min(o.Jobs, maxJobs)
	files, missing := event.Expand(sources)
	inner, stop := context.WithCancel(ctx)
	defer stop()
	d := &dispatcher{
		ctx: inner, options: o,
		ordered: make(chan *job, 2*o.Jobs),
		work:    make(chan *job, 2*o.Jobs),
		buffers: sync.Pool{New: func() any { return new([]byte) }},
	}
	var workers sync.WaitGroup
	workers.Go(func() { d.run(files) })
	for range o.Jobs {
		workers.Go(func() { newChecker(o).serve(d.work) })
	}
	g := &gatherer{ctx: ctx, dispatcher: d, checker: newChecker(o), each: each}
	g.run()
	stop()
	for range d.ordered { // let the others come to their ends
	}
	workers.Wait()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return missing
}

// source is a file that is being read.
type source struct {
	name   string
	reader io.ReadCloser
	room   int // for the next block
	// handover asks the dispatcher to leave the rest of the file to the gatherer.
	handover chan struct{}
	once     sync.Once
}

func (s *source) takeOver() { s.once.Do(func() { close(s.handover) }) }

// job is one block of whole lines.
type job struct {
	source *source
	buffer *[]byte
	data   []byte
	opens  bool  // the block is at the start of its file
	ends   bool  // and at its end
	left   bool  // the rest of the file, behind the block, is left to the gatherer
	err    error // what ended the reading, but for io.EOF

	done  chan struct{} // closed once the rest is there
	part  Part
	lines int
	// irregular is the offset in data from which on the file has to be read one
	// document after the other, -1 when there is none.
	irregular int
}

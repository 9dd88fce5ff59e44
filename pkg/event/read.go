package event

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"iter"
)

// MaxDocument is the length in bytes of the longest value that is read: 64 MiB.
// A longer one is a [*SyntaxError].
const MaxDocument = 64 << 20

// ReadOptions say how events are read. The zero value reads events from files.
type ReadOptions struct {
	// Stdin is what the source "-" stands for. With nil, "-" is an error.
	Stdin io.Reader
	// Whole makes a top-level array one document, rather than an array of
	// events, and takes any JSON value for one.
	Whole bool
	// Note is told what is worth knowing but no error, such as a byte order
	// mark or a last capture that is incomplete. With nil nobody is told.
	Note func(at Place, text string)
	// Skipped says what of the file came before the part that is read. It is for
	// those who read a file in parts.
	Skipped Position
	// Lined says that the sources were read before, that every document in them is
	// sound and that each is a line of its own: they are not looked at again, which
	// takes half as long.
	Lined bool
}

// Position is how far into a file somebody has read: always to the start of a
// line. The zero Position is its start.
type Position struct {
	Lines     int  // that came before
	Documents int  // that began in them
	Captures  bool // among those were captures
}

// SyntaxError says that a source holds something that is not JSON.
type SyntaxError struct {
	Place    Place  // where the grammar breaks
	Reason   string // lower case, without a full stop
	Document int    // the number that the broken value has in its file, from 1
	Body     []byte // the broken text, as far as it goes
	Line     []byte // the line of Place
	At       int    // the offset of Place in Line
}

func (e *SyntaxError) Error() string { return fmt.Sprintf("%s: %s", e.Place, e.Reason) }

// DamageError says that a capture file is broken elsewhere than at its end,
// where an incomplete line may stand, or that a later konhook has written it.
type DamageError struct {
	Place  Place
	Reason string // lower case, without a full stop
	Newer  bool   // it is not broken but of a later version
}

func (e *DamageError) Error() string {
	if e.Newer {
		return fmt.Sprintf("%s: %s", e.Place, e.Reason)
	}
	return fmt.Sprintf("%s: damaged capture: %s", e.Place, e.Reason)
}

// EmptyError says that a file, or standard input, holds no document at all.
type EmptyError struct{ File string }

func (e *EmptyError) Error() string { return Place{File: e.File}.Name() + ": no JSON document in it" }

// Read reads all events of sources, in their order: see [Expand] for what a
// source may be. A file holds one event, an array of events, NDJSON or
// concatenated JSON, plain or compressed with gzip; which one is found by
// reading. A capture, see [Delivery], counts as its event.
//
// Memory stays constant whatever the size of a file, unless one value of it is
// large. An event owns its memory and may be kept.
//
// After an error the iteration goes on where it can: behind a [*SyntaxError] or
// [*DamageError] at the next line that can begin a value, behind an
// [*EmptyError] or a [*fs.PathError] with the next file. When ctx is done its
// cause is the last error.
func Read(ctx context.Context, sources []string, o ReadOptions) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		for _, source := range sources {
			files, err := expand(source)
			if err != nil && !yield(nil, err) {
				return
			}
			for _, file := range files {
				if !readFile(ctx, file, o, yield) {
					return
				}
			}
		}
	}
}

// readFile reports whether the next file is wanted.
func readFile(ctx context.Context, name string, o ReadOptions, yield func(*Event, error) bool) bool {
	if ctx.Err() != nil {
		yield(nil, context.Cause(ctx))
		return false
	}
	file, err := Open(ctx, name, o)
	if err != nil {
		return yield(nil, err)
	}
	defer file.Close()
	return frame(ctx, file, name, o, yield) && ctx.Err() == nil
}

// Open opens one of the files of [Expand], unpacked if it is compressed. A read
// of standard input, or of a pipe, gives up when ctx is done. The error is an [*fs.PathError].
func Open(ctx context.Context, name string, o ReadOptions) (io.ReadCloser, error) {
	file, err := open(ctx, name, o.Stdin)
	if err != nil {
		return nil, err
	}
	r, err := decompress(file)
	if err != nil {
		_ = file.Close() // it was only read
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return &opened{r, file}, nil
}

// opened reads from one and closes the other.
type opened struct {
	io.Reader
	io.Closer
}

// ReadFrom reads all events of r, as [Read] reads a file; name is what their
// places say.
func ReadFrom(ctx context.Context, r io.Reader, name string, o ReadOptions) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		plain, err := decompress(r)
		if err != nil {
			yield(nil, &fs.PathError{Op: "read", Path: name, Err: err})
			return
		}
		frame(ctx, plain, name, o, yield)
	}
}

// ReadText reads all events of r, as [ReadFrom] does those of a stream that is
// not compressed: what [Open] returns, say.
func ReadText(ctx context.Context, r io.Reader, name string, o ReadOptions) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) { frame(ctx, r, name, o, yield) }
}

// ReadBytes reads all events of text, as [ReadFrom] does those of a stream that
// is not compressed. The events do not share their memory with text.
func ReadBytes(text []byte, name string, o ReadOptions) iter.Seq2[*Event, error] {
	return func(yield func(*Event, error) bool) {
		f := newFramer(context.Background(), nil, name, o, yield)
		f.buf, f.end = text, io.EOF
		f.run()
	}
}

// frame cuts r into events and reports whether more than it has is wanted.
func frame(ctx context.Context, r io.Reader, name string, o ReadOptions, yield func(*Event, error) bool) bool {
	f := newFramer(ctx, r, name, o, yield)
	f.run()
	return !f.stopped
}

func newFramer(ctx context.Context, r io.Reader, name string, o ReadOptions, yield func(*Event, error) bool) *framer {
	return &framer{
		ctx: ctx, src: r, options: o, yield: yield,
		place:    Place{File: name, Line: 1 + o.Skipped.Lines, Column: 1},
		document: o.Skipped.Documents, captures: o.Skipped.Captures,
	}
}

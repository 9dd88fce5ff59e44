package event

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// framer cuts one stream into documents and makes events of them.
type framer struct {
	ctx     context.Context
	src     io.Reader
	options ReadOptions
	yield   func(*Event, error) bool

	buf      []byte // what was read and is still of use
	pos      int    // the offset in buf of what comes next
	place    Place  // the place of pos
	end      error  // what ended the reading, io.EOF among others
	scan     jsonscan.Scanner
	document int  // how many began so far
	captures bool // the file has captures in it
	stopped  bool // nobody wants more
}

const (
	firstRead  = 64 << 10
	keptOfLine = 256 // how many bytes of a line are kept on each side of a document
)

// run reads the stream to its end.
func (f *framer) run() {
	if f.place.Line == 1 {
		f.skipMark()
	}
	for !f.stopped && f.skipSpace() {
		if f.buf[f.pos] == '[' && !f.options.Whole {
			f.array()
		} else {
			f.value(true)
		}
	}
	switch {
	case f.stopped:
	case f.ctx.Err() != nil:
		f.stopped = !f.yield(nil, context.Cause(f.ctx))
	case f.end != io.EOF:
		f.stopped = !f.yield(nil, &fs.PathError{Op: "read", Path: f.place.Name(), Err: f.end})
	case f.document == 0:
		f.stopped = !f.yield(nil, &EmptyError{f.place.File})
	}
}

// fill reads more into the buffer and reports whether there was more.
func (f *framer) fill() bool {
	if f.end != nil {
		return false
	}
	if f.ctx.Err() != nil {
		f.end = context.Cause(f.ctx)
		return false
	}
	if keep := max(0, f.pos-keptOfLine); keep > 0 && keep >= len(f.buf)/2 {
		f.buf = append(f.buf[:0], f.buf[keep:]...)
		f.pos -= keep
	}
	f.buf = slices.Grow(f.buf, max(firstRead, min(len(f.buf), 1<<20)))
	for range 100 {
		n, err := f.src.Read(f.buf[len(f.buf):cap(f.buf)])
		f.buf = f.buf[:len(f.buf)+n]
		f.end = err
		if n > 0 || err != nil {
			return n > 0
		}
	}
	f.end = io.ErrNoProgress
	return false
}

// advance moves n bytes on.
func (f *framer) advance(n int) {
	f.place = f.place.advance(f.buf[f.pos : f.pos+n])
	f.pos += n
}

func (f *framer) skipMark() {
	const mark = "\ufeff"
	for len(f.buf) < len(mark) && f.fill() {
	}
	if bytes.HasPrefix(f.buf, []byte(mark)) {
		f.buf = f.buf[len(mark):]
		f.note("a byte order mark was skipped")
	}
}

func (f *framer) note(text string) {
	if f.options.Note != nil {
		f.options.Note(f.place, text)
	}
}

// skipSpace moves to the next byte that is no white space and reports whether
// there is one.
func (f *framer) skipSpace() bool {
	for {
		f.advance(jsonscan.SkipSpace(f.buf, f.pos) - f.pos)
		if f.pos < len(f.buf) {
			return true
		}
		if !f.fill() {
			return false
		}
	}
}

// value reads one document. alone says that nothing else may follow it on its
// line. It reports whether the document was sound.
func (f *framer) value(alone bool) bool {
	f.document++
	n, err := f.measure()
	if err == nil && alone {
		err = f.lineEnds(n)
	}
	if err != nil {
		f.broken(err)
		return false
	}
	f.emit(n)
	return true
}

// measure returns the length of the value at pos.
func (f *framer) measure() (int, error) {
	if n := f.lineLength(); n > 0 {
		return n, nil
	}
	f.scan.Reset()
	for {
		n, err := f.scan.Scan(f.buf[f.pos:], f.end != nil)
		if n > 0 || err != nil {
			return n, err
		}
		if len(f.buf)-f.pos > MaxDocument {
			return 0, &jsonscan.Error{Reason: fmt.Sprintf("a value longer than %d MiB", MaxDocument>>20)}
		}
		f.fill()
	}
}

// lineLength returns the length of a document that is known to be a line, 0 when
// that is not known or the line does not look it: the source has changed.
func (f *framer) lineLength() int {
	if !f.options.Lined {
		return 0
	}
	end := bytes.IndexByte(f.buf[f.pos:], '\n')
	for end < 0 && len(f.buf)-f.pos <= MaxDocument && f.fill() {
		end = bytes.IndexByte(f.buf[f.pos:], '\n')
	}
	line := f.buf[f.pos:]
	if end >= 0 {
		line = line[:end]
	}
	line = bytes.TrimRight(line, " \t\r")
	if len(line) < 2 || line[0] != '{' || line[len(line)-1] != '}' {
		return 0
	}
	return len(line)
}

// lineEnds checks that nothing follows on the line on which the value of n
// bytes at pos ends.
func (f *framer) lineEnds(n int) error {
	for i := n; ; i++ {
		if f.pos+i == len(f.buf) && !f.fill() {
			return nil
		}
		switch f.buf[f.pos+i] {
		case ' ', '\t', '\r':
		case '\n':
			return nil
		default:
			return &jsonscan.Error{Offset: i, Reason: "more behind a value on its line"}
		}
	}
}

// emit hands on the document of n bytes at pos and moves behind it.
func (f *framer) emit(n int) {
	e, err := f.event(f.buf[f.pos : f.pos+n])
	e.Place, e.Document = f.place, f.document
	if f.options.Lined {
		f.pos += n // the line break behind it says where the next one is
	} else {
		f.advance(n)
	}
	if err != nil {
		_, newer := errors.AsType[*VersionError](err)
		f.stopped = !f.yield(nil, &DamageError{e.Place, err.Error(), newer})
		return
	}
	f.stopped = !f.yield(e, nil)
}

// event makes an event of a document. The error is about a capture that has a
// member of a wrong kind.
func (f *framer) event(text []byte) (*Event, error) {
	before, after := f.around(len(text))
	all := slices.Concat(before, text, after)
	raw := all[len(before) : len(before)+len(text) : len(before)+len(text)]
	e := &Event{Body: raw, raw: raw, before: all[:len(before)], after: all[len(before)+len(text):]}
	if len(raw) > longText {
		e.marks = new(marks)
	}
	var version, body bool
	if bytes.Contains(raw, []byte("konhook")) {
		version, body = captureMembers(raw)
	}
	if !version || !body && !f.captures {
		e.Type = TypeOf(e.Body)
		return e, nil
	}
	f.captures = true
	c, err := parseCapture(raw)
	if err != nil {
		return e, err
	}
	e.Delivery, e.Body, e.Type = &c.Delivery, c.Body, c.Type
	e.inString, e.begin = true, c.bodyAt
	e.unpack()
	return e, nil
}

// around returns what stands on the lines of the document of n bytes at pos,
// before and behind it, as far as it was kept.
func (f *framer) around(n int) (before, after []byte) {
	before = f.buf[max(0, f.pos-keptOfLine):f.pos]
	before = before[bytes.LastIndexByte(before, '\n')+1:]
	after = f.buf[f.pos+n : min(len(f.buf), f.pos+n+keptOfLine)]
	if i := bytes.IndexByte(after, '\n'); i >= 0 {
		after = after[:i]
	}
	return before, after
}

// array reads the elements of a top-level array as documents.
func (f *framer) array() {
	f.advance(1)
	for first := true; f.skipSpace(); first = false {
		switch c := f.buf[f.pos]; {
		case c == ']':
			f.closeArray()
			return
		case first:
		case c != ',':
			f.document++
			f.broken(&jsonscan.Error{Reason: fmt.Sprintf("%q instead of a comma or ] after an element", rune(c))})
			return
		default:
			f.advance(1)
			if !f.skipSpace() {
				continue
			}
		}
		if !f.value(false) || f.stopped {
			return
		}
	}
	if f.end == io.EOF {
		f.document++
		f.broken(&jsonscan.Error{Reason: "the input ends inside an array"})
	}
}

func (f *framer) closeArray() {
	if err := f.lineEnds(1); err != nil {
		f.document++
		f.broken(err)
		return
	}
	f.advance(1)
}

package event

import (
	"bytes"
	"errors"
	"io"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// broken tells of the document at pos, which breaks the grammar, and moves to
// where the next one may begin.
func (f *framer) broken(cause error) {
	var wrong *jsonscan.Error
	if !errors.As(cause, &wrong) {
		wrong = &jsonscan.Error{Reason: cause.Error()}
	}
	resume := f.resume(wrong.Offset)
	if f.cutOff(wrong.Offset, resume) {
		f.pos = len(f.buf)
		return
	}
	text := f.buf[f.pos:min(resume, len(f.buf))]
	f.captures = f.captures || bytes.HasPrefix(text, []byte(`{"konhook":`))
	at := f.place.advance(text[:min(wrong.Offset, len(text))])
	switch {
	case f.captures && f.torn(resume):
		f.note("the last capture is incomplete and was skipped")
	case f.captures:
		f.stopped = !f.yield(nil, &DamageError{Place: at, Reason: wrong.Reason})
	default:
		before, _ := f.around(0)
		e := &SyntaxError{Place: at, Reason: wrong.Reason, Document: f.document, Body: bytes.TrimRight(bytes.Clone(text), "\r\n")}
		e.Line, e.At = lineAround(text, wrong.Offset, before, nil)
		f.stopped = !f.yield(nil, e)
	}
	f.advance(len(text))
	f.skipLines()
}

// cutOff reports whether what is wrong at pos+offset may be so only because a
// read failed, which run tells of: the text ends there, or within that line.
func (f *framer) cutOff(offset, resume int) bool {
	if f.end == nil || f.end == io.EOF || resume < len(f.buf) {
		return false
	}
	return f.pos+offset >= len(f.buf) || f.buf[len(f.buf)-1] != '\n'
}

// torn reports whether the document at pos is what a writer leaves behind that
// was stopped: an incomplete last line.
func (f *framer) torn(resume int) bool {
	return f.end == io.EOF && resume >= len(f.buf) && bytes.IndexByte(f.buf[f.pos:], '\n') < 0
}

// resume returns the offset in buf at which reading may go on behind an error
// at pos+offset: the error's own place where that begins a line, else the next
// line. It is the end of buf when the line is longer than what is kept.
func (f *framer) resume(offset int) int {
	at := min(f.pos+offset, len(f.buf))
	if offset > 0 && at < len(f.buf) && f.buf[at-1] == '\n' {
		return at
	}
	for {
		if i := bytes.IndexByte(f.buf[at:], '\n'); i >= 0 {
			return at + i + 1
		}
		at = len(f.buf)
		if at-f.pos > MaxDocument {
			return at
		}
		if skip := f.pos; f.fill() {
			at -= skip - f.pos // fill may have moved what it kept
			continue
		}
		return len(f.buf)
	}
}

// skipLines moves over lines that can only be the rest of a broken document:
// indented ones, those that close something, and the rest of a line too long.
func (f *framer) skipLines() {
	for f.pos < len(f.buf) || f.fill() {
		c := f.buf[f.pos]
		atStart := f.place.Column == 1
		if atStart && c != ' ' && c != '\t' && c != '}' && c != ']' {
			return
		}
		n := bytes.IndexByte(f.buf[f.pos:], '\n') + 1
		if n == 0 {
			n = len(f.buf) - f.pos
		}
		f.advance(n)
	}
}

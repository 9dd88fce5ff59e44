package capture

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// Repairs is what had to be mended before a file could be written. The zero
// value says that all was well.
type Repairs struct {
	// Path is the file.
	Path string
	// Torn is how many bytes of an incomplete last line were cut off. Nobody was
	// told that they were safe. A power cut can take the content of the lines
	// before it, too, and leave zeros: then those were copied to TornAside and cut
	// off with it.
	Torn      int64
	TornAside string
	// Damaged is how many other lines are no captures, FirstDamaged the number of
	// the first, from 1. They were left where they are and copied to Aside.
	Damaged, FirstDamaged int
	Aside                 string
}

// Notes says what was mended, in a sentence each, none when all was well.
func (r Repairs) Notes() []string {
	var notes []string
	if r.TornAside != "" {
		notes = append(notes, fmt.Sprintf("%s: repaired: the end was lost in a power cut, its last %d bytes were cut off, the lines among them copied to %s",
			r.Path, r.Torn, r.TornAside))
	} else if r.Torn > 0 {
		notes = append(notes, fmt.Sprintf("%s: repaired: the last capture was incomplete, its %d bytes were cut off", r.Path, r.Torn))
	}
	if r.Damaged == 1 {
		notes = append(notes, fmt.Sprintf("%s: line %d is damaged: it was left there and copied to %s", r.Path, r.FirstDamaged, r.Aside))
	}
	if r.Damaged > 1 {
		notes = append(notes, fmt.Sprintf("%s: %d lines are damaged, the first is line %d: they were left there and copied to %s",
			r.Path, r.Damaged, r.FirstDamaged, r.Aside))
	}
	return notes
}

// ForeignError says that a file holds no capture but something else, which
// appending to would spoil.
type ForeignError struct{ Path string }

func (e *ForeignError) Error() string {
	return e.Path + ": not a capture file, so nothing is appended to it"
}

// survey is what a walk over a file finds.
type survey struct {
	lines   int    // whole and broken ones
	records int    // lines that hold a capture
	others  int    // lines that hold another JSON value
	damaged []span // lines that hold neither
	first   int    // the number of the first damaged line
	holed   int    // how many of them are the last lines and have lost content
	end     int64  // behind the last line break
	tail    span   // what follows end
	kind    tailKind
}

// span is a part of a file.
type span struct{ from, to int64 }

type tailKind int

const (
	noTail    tailKind = iota
	wholeTail          // a record that lacks nothing but its line break
	tornTail           // the beginning of a capture
	otherTail          // anything else: damage
)

// recoverFile makes a file fit for appending and returns where to append. broken says
// that a line break stands before that place, or there is nothing before it.
func recoverFile(path string, file disk) (end int64, broken bool, r Repairs, err error) {
	s, err := walk(file)
	switch {
	case err != nil:
		return 0, false, r, err
	case s.records == 0 && len(s.damaged)+s.others > 0:
		return 0, false, r, &ForeignError{path}
	}
	r.Path = path
	damaged, holed := s.damaged[:len(s.damaged)-s.holed], s.damaged[len(s.damaged)-s.holed:]
	if len(damaged) > 0 {
		r.Damaged, r.FirstDamaged = len(damaged), s.first
		if r.Aside, err = setAside(path, file, damaged); err != nil {
			return 0, false, r, err
		}
	}
	if len(holed) > 0 {
		if r.TornAside, err = setAside(path, file, holed); err != nil {
			return 0, false, r, err
		}
		s.kind, s.end = tornTail, holed[0].from
	}
	switch s.kind {
	case tornTail:
		r.Torn = s.tail.to - s.end
		return s.end, true, r, file.Truncate(s.end)
	case wholeTail, otherTail:
		return s.tail.to, false, r, nil
	}
	return s.end, true, r, nil
}

// walk looks at every line of a file. Of the lines it holds one at a time.
func walk(file io.Reader) (*survey, error) {
	var (
		s    survey
		line []byte
		at   int64 // where the line begins
		size int64 // its length, of which no more than a document is kept
	)
	r := bufio.NewReaderSize(file, 256<<10)
	for {
		part, err := r.ReadSlice('\n')
		size += int64(len(part))
		line = append(line, part[:min(len(part), event.MaxDocument+1-len(line))]...)
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err != nil && err != io.EOF {
			return nil, err
		}
		s.look(line, span{at, at + size}, err == io.EOF)
		if err == io.EOF {
			return &s, nil
		}
		at, size, line = at+size, 0, line[:0]
	}
}

// look takes a line into account. The last is what follows the last line break.
func (s *survey) look(line []byte, where span, last bool) {
	if s.lines == 0 {
		line = bytes.TrimPrefix(line, []byte("\ufeff"))
	}
	s.lines++
	record, sound := judge(line)
	switch {
	case record:
		s.records++
	case sound && len(bytes.TrimSpace(line)) > 0:
		s.others++
	}
	if !last {
		s.end = where.to
	} else {
		s.tail, s.kind = where, s.kindOf(line, sound)
		if s.kind == noTail || s.kind == tornTail {
			return
		}
	}
	if sound {
		s.holed = 0
		return
	}
	if len(s.damaged) == 0 {
		s.first = s.lines
	}
	if !last {
		where.to-- // the line break
	}
	s.damaged = append(s.damaged, where)
	if hasHole(line) {
		s.holed++
	} else {
		s.holed = 0
	}
}

// hasHole reports whether a line has lost content: what a file system never wrote
// reads as zeros, and JSON has none.
func hasHole(line []byte) bool { return bytes.IndexByte(line, 0) >= 0 }

// judge says whether a line is a capture, and whether readers can make
// anything of it.
func judge(line []byte) (record, sound bool) {
	line = bytes.TrimSpace(line)
	if len(line) == 0 {
		return false, true
	}
	if len(line) > event.MaxDocument || jsonscan.Valid(line) != nil {
		return false, false
	}
	// The lines that Append has written make up most of every file, and what
	// damages one of them leaves no valid JSON: those need no closer look.
	ours := bytes.HasPrefix(line, []byte(`{"konhook":1,"id":"`))
	switch {
	case ours:
		return true, true
	case line[0] != '{':
		return false, true
	case !event.IsCapture(line):
		return false, !event.IsPartOfCapture(line)
	}
	_, err := event.ParseDelivery(line)
	_, newer := errors.AsType[*event.VersionError](err)
	return true, err == nil || newer
}

// kindOf says what the end of a file is that no line break follows.
func (s *survey) kindOf(line []byte, sound bool) tailKind {
	const start = `{"konhook":`
	n := min(len(line), len(start))
	switch {
	case len(line) == 0:
		return noTail
	case sound:
		return wholeTail
	case string(line[:n]) == start[:n], len(bytes.Trim(line, "\x00")) == 0, s.records > 0 && hasHole(line):
		// A write that was cut short, or, after a power cut, one whose bytes
		// never came to the disk, or only some of them.
		return tornTail
	}
	return otherTail
}

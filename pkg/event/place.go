package event

import (
	"bytes"
	"slices"
	"sort"
	"strconv"
	"sync"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// Place is a place in a source. The zero Place is nowhere.
type Place struct {
	File   string // as the user named it; "-" is standard input
	Line   int    // from 1
	Column int    // in code points, from 1
}

// String returns FILE:LINE:COLUMN.
func (p Place) String() string {
	s := p.Name()
	if p.Line > 0 {
		s += ":" + strconv.Itoa(p.Line)
	}
	if p.Column > 0 {
		s += ":" + strconv.Itoa(p.Column)
	}
	return s
}

// Name returns the file, "<stdin>" for standard input.
func (p Place) Name() string {
	if p.File == "-" {
		return "<stdin>"
	}
	return p.File
}

// advance returns the place behind text, which begins at p.
func (p Place) advance(text []byte) Place {
	if n := bytes.Count(text, newline); n > 0 {
		p.Line += n
		p.Column = 1
		text = text[bytes.LastIndexByte(text, '\n')+1:]
	}
	p.Column += utf8.RuneCount(text)
	return p
}

var newline = []byte{'\n'}

// At returns the place of the byte of Body at offset. Within a capture, where
// the body stands as an escaped string, it is the place of the escaped byte;
// where the body stands as base64, it is the place of the capture.
//
// The first call for a long text walks over all of it, the next ones do not.
func (e *Event) At(offset int) Place {
	if e.begin < 0 || e.Place.Line == 0 {
		return e.Place
	}
	way := e.find(offset).way
	if way.Line == 0 {
		way.Column += e.Place.Column
	}
	return Place{File: e.Place.File, Line: e.Place.Line + way.Line, Column: way.Column}
}

// Line returns the line of the source that holds the byte of Body at offset,
// without its end, and the offset of that byte in it. Of long lines there is only
// what is near that byte.
func (e *Event) Line(offset int) (line []byte, at int) {
	i := 0
	if e.begin >= 0 {
		i = e.find(offset).raw
	}
	return lineAround(e.raw, i, e.before, e.after)
}

// keptAround is how many bytes of a line are told on each side of a place in it.
const keptAround = 4 << 10

// lineAround returns the line of text that holds its byte at i, and the offset
// of that byte in the line; before and after complete the first and last line.
// What is further away than keptAround is cut off.
func lineAround(text []byte, i int, before, after []byte) (line []byte, at int) {
	i = min(i, len(text))
	start, end := max(0, i-keptAround), min(len(text), i+keptAround)
	if n := bytes.LastIndexByte(text[start:i], '\n'); n >= 0 {
		start += n + 1
	}
	if n := bytes.IndexByte(text[i:end], '\n'); n >= 0 {
		end = i + n
	}
	if start > 0 {
		before = nil
	}
	if end < len(text) {
		after = nil
	}
	line = slices.Concat(before, text[start:end], after)
	if end == len(text) || text[end] == '\n' {
		line = bytes.TrimSuffix(line, []byte{'\r'})
	}
	return line, min(len(before)+i-start, len(line))
}

// mark is a place in an event: offsets in its raw text and in its Body, and the
// way from Place to there: Line is the number of line breaks, Column as it is
// when there are some, else what it is more than that of Place.
type mark struct {
	raw, body int
	way       Place
}

// marks are places all through a long text, from which others can be found
// without a walk over all that comes before them.
type marks struct {
	once sync.Once
	list []mark
}

const (
	markEvery = 4 << 10       // bytes of the raw text
	longText  = 4 * markEvery // a shorter text is walked over each time
)

// find returns the mark of the byte of Body at offset, for a Body that stands in
// the raw text.
func (e *Event) find(offset int) mark {
	offset = max(0, min(offset, len(e.Body)))
	if e.marks == nil {
		return e.walk(e.first(), offset, len(e.raw))
	}
	e.marks.once.Do(func() {
		m := e.first()
		e.marks.list = append(e.marks.list, m)
		for m.body < len(e.Body) && m.raw < len(e.raw) {
			m = e.walk(m, len(e.Body), m.raw+markEvery)
			e.marks.list = append(e.marks.list, m)
		}
	})
	list := e.marks.list
	behind := sort.Search(len(list), func(i int) bool { return list[i].body > offset })
	return e.walk(list[behind-1], offset, len(e.raw))
}

// first returns the mark of the first byte of Body.
func (e *Event) first() mark {
	return mark{raw: e.begin, way: Place{}.advance(e.raw[:e.begin])}
}

// walk returns the mark of the byte of Body at offset, or of the first character
// of the raw text at limit or behind it when that comes first. Of an offset inside
// a character that stands in a capture, it is the end of the character.
func (e *Event) walk(m mark, offset, limit int) mark {
	from := m.raw
	limit = min(limit, len(e.raw))
	for m.body < offset && m.raw < limit {
		n := min(offset-m.body, limit-m.raw)
		if e.inString {
			switch i := bytes.IndexByte(e.raw[m.raw:m.raw+n], '\\'); {
			case i > 0:
				n = i
			case i == 0:
				r, length := jsonscan.Unescape(e.raw[m.raw:])
				m.raw += max(1, length)
				m.body += utf8.RuneLen(r)
				continue
			}
		}
		m.raw += n
		m.body += n
	}
	for (e.inString || m.body < offset) && m.raw < len(e.raw) && !utf8.RuneStart(e.raw[m.raw]) {
		m.raw++
		m.body++
	}
	m.way = m.way.advance(e.raw[from:m.raw])
	return m
}

package event

import (
	"bytes"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// Event is one event: the payload of one delivery.
type Event struct {
	// Type is what the payload names in its "type" member, the zero Type when
	// it names none that is known.
	Type Type
	// Body holds the exact bytes of the payload. Nobody changes them.
	Body []byte
	// Place is where the event was read, the zero Place when it came from no
	// file.
	Place Place
	// Document is the number of the event in its file, from 1; 0 when it came
	// from no file.
	Document int
	// Delivery is the capture that held the event, nil for a plain payload.
	Delivery *Delivery

	// raw is the text that the event was read from and begin the offset in it
	// of the body, which stands there as it is, or escaped when inString.
	raw      []byte
	begin    int
	inString bool
	// before and after complete the first and the last line of raw.
	before, after []byte
}

// New makes an event of a payload that came from no file. It keeps body.
func New(body []byte) *Event {
	return &Event{Type: TypeOf(body), Body: body, raw: body}
}

// TypeOf returns the type that a payload names, the zero Type when it names
// none that is known.
func TypeOf(body []byte) Type {
	name, _ := TypeName(body)
	t, _ := lookupBytes(name)
	return t
}

// TypeName returns the text of the "type" member of a payload. ok is false when
// there is none or it is no string. Of several, the last counts.
func TypeName(body []byte) (name []byte, ok bool) {
	jsonscan.Members(body, func(key, value []byte, _ int) bool {
		if is(key, "type") {
			name, ok = unquote(value)
		}
		return true
	})
	return name, ok
}

// Occurred returns when the event happened: its "occuredAt" member, as the
// vendor spells it, in Unix seconds. ok is false when there is none, or it is no
// integer that a clock could show.
func (e *Event) Occurred() (at time.Time, ok bool) {
	jsonscan.Members(e.Body, func(key, value []byte, _ int) bool {
		if is(key, "occuredAt") {
			seconds, err := strconv.ParseInt(string(value), 10, 64)
			ok = err == nil && seconds >= 0 && seconds < 1<<40
			at = time.Unix(seconds, 0)
		}
		return true
	})
	return at, ok
}

// is reports whether a name, as written between its quotes, is want.
func is(key []byte, want string) bool {
	if bytes.IndexByte(key, '\\') < 0 {
		return string(key) == want
	}
	name, ok := unquote(slices.Concat(quote, key, quote))
	return ok && string(name) == want
}

var quote = []byte{'"'}

// unquote returns the text of a JSON string that is valid.
func unquote(value []byte) ([]byte, bool) {
	if len(value) < 2 || value[0] != '"' {
		return nil, false
	}
	if inner := value[1 : len(value)-1]; bytes.IndexByte(inner, '\\') < 0 {
		return inner, true
	}
	text, err := jsontext.AppendUnquote(nil, value)
	return text, err == nil
}

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
func (e *Event) At(offset int) Place {
	at, ok := e.rawOffset(offset)
	if !ok || e.Place.Line == 0 {
		return e.Place
	}
	return e.Place.advance(e.raw[:at])
}

// Line returns the line of the source that holds the byte of Body at offset,
// without its end, and the offset of that byte in it. Of very long lines the
// parts that were not kept are missing.
func (e *Event) Line(offset int) (line []byte, at int) {
	i, ok := e.rawOffset(offset)
	if !ok {
		i = 0
	}
	return lineAround(e.raw, i, e.before, e.after)
}

// lineAround returns the line of text that holds its byte at i, and the offset
// of that byte in the line; before and after complete the first and last line.
func lineAround(text []byte, i int, before, after []byte) (line []byte, at int) {
	i = min(i, len(text))
	start := bytes.LastIndexByte(text[:i], '\n') + 1
	end := len(text)
	if n := bytes.IndexByte(text[i:], '\n'); n >= 0 {
		end, after = i+n, nil
	}
	if start > 0 {
		before = nil
	}
	line = append(append(append(line, before...), text[start:end]...), after...)
	line = bytes.TrimSuffix(line, []byte{'\r'})
	return line, min(len(before)+i-start, len(line))
}

// rawOffset maps an offset in Body to one in raw.
func (e *Event) rawOffset(offset int) (int, bool) {
	offset = max(0, min(offset, len(e.Body)))
	switch {
	case e.begin < 0 || e.raw == nil:
		return 0, false
	case !e.inString:
		return min(e.begin+offset, len(e.raw)), true
	}
	i := e.begin
	for decoded := 0; decoded < offset && i < len(e.raw); {
		from, to := escapedRune(e.raw[i:])
		i += from
		decoded += to
	}
	return i, true
}

// escapedRune returns how many bytes the first character of the inside of a
// valid JSON string takes there, and how many once decoded.
func escapedRune(b []byte) (written, decoded int) {
	if b[0] != '\\' {
		_, n := utf8.DecodeRune(b)
		return n, n
	}
	if len(b) < 6 || b[1] != 'u' {
		return min(2, len(b)), 1
	}
	written = 6
	if b[2]|0x20 == 'd' && b[3]|0x20 >= '8' && len(b) >= 12 && b[3] != '0' {
		if high, err := strconv.ParseUint(string(b[2:6]), 16, 16); err == nil && high >= 0xD800 {
			written = 12
		}
	}
	text, _ := unquote(slices.Concat(quote, b[:written], quote))
	return written, len(text)
}

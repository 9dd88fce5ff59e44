package event

import (
	"bytes"
	"slices"
	"strconv"
	"time"

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
	// marks is nil where raw is short.
	marks *marks
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
	text, n := jsonscan.AppendText(nil, value)
	return text, n == len(value)
}

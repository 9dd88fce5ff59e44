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
	// Body holds the exact bytes of the payload. Nobody changes them. Of a capture
	// that came with a content encoding of gzip it is the payload without that.
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
	// packed says that Body is not the body of Delivery, but what that holds.
	packed bool
	// before and after complete the first and the last line of raw.
	before, after []byte
	// marks is nil where raw is short.
	marks *marks

	// occurred is what Occurred returns, nil when it has not looked yet.
	occurred *occurred
}

// New makes an event of a payload that came from no file. It keeps body.
func New(body []byte) *Event {
	e := &Event{Body: body, raw: body, occurred: new(occurred)}
	jsonscan.Members(body, func(key, value []byte, _ int) bool {
		switch {
		case is(key, "type"):
			name, _ := unquote(value)
			e.Type = lookupBytes(name)
		case is(key, "occuredAt"):
			*e.occurred = parseOccurred(value)
		}
		return true
	})
	return e
}

// TypeOf returns the type that a payload names, the zero Type when it names
// none that is known.
func TypeOf(body []byte) Type {
	name, _ := TypeName(body)
	return lookupBytes(name)
}

// TypeName returns the text of the "type" member of a payload. ok is false when
// there is none or it is no string. Of several, the last counts.
func TypeName(body []byte) (name []byte, ok bool) {
	jsonscan.Members(body, func(key, value []byte, at int) bool {
		if !is(key, "type") {
			return true
		}
		name, ok = unquote(value)
		return mayHoldType(body[at+len(value):])
	})
	return name, ok
}

// mayHoldType reports whether text may hold a member "type", in one spelling or
// another. To ask is quicker than to walk over the text.
func mayHoldType(text []byte) bool {
	return bytes.Contains(text, []byte(`"type"`)) || bytes.Contains(text, []byte(`\u00`))
}

// Occurred returns when the event happened: its "occuredAt" member, as the
// vendor spells it, in Unix seconds. ok is false when there is none, or it is no
// integer that a clock could show.
func (e *Event) Occurred() (at time.Time, ok bool) {
	if e.occurred != nil {
		return e.occurred.at, e.occurred.ok
	}
	var o occurred
	jsonscan.Members(e.Body, func(key, value []byte, _ int) bool {
		if is(key, "occuredAt") {
			o = parseOccurred(value)
		}
		return true
	})
	return o.at, o.ok
}

// occurred is when an event happened, if it says so.
type occurred struct {
	at time.Time
	ok bool
}

func parseOccurred(value []byte) occurred {
	seconds, err := strconv.ParseInt(string(value), 10, 64)
	return occurred{time.Unix(seconds, 0), err == nil && seconds >= 0 && seconds < 1<<40}
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

package event

import (
	"bytes"
	"time"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// QuickCapture takes the bodies out of captures, many times as fast as
// [ParseDelivery], which has to be asked about all lines that it does not take.
// The zero QuickCapture is ready. It is not safe for concurrent use: every
// goroutine has one of its own.
type QuickCapture struct {
	body []byte // of the last line, in memory that is used again
}

// Body returns the body of a line that is surely one whole and sound capture, as
// [Delivery.AppendJSON] makes them: with its members in any order, but none more
// than once and none that is not known. The body holds until the next call. With
// ok false there is nothing to say: the line may be anything, a capture too.
func (q *QuickCapture) Body(line []byte) (body []byte, ok bool) {
	var seen members
	start := jsonscan.SkipSpace(line, 0)
	n := object(line[start:], func(name, rest []byte) int {
		m := memberOf(name)
		if m == 0 || seen&m != 0 {
			return 0
		}
		seen |= m
		return q.value(m, rest)
	})
	if n == 0 || seen&(versionMember|bodyMember) != versionMember|bodyMember {
		return nil, false
	}
	return q.body, jsonscan.SkipSpace(line, start+n) == len(line)
}

// members is a set of those members of a capture that can be taken quickly.
type members uint16

const (
	versionMember members = 1 << iota
	atMember
	headersMember
	bodyMember
	validMember
	responseMember
	idMember // this and those behind it are texts or null
	viaMember
	eventMember
	methodMember
	urlMember
	remoteMember
	refusedMember
)

// memberOf returns the member of a name as it is written, 0 when there is none.
func memberOf(name []byte) members {
	switch string(name) {
	case "konhook":
		return versionMember
	case "at":
		return atMember
	case "headers":
		return headersMember
	case "body":
		return bodyMember
	case "valid":
		return validMember
	case "response":
		return responseMember
	case "id":
		return idMember
	case "via":
		return viaMember
	case "event":
		return eventMember
	case "method":
		return methodMember
	case "url":
		return urlMember
	case "remote":
		return remoteMember
	case "refused":
		return refusedMember
	}
	return 0
}

// value returns the length of the value of a member at the start of b, 0 when it
// is not surely what belongs there.
func (q *QuickCapture) value(m members, b []byte) (n int) {
	switch m {
	case versionMember:
		return literal(b, "1") // CaptureVersion; digits behind it are no end of a member
	case bodyMember:
		q.body, n = jsonscan.AppendText(q.body[:0], b)
		return n
	}
	if n = literal(b, "null"); n > 0 {
		return n
	}
	switch m {
	case atMember:
		return instant(b)
	case headersMember:
		return headers(b)
	case validMember:
		return max(literal(b, "true"), literal(b, "false"))
	case responseMember:
		return object(b, responseValue)
	}
	return jsonscan.TextLen(b)
}

// The functions below return the length of what b begins with, 0 when that is
// not surely what they are for.

// object walks over the members of an object, of which there is one at least;
// member returns the length of the value at the start of rest.
func object(b []byte, member func(name, rest []byte) int) int {
	if len(b) == 0 || b[0] != '{' {
		return 0
	}
	for i := 1; ; i++ {
		i = jsonscan.SkipSpace(b, i)
		n := jsonscan.TextLen(b[i:])
		if n == 0 {
			return 0
		}
		name := b[i+1 : i+n-1]
		i = jsonscan.SkipSpace(b, i+n)
		if i == len(b) || b[i] != ':' {
			return 0
		}
		i = jsonscan.SkipSpace(b, i+1)
		if n = member(name, b[i:]); n == 0 {
			return 0
		}
		i = jsonscan.SkipSpace(b, i+n)
		switch {
		case i == len(b):
			return 0
		case b[i] == '}':
			return i + 1
		case b[i] != ',':
			return 0
		}
	}
}

// array walks over the elements of an array.
func array(b []byte, element func(rest []byte) int) int {
	if len(b) == 0 || b[0] != '[' {
		return 0
	}
	i := jsonscan.SkipSpace(b, 1)
	if i < len(b) && b[i] == ']' {
		return i + 1
	}
	for ; ; i++ {
		i = jsonscan.SkipSpace(b, i)
		n := element(b[i:])
		if n == 0 {
			return 0
		}
		i = jsonscan.SkipSpace(b, i+n)
		switch {
		case i == len(b):
			return 0
		case b[i] == ']':
			return i + 1
		case b[i] != ',':
			return 0
		}
	}
}

// headers walks over the headers: pairs of texts.
func headers(b []byte) int {
	return array(b, func(rest []byte) int {
		texts := 0
		n := array(rest, func(rest []byte) int {
			texts++
			return jsonscan.TextLen(rest)
		})
		if texts != 2 {
			return 0
		}
		return n
	})
}

// responseValue walks over the value of a member of a response.
func responseValue(name, b []byte) int {
	switch string(name) {
	case "status":
		return max(literal(b, "null"), integer(b))
	case "ms":
		return decimal(b)
	}
	return 0
}

// integer walks over a short number of digits alone. What makes more than that
// of it, as an exponent does, is no end of a member.
func integer(b []byte) int {
	n := digits(b)
	if n > 9 || n > 1 && b[0] == '0' {
		return 0
	}
	return n
}

// decimal walks over a short number with or without a fraction.
func decimal(b []byte) int {
	n := integer(b)
	if n == 0 || n == len(b) || b[n] != '.' {
		return n
	}
	fraction := digits(b[n+1:])
	if fraction == 0 || fraction > 15 {
		return 0
	}
	return n + 1 + fraction
}

func digits(b []byte) (n int) {
	for n < len(b) && '0' <= b[n] && b[n] <= '9' {
		n++
	}
	return n
}

// instant walks over a time as RFC 3339 writes it.
func instant(b []byte) int {
	n := jsonscan.TextLen(b)
	var at time.Time
	if n == 0 || at.UnmarshalJSON(b[:n]) != nil {
		return 0
	}
	return n
}

func literal(b []byte, word string) int {
	if bytes.HasPrefix(b, []byte(word)) {
		return len(word)
	}
	return 0
}

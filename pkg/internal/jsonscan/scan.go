// Package jsonscan finds where JSON values begin and end, strictly and without
// decoding them.
//
// A [Scanner] can stop where its input ends and go on when more has come, so a
// reader can cut a stream of any length into values while it holds one value at
// a time. What it accepts is RFC 8259 in valid UTF-8, at most [MaxDepth] deep,
// and no escaped half of a surrogate pair: what encoding/json/jsontext accepts
// when duplicate names are allowed.
//
// It says whether and where a value is broken, never what a value means.
package jsonscan

import (
	"bytes"
	"fmt"
	"unicode/utf8"
)

// MaxDepth is how deep arrays and objects may nest.
const MaxDepth = 10_000

// MaxNumber is how many bytes a number may have.
const MaxNumber = 1 << 20

// Error says what broke the grammar.
type Error struct {
	Offset int    // bytes from the start of the value
	Reason string // lower case, without a full stop
}

func (e *Error) Error() string { return fmt.Sprintf("%s at byte %d", e.Reason, e.Offset) }

// expect is what the grammar allows at the place that the scanner has reached.
type expect uint8

const (
	value      expect = iota // a value
	firstValue               // a value or ]
	firstName                // a name or }
	name                     // a name
	colon                    // :
	comma                    // a comma or the end of what is open
	done                     // nothing: the value is complete
)

// Scanner walks over one value. The zero Scanner is ready for one; Reset makes
// it ready for the next.
type Scanner struct {
	at    int // bytes of the value that have been walked over
	ahead int // bytes of the string that comes next that have been, too
	next  expect
	isObj []bool // what is open, outermost first: true for an object
}

// Reset makes the scanner ready for another value.
func (s *Scanner) Reset() { s.at, s.ahead, s.next, s.isObj = 0, 0, value, s.isObj[:0] }

// Scan walks on over b, which begins with the first byte of the value and holds
// all that has been read of it; no byte of it may change between calls. atEnd
// says that nothing follows b.
//
// It returns the length of the value, or 0 when the value goes on behind b and
// atEnd is false. The error is an [*Error].
func (s *Scanner) Scan(b []byte, atEnd bool) (int, error) {
	for {
		s.at = SkipSpace(b, s.at)
		if s.at == len(b) {
			return s.short(b, atEnd)
		}
		n, err := s.token(b[s.at:], atEnd)
		if err != nil {
			return 0, err
		}
		if n == 0 {
			return 0, nil
		}
		s.at += n
		s.ahead = 0
		if s.next == done {
			return s.at, nil
		}
	}
}

// short answers for a value that goes on behind its input.
func (s *Scanner) short(b []byte, atEnd bool) (int, error) {
	if !atEnd {
		return 0, nil
	}
	if len(b) == 0 {
		return 0, s.fail(0, "no value")
	}
	return 0, &Error{Offset: len(bytes.TrimRight(b, " \t\r\n")), Reason: "the input ends inside " + s.open()}
}

func (s *Scanner) open() string {
	switch {
	case len(s.isObj) == 0:
		return "a value"
	case s.isObj[len(s.isObj)-1]:
		return "an object"
	default:
		return "an array"
	}
}

func (s *Scanner) fail(delta int, reason string) error {
	return &Error{Offset: s.at + delta, Reason: reason}
}

// token walks over one token at the start of b and returns its length, or 0
// when b ends inside it.
func (s *Scanner) token(b []byte, atEnd bool) (int, error) {
	c := b[0]
	switch {
	case s.next == colon:
		if c != ':' {
			return 0, s.unexpected(b, "a colon after a name")
		}
		s.next = value
		return 1, nil
	case s.next == comma:
		return s.afterValue(b)
	case c == ']' && s.next == firstValue, c == '}' && s.next == firstName:
		return s.close()
	case s.next == name || s.next == firstName:
		if c != '"' {
			return 0, s.unexpected(b, "a name in double quotes")
		}
		n, err := s.str(b, atEnd)
		if n > 0 {
			s.next = colon
		}
		return n, err
	}
	return s.value(b, atEnd)
}

func (s *Scanner) afterValue(b []byte) (int, error) {
	inObject := s.isObj[len(s.isObj)-1]
	switch {
	case b[0] == ',' && inObject:
		s.next = name
		return 1, nil
	case b[0] == ',':
		s.next = value
		return 1, nil
	case b[0] == '}' && inObject, b[0] == ']' && !inObject:
		return s.close()
	case inObject:
		return 0, s.unexpected(b, "a comma or } after a member")
	default:
		return 0, s.unexpected(b, "a comma or ] after an element")
	}
}

func (s *Scanner) close() (int, error) {
	s.isObj = s.isObj[:len(s.isObj)-1]
	s.ended()
	return 1, nil
}

// ended notes that a value is complete.
func (s *Scanner) ended() {
	s.next = comma
	if len(s.isObj) == 0 {
		s.next = done
	}
}

func (s *Scanner) value(b []byte, atEnd bool) (n int, err error) {
	switch c := b[0]; {
	case c == '{' || c == '[':
		if len(s.isObj) == MaxDepth {
			return 0, s.fail(0, fmt.Sprintf("nested deeper than %d", MaxDepth))
		}
		s.isObj = append(s.isObj, c == '{')
		s.next = firstValue
		if c == '{' {
			s.next = firstName
		}
		return 1, nil
	case c == '"':
		n, err = s.str(b, atEnd)
	case c == '-' || '0' <= c && c <= '9':
		n, err = s.number(b, atEnd)
	case c == 't':
		n, err = s.literal(b, "true", atEnd)
	case c == 'f':
		n, err = s.literal(b, "false", atEnd)
	case c == 'n':
		n, err = s.literal(b, "null", atEnd)
	default:
		return 0, s.unexpected(b, "a value")
	}
	if n > 0 {
		s.ended()
	}
	return n, err
}

func (s *Scanner) unexpected(b []byte, wanted string) error {
	r, n := utf8.DecodeRune(b)
	switch {
	case r == utf8.RuneError && n == 1:
		return s.fail(0, "bytes that are not UTF-8")
	case r == 0:
		return s.fail(0, "a NUL byte instead of "+wanted+" (is the file UTF-16?)")
	case r == '\'':
		return s.fail(0, "a single quote instead of "+wanted)
	}
	return s.fail(0, fmt.Sprintf("%q instead of %s", r, wanted))
}

// SkipSpace returns the offset of the first byte of b, at i or behind it, that
// is no white space of JSON, or len(b).
func SkipSpace(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

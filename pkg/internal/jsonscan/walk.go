package jsonscan

import "errors"

// Valid reports whether b is one JSON value with nothing but white space around
// it. The error of a b that is not is an [*Error] with the offset in b.
func Valid(b []byte) error {
	start := SkipSpace(b, 0)
	var s Scanner
	n, err := s.Scan(b[start:], true)
	if err != nil {
		return behind(start, err)
	}
	if end := SkipSpace(b, start+n); end < len(b) {
		return &Error{Offset: end, Reason: "more behind the value"}
	}
	return nil
}

// behind moves the offset of an error.
func behind(start int, err error) error {
	var wrong *Error
	if errors.As(err, &wrong) {
		return &Error{Offset: start + wrong.Offset, Reason: wrong.Reason}
	}
	return err
}

// Members calls each for the members of the object at the start of b, in their
// order, until it returns false. The name is as written, between its quotes and
// with its escapes; at is the offset of the value in b. It stops quietly where b
// is no object or breaks the grammar.
func Members(b []byte, each func(name, value []byte, at int) bool) {
	i := SkipSpace(b, 0)
	if i == len(b) || b[i] != '{' {
		return
	}
	i = SkipSpace(b, i+1)
	var s Scanner
	for i < len(b) && b[i] == '"' {
		n := s.one(b[i:])
		if n == 0 {
			return
		}
		key := b[i+1 : i+n-1]
		i = SkipSpace(b, i+n)
		if i == len(b) || b[i] != ':' {
			return
		}
		i = SkipSpace(b, i+1)
		n = s.one(b[i:])
		if n == 0 || !each(key, b[i:i+n], i) {
			return
		}
		i = SkipSpace(b, i+n)
		if i == len(b) || b[i] != ',' {
			return
		}
		i = SkipSpace(b, i+1)
	}
}

// plainString returns the length of the string that b begins with, 0 when it is
// broken.
func plainString(b []byte) int {
	if len(b) < 2 || b[0] != '"' {
		return 0
	}
	for i := 1; ; {
		i += plainLen(b[i:])
		if i == len(b) {
			return 0
		}
		if b[i] == '"' {
			return i + 1
		}
		n, reason := special(b[i:], true)
		if n == 0 || reason != "" {
			return 0
		}
		i += n
	}
}

// plainDepth is how deep a value may nest that plainValue walks over.
const plainDepth = 32

// plainValue returns the length of the value that b begins with, 0 when it needs a
// closer look: when it is broken or deep. It is several times as fast as a Scanner.
func plainValue(b []byte, depth int) int {
	if len(b) == 0 || depth > plainDepth {
		return 0
	}
	switch c := b[0]; c {
	case '"':
		return plainString(b)
	case '{', '[':
		return plainContainer(b, depth)
	case 't', 'n':
		return plainLiteral(b, 4)
	case 'f':
		return plainLiteral(b, 5)
	default:
		return plainNumber(b)
	}
}

func plainLiteral(b []byte, n int) int {
	if len(b) < n {
		return 0
	}
	switch string(b[:n]) {
	case "true", "null", "false":
		return n
	}
	return 0
}

// plainNumber is plainValue for numbers. What follows is for the caller to check.
func plainNumber(b []byte) int {
	if b[0] != '-' && !isDigit(b[0]) {
		return 0
	}
	var s Scanner
	n, err := s.number(b, true)
	if err != nil {
		return 0
	}
	return n
}

// plainContainer is plainValue for objects and arrays.
func plainContainer(b []byte, depth int) int {
	closing := b[0] + 2 // } and ] stand two behind { and [
	i := SkipSpace(b, 1)
	if i < len(b) && b[i] == closing {
		return i + 1
	}
	for {
		if closing == '}' {
			n := plainString(b[i:])
			i = SkipSpace(b, i+n)
			if n == 0 || i == len(b) || b[i] != ':' {
				return 0
			}
			i = SkipSpace(b, i+1)
		}
		n := plainValue(b[i:], depth+1)
		i = SkipSpace(b, i+n)
		switch {
		case n == 0 || i == len(b):
			return 0
		case b[i] == closing:
			return i + 1
		case b[i] != ',':
			return 0
		}
		i = SkipSpace(b, i+1)
	}
}

func (s *Scanner) one(b []byte) int {
	if n := plainValue(b, 0); n > 0 {
		return n
	}
	s.Reset()
	n, err := s.Scan(b, true)
	if err != nil {
		return 0
	}
	return n
}

package http1

import (
	"bytes"
	"errors"
	"io"
	"strconv"
)

// SyntaxError says what of an answer is no HTTP/1.1, or more of it than is read.
type SyntaxError struct {
	What string
}

func (e *SyntaxError) Error() string { return "the answer is no valid HTTP: " + e.What }

var errTooLong = &SyntaxError{What: "its header has no end"}

// Head is what the head of an answer says of the answer.
type Head struct {
	Status int
	// Close says that the connection ends with the answer.
	Close bool

	length  int64 // of the body: -1 until the connection is closed, or chunked
	chunked bool
}

// Head reads the head of the answer that counts, past those of 1xx, and tells
// each of its fields. 101 counts: nobody has asked for another protocol, and none
// is spoken. The bytes of a field are valid until field returns.
//
// The error is a [*SyntaxError] or that of the source: io.EOF when it ended before
// the first byte, io.ErrUnexpectedEOF when it did later.
func (r *Reader) Head(field func(name, value []byte)) (Head, error) {
	r.begun = r.Buffered() > 0
	r.budget = MaxHead
	for range maxInterim + 1 {
		h, err := r.head(field)
		switch {
		case errors.Is(err, io.ErrUnexpectedEOF) && !r.begun:
			return h, io.EOF
		case err != nil || h.Status >= 200 || h.Status == 101:
			return h, err
		}
	}
	return Head{}, &SyntaxError{What: "more than " + strconv.Itoa(maxInterim) + " answers of 1xx"}
}

// head reads one head.
func (r *Reader) head(field func(name, value []byte)) (Head, error) {
	line, err := r.headLine()
	if err != nil {
		return Head{}, err
	}
	f := framing{length: -1}
	status, err := f.statusLine(line)
	if err != nil {
		return Head{}, err
	}
	if status < 200 && status != 101 {
		field = nil
	}
	if err := r.fields(func(name, value []byte) error {
		if field != nil {
			field(name, value)
		}
		return f.field(name, value)
	}); err != nil {
		return Head{}, err
	}
	return f.head(status)
}

// fields reads lines up to an empty one.
func (r *Reader) fields(each func(name, value []byte) error) error {
	for {
		line, err := r.headLine()
		if err != nil || len(line) == 0 {
			return err
		}
		name, value, err := splitField(line)
		if err != nil {
			return err
		}
		if err := each(name, value); err != nil {
			return err
		}
	}
}

// splitField takes a line apart (RFC 9112, section 5).
func splitField(line []byte) (name, value []byte, err error) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	switch {
	case line[0] == ' ' || line[0] == '\t':
		return nil, nil, &SyntaxError{What: "a header that is continued on the next line"}
	case !ok || !IsToken(name):
		return nil, nil, &SyntaxError{What: "a line in its header that is none: " + quote(line)}
	case HasControl(value):
		return nil, nil, &SyntaxError{What: "a control character in the header " + quote(name)}
	}
	return name, bytes.Trim(value, " \t"), nil
}

// IsToken reports whether text can be the name of a header (RFC 9110, section
// 5.6.2).
func IsToken[T string | []byte](text T) bool {
	for i := range len(text) {
		if !tokens[text[i]] {
			return false
		}
	}
	return len(text) > 0
}

// tokens has the bytes that a token may consist of.
var tokens = tokenTable()

func tokenTable() (t [256]bool) {
	const marks = "!#$%&'*+-.^_`|~"
	for c := '0'; c <= 'z'; c++ {
		t[c] = c <= '9' || 'A' <= c && c <= 'Z' || 'a' <= c
	}
	for i := range len(marks) {
		t[marks[i]] = true
	}
	return t
}

// HasControl reports whether text has a character that no value of a header may
// have: a control character but the tab (RFC 9110, section 5.5).
func HasControl[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' && c != '\t' || c == 0x7f {
			return true
		}
	}
	return false
}

// quote shows the begin of what came, as ASCII.
func quote(text []byte) string {
	const most = 40
	if len(text) > most {
		return strconv.QuoteToASCII(string(text[:most])) + "..."
	}
	return strconv.QuoteToASCII(string(text))
}

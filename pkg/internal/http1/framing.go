package http1

import (
	"bytes"
	"strings"
)

// framing gathers what a head says of where its message ends (RFC 9112, section
// 6.3).
type framing struct {
	old           bool  // HTTP/1.0
	length        int64 // -1: not told
	digits        int   // that length was written with
	coded         bool  // there was a Transfer-Encoding
	closes, keeps bool  // what Connection says
	badTrailer    bool
}

// statusLine reads the first line of an answer. Of HTTP/1.1 and 1.0 only: what
// another version means, nobody here knows.
func (f *framing) statusLine(line []byte) (status int, err error) {
	rest, ok := bytes.CutPrefix(line, []byte("HTTP/1.1 "))
	if !ok {
		rest, f.old = bytes.CutPrefix(line, []byte("HTTP/1.0 "))
	}
	if !ok && !f.old {
		return 0, &SyntaxError{What: "it begins with " + quote(line)}
	}
	bad := len(rest) < 3 || len(rest) > 3 && rest[3] != ' ' || HasControl(rest)
	for i := 0; !bad && i < 3; i++ {
		status = 10*status + int(rest[i]) - '0'
		bad = rest[i] < '0' || rest[i] > '9'
	}
	if bad || status < 100 {
		return 0, &SyntaxError{What: "it begins with " + quote(line)}
	}
	return status, nil
}

// field looks at one field.
func (f *framing) field(name, value []byte) error {
	switch len(name) {
	case len("Connection"):
		if is(name, "connection") {
			f.connection(value)
		}
	case len("Content-Length"):
		if is(name, "content-length") {
			return f.contentLength(value)
		}
	case len("Transfer-Encoding"):
		if is(name, "transfer-encoding") {
			return f.transferEncoding(value)
		}
	case len("Trailer"):
		if is(name, "trailer") {
			f.trailer(value)
		}
	}
	return nil
}

// is reports whether text, which is ASCII, is a word in any letter case.
func is(text []byte, word string) bool { return strings.EqualFold(string(text), word) }

func (f *framing) connection(list []byte) {
	for token := range bytes.SplitSeq(list, []byte(",")) {
		token = bytes.Trim(token, " \t")
		f.closes = f.closes || is(token, "close")
		f.keeps = f.keeps || is(token, "keep-alive")
	}
}

// contentLength reads a length. The same one may come again, written the same way.
func (f *framing) contentLength(value []byte) error {
	const most = 1 << 60
	var n int64
	for _, c := range value {
		if c < '0' || c > '9' || n > most/10 {
			return &SyntaxError{What: "a Content-Length of " + quote(value)}
		}
		n = 10*n + int64(c-'0')
	}
	switch {
	case len(value) == 0:
		return &SyntaxError{What: "a Content-Length of nothing"}
	case f.length >= 0 && (f.length != n || f.digits != len(value)):
		return &SyntaxError{What: "two lengths that differ"}
	}
	f.length, f.digits = n, len(value)
	return nil
}

// transferEncoding takes chunked and nothing else: no other coding was asked for.
func (f *framing) transferEncoding(value []byte) error {
	if !is(value, "chunked") || f.coded {
		return &SyntaxError{What: "a Transfer-Encoding of " + quote(value)}
	}
	f.coded = true
	return nil
}

// trailer refuses that what tells a length is promised for the end.
func (f *framing) trailer(list []byte) {
	for name := range bytes.SplitSeq(list, []byte(",")) {
		name = bytes.Trim(name, " \t")
		if is(name, "content-length") || is(name, "transfer-encoding") || is(name, "trailer") {
			f.badTrailer = true
		}
	}
}

// head sums it up.
func (f *framing) head(status int) (Head, error) {
	switch {
	case f.coded && f.length >= 0:
		return Head{}, &SyntaxError{What: "both a Content-Length and a Transfer-Encoding"}
	case f.coded && f.old:
		return Head{}, &SyntaxError{What: "a Transfer-Encoding in HTTP/1.0"}
	case f.coded && f.badTrailer:
		return Head{}, &SyntaxError{What: "a length that is to follow the body"}
	}
	h := Head{Status: status, length: f.length, chunked: f.coded, Close: f.closes || f.old && !f.keeps}
	switch {
	case status < 200 || status == 204 || status == 304: // without a body, whatever they say
		h.Close = h.Close || status == 101 || h.chunked || h.length > 0 && status == 204
		h.length, h.chunked = 0, false
	case !h.chunked && h.length < 0:
		h.Close = true
	}
	return h, nil
}

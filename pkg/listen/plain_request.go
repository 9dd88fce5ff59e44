package listen

import (
	"bytes"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/http1"
)

// plainRequest is a request that is plain, see [plainServer].
type plainRequest struct {
	length  int // of the whole request in bytes
	target  string
	url     *url.URL
	host    string
	headers []event.Header // as they came
	body    []byte         // part of the buffer
}

// parsePlain reads the request that b begins with. ok is false when it is not all
// there, not plain, or when anything about it takes a closer look.
func parsePlain(b []byte) (p plainRequest, ok bool) {
	n := wholeHead(b)
	if n == 0 {
		return p, false
	}
	first, rest, _ := strings.Cut(string(b[:n]), "\r\n")
	if p.target, ok = plainTarget(first); !ok {
		return p, false
	}
	var err error
	if p.url, err = url.ParseRequestURI(p.target); err != nil {
		return p, false
	}
	length, ok := p.plainHeaders(strings.TrimSuffix(rest, "\r\n"))
	if !ok || length > len(b)-n {
		return p, false
	}
	p.length = n + length
	p.body = b[n:p.length]
	return p, true
}

// plainTarget returns the target of the request line of a plain request.
func plainTarget(line string) (target string, ok bool) {
	target, ok = strings.CutPrefix(line, "POST /")
	if !ok || strings.HasPrefix(target, "/") {
		return "", false
	}
	target, ok = strings.CutSuffix(target, " HTTP/1.1")
	if !ok || !onlyOf(target, isTargetByte) {
		return "", false
	}
	return line[len("POST ") : len("POST /")+len(target)], true
}

// plainHeaders reads the lines of the headers, and what they say of the body.
func (p *plainRequest) plainHeaders(lines string) (length int, ok bool) {
	p.headers = make([]event.Header, 0, strings.Count(lines, "\n"))
	length = -1
	for line := range strings.SplitSeq(strings.TrimSuffix(lines, "\r\n"), "\r\n") {
		name, value, ok := strings.Cut(line, ":")
		value = strings.Trim(value, " \t")
		if !ok || !http1.IsToken(name) || !onlyOf(value, isValueByte) || !p.plainHeader(name, value, &length) {
			return 0, false
		}
		p.headers = append(p.headers, event.Header{Name: name, Value: value})
	}
	return length, p.host != "" && length >= 0
}

// plainHeader notes what a header means. It returns false for one that plain
// requests do not have, or not so.
func (p *plainRequest) plainHeader(name, value string, length *int) bool {
	switch {
	case strings.EqualFold(name, "Host"):
		if p.host != "" || value == "" || !onlyOf(value, isHostByte) {
			return false
		}
		p.host = value
	case strings.EqualFold(name, "Content-Length"):
		n, err := strconv.ParseUint(value, 10, 31)
		if err != nil || *length >= 0 {
			return false
		}
		*length = int(n)
	case strings.EqualFold(name, "Connection"):
		return strings.EqualFold(value, "keep-alive")
	case strings.EqualFold(name, "Transfer-Encoding"), strings.EqualFold(name, "Expect"),
		strings.EqualFold(name, "Upgrade"), strings.EqualFold(name, "Trailer"), strings.EqualFold(name, "HTTP2-Settings"):
		return false
	}
	return true
}

// fill makes the request that net/http would make, with h for its headers.
func (p *plainRequest) fill(req *http.Request, h http.Header) {
	req.URL, req.RequestURI, req.Host = p.url, p.target, p.host
	req.ContentLength, req.Header = int64(len(p.body)), h
	values := make([]string, len(p.headers))
	for i, line := range p.headers {
		if strings.EqualFold(line.Name, "Host") {
			continue
		}
		name := http.CanonicalHeaderKey(line.Name)
		values[i] = line.Value
		if h[name] == nil {
			h[name] = values[i : i+1 : i+1]
		} else {
			h[name] = append(h[name], line.Value)
		}
	}
	body := new(plainBody)
	body.Reset(p.body)
	req.Body = body
}

// plainBody is the body of a plain request.
type plainBody struct{ bytes.Reader }

// Close does nothing.
func (*plainBody) Close() error { return nil }

func onlyOf(s string, allowed func(byte) bool) bool {
	for i := range len(s) {
		if !allowed(s[i]) {
			return false
		}
	}
	return true
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isAlnum(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'z' }

func isHostByte(c byte) bool {
	return isAlnum(c) || c == '.' || c == '-' || c == ':' || c == '[' || c == ']'
}

// isTargetByte is for characters of a path and a query that mean nothing else in
// a URL (RFC 3986), and for the percent sign, which url.Parse looks at.
func isTargetByte(c byte) bool {
	return isAlnum(c) || strings.IndexByte("/?&=._-~%+,:@", c) >= 0
}

func isValueByte(c byte) bool { return ' ' <= c && c <= '~' || c == '\t' }

package listen

import (
	"bytes"
	"maps"
	"net/http"
	"net/textproto"
	"slices"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/event"
)

// recorder follows the bytes that a client sends on one connection and keeps the
// heads of its requests as they came. To find where a head begins it follows the
// bodies in between (RFC 9112, sections 6 and 7). Where it meets what it does not
// expect it keeps nothing from then on.
//
// It is told of the bytes before net/http has made a request of them, so the
// head of a request is there when its handler runs.
type recorder struct {
	state state
	line  []byte        // the head, or the line of a chunk, as far as it has come
	left  int64         // bytes of the body or chunk that are still to come
	heads []requestHead // of requests that no handler has asked for yet
}

// requestHead is the head of one request.
type requestHead struct {
	text    string
	first   string // the request line
	headers []event.Header
}

type state uint8

const (
	inHead      state = iota
	inBody            // of a known length
	inChunkSize       // the line before a chunk
	inChunk           // the bytes of a chunk
	inChunkEnd        // the line break behind them
	inTrailer         // lines behind the last chunk
	lost
)

const (
	maxHead  = MaxHeader + 8<<10 // net/http reads a little more than its limit
	maxLine  = 8 << 10
	maxHeads = 1 << 10
)

// write takes the bytes that were read.
func (r *recorder) write(b []byte) {
	for len(b) > 0 && r.state != lost {
		switch r.state {
		case inBody, inChunk:
			b = r.skip(b)
		case inHead:
			b = r.head(b)
		default:
			b = r.chunkLine(b)
		}
	}
}

func (r *recorder) skip(b []byte) []byte {
	n := min(r.left, int64(len(b)))
	r.left -= n
	switch {
	case r.left > 0:
	case r.state == inChunk:
		r.state = inChunkEnd
	default:
		r.state = inHead
	}
	return b[n:]
}

// cutLine moves the bytes up to a line break to line. whole says that the line
// break was there.
func (r *recorder) cutLine(b []byte, most int) (rest []byte, whole bool) {
	n := bytes.IndexByte(b, '\n') + 1
	whole = n > 0
	if !whole {
		n = len(b)
	}
	if len(r.line)+n > most {
		r.state = lost
		r.line, r.heads = nil, nil
		return nil, false
	}
	r.line = append(r.line, b[:n]...)
	return b[n:], whole
}

func (r *recorder) head(b []byte) []byte {
	if len(r.line) == 0 {
		// Line breaks between requests are passed over.
		if b = bytes.TrimLeft(b, "\r\n"); len(b) == 0 {
			return nil
		}
		if n := wholeHead(b); n > 0 {
			r.add(string(b[:n]))
			return b[n:]
		}
	}
	rest, whole := r.cutLine(b, maxHead)
	if whole && (bytes.HasSuffix(r.line, []byte("\n\r\n")) || bytes.HasSuffix(r.line, []byte("\n\n"))) {
		text := string(r.line)
		r.line = nil
		r.add(text)
	}
	return rest
}

// wholeHead returns the length of the head that b begins with, 0 when it is not
// all there or too long, or its end takes a closer look.
func wholeHead(b []byte) int {
	n := bytes.Index(b, []byte("\n\r\n")) + 3
	if n < 3 || n > maxHead || bytes.Contains(b[:n], []byte("\n\n")) {
		return 0
	}
	return n
}

// add takes a head.
func (r *recorder) add(text string) {
	h := requestHead{text: text}
	h.first, h.headers = parseHead(text)
	r.state, r.left = bodyOf(h.headers)
	if len(r.heads) == maxHeads {
		r.state = lost
	}
	if r.state != lost {
		r.heads = append(r.heads, h)
	}
}

// bodyOf says what follows a head with these headers.
func bodyOf(headers []event.Header) (state, int64) {
	length := int64(0)
	for _, h := range headers {
		switch {
		case strings.EqualFold(h.Name, "Transfer-Encoding") && strings.EqualFold(h.Value, "chunked"):
			return inChunkSize, 0
		case strings.EqualFold(h.Name, "Transfer-Encoding"):
			return lost, 0
		case strings.EqualFold(h.Name, "Content-Length"):
			n, err := strconv.ParseInt(h.Value, 10, 64)
			if err != nil || n < 0 {
				return lost, 0
			}
			length = n
		}
	}
	if length == 0 {
		return inHead, 0
	}
	return inBody, length
}

// chunkLine takes the lines around chunks.
func (r *recorder) chunkLine(b []byte) []byte {
	rest, whole := r.cutLine(b, maxLine)
	if !whole {
		return rest
	}
	line := strings.TrimRight(string(r.line), "\r\n")
	r.line = r.line[:0]
	switch r.state {
	case inChunkSize:
		size, _, _ := strings.Cut(line, ";")
		n, err := strconv.ParseUint(strings.Trim(size, " \t"), 16, 62)
		r.left = int64(n)
		switch {
		case err != nil:
			r.state = lost
		case n == 0:
			r.state = inTrailer
		default:
			r.state = inChunk
		}
	case inChunkEnd:
		r.state = inChunkSize
		if line != "" {
			r.state = lost
		}
	case inTrailer:
		if line == "" {
			r.state = inHead
		}
	}
	return rest
}

// take returns the headers of the next request, which net/http has read as req.
// ok is false when they are not known.
func (r *recorder) take(req *http.Request) (headers []event.Header, ok bool) {
	if len(r.heads) == 0 {
		return nil, false
	}
	h := r.heads[0]
	r.heads[0] = requestHead{} // its memory is not needed any more
	r.heads = r.heads[1:]
	if !same(h.first, h.headers, req) {
		r.state, r.heads, r.line = lost, nil, nil
		return nil, false
	}
	return h.headers, true
}

// between reports whether the next byte begins a request, as far as is known.
func (r *recorder) between() bool {
	return r.state == inHead && len(r.line) == 0 && len(r.heads) == 0
}

// begun returns what has come of the next request, nil when it is not known.
func (r *recorder) begun() []byte {
	if len(r.heads) > 0 {
		return []byte(r.heads[0].text)
	}
	return bytes.Clone(r.line)
}

// parseHead returns the request line and the headers of a head.
func parseHead(text string) (first string, headers []event.Header) {
	first, rest, more := strings.Cut(strings.TrimRight(text, "\r\n"), "\n")
	first = strings.TrimSuffix(first, "\r")
	headers = make([]event.Header, 0, min(strings.Count(rest, "\n")+1, 16))
	for more {
		var line string
		line, rest, more = strings.Cut(rest, "\n")
		line = strings.TrimSuffix(line, "\r")
		last := len(headers) - 1
		if last >= 0 && (strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t")) {
			headers[last].Value += " " + strings.Trim(line, " \t")
			continue
		}
		name, value, _ := strings.Cut(line, ":")
		headers = append(headers, event.Header{Name: name, Value: strings.Trim(value, " \t")})
	}
	return first, headers
}

// same reports whether net/http has read a head as the same request.
func same(first string, headers []event.Header, req *http.Request) bool {
	if !isRequestLine(first, req) {
		return false
	}
	if len(headers) <= fewHeaders && sameFew(headers, req.Header) {
		return true
	}
	ours := http.Header{}
	for _, h := range headers {
		name := textproto.CanonicalMIMEHeaderKey(h.Name)
		ours[name] = append(ours[name], h.Value)
	}
	for name, values := range req.Header {
		if !slices.Equal(ours[name], values) && !added(name, ours) {
			return false
		}
	}
	return true
}

// isRequestLine reports whether a line is the first of a request.
func isRequestLine(line string, req *http.Request) bool {
	method, rest, ok := strings.Cut(line, " ")
	return ok && method == req.Method && len(rest) == len(req.RequestURI)+1+len(req.Proto) &&
		strings.HasPrefix(rest, req.RequestURI) && strings.HasSuffix(rest, req.Proto) && rest[len(req.RequestURI)] == ' '
}

// fewHeaders is how many headers are compared one by one.
const fewHeaders = 32

// sameFew reports whether each header that net/http has is there once, with the
// same value. It makes no map: nearly all requests are so.
func sameFew(headers []event.Header, theirs http.Header) bool {
	for name, values := range theirs {
		found := 0
		for _, h := range headers {
			if len(h.Name) == len(name) && strings.EqualFold(h.Name, name) {
				found++
				if len(values) != 1 || values[0] != h.Value {
					return false
				}
			}
		}
		if found != 1 {
			return false
		}
	}
	return true
}

// added reports whether net/http adds a header of its own to such a request.
func added(name string, ours http.Header) bool {
	return name == "Cache-Control" && ours["Cache-Control"] == nil && ours.Get("Pragma") == "no-cache"
}

// headersOf returns the headers of a request as net/http has them, in an order
// of our own.
func headersOf(req *http.Request) []event.Header {
	headers := []event.Header{{Name: "Host", Value: req.Host}}
	for _, name := range slices.Sorted(maps.Keys(req.Header)) {
		for _, value := range req.Header[name] {
			headers = append(headers, event.Header{Name: name, Value: value})
		}
	}
	return headers
}

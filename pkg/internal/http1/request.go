package http1

import "strconv"

// Request is the head of a request as it is written.
type Request struct {
	buf []byte
}

// Begin starts a POST in memory that an earlier one had. target is what stands
// in the first line: path and query.
func (q *Request) Begin(target string) {
	q.buf = append(q.buf[:0], "POST "...)
	q.buf = append(q.buf, target...)
	q.buf = append(q.buf, " HTTP/1.1\r\n"...)
}

// Add writes a header as it is. Name and value must have been checked with
// [IsToken] and [HasControl].
func (q *Request) Add(name, value string) {
	q.buf = append(q.buf, name...)
	q.buf = append(q.buf, ": "...)
	q.buf = append(q.buf, value...)
	q.buf = append(q.buf, "\r\n"...)
}

// AddLength writes the length of the body.
func (q *Request) AddLength(n int) {
	q.buf = append(q.buf, "Content-Length: "...)
	q.buf = strconv.AppendInt(q.buf, int64(n), 10)
	q.buf = append(q.buf, "\r\n"...)
}

// End ends the head and returns it with the body behind it when that is no
// longer than most, else without it. The bytes are valid until the next Begin.
func (q *Request) End(body []byte, most int) []byte {
	q.buf = append(q.buf, "\r\n"...)
	if len(body) <= most {
		q.buf = append(q.buf, body...)
	}
	return q.buf
}

package http1

import (
	"bytes"
	"io"
)

// Limits of an answer.
const (
	// MaxHead is how many bytes the head of an answer may have, with those of
	// the interim answers before it.
	MaxHead = 256 << 10
	// maxInterim is how many answers of 1xx may come before the one that counts,
	// as in net/http.
	maxInterim = 5
	// maxChunkLine is for the line before a chunk, which has little to tell.
	maxChunkLine = 1 << 10
	// maxTrailer is for the lines behind the last chunk.
	maxTrailer = 2 << 10

	usualBuffer = 4 << 10
	// mostEmpty is how often a source may return nothing at all.
	mostEmpty = 100
)

// Reader reads the answers that come over one connection, one after the other.
// It reads ahead: nobody else may read from its source.
type Reader struct {
	src      io.Reader
	buf      []byte
	from, to int // what has been read and not been used
	budget   int // bytes that lines may have yet
	begun    bool
}

// NewReader returns a reader of answers.
func NewReader(src io.Reader) *Reader {
	return &Reader{src: src, buf: make([]byte, usualBuffer)}
}

// Begun reports whether a byte has come since the last call of Head.
func (r *Reader) Begun() bool { return r.begun }

// Buffered is how many bytes have come that are not used yet.
func (r *Reader) Buffered() int { return r.to - r.from }

// fill reads once.
func (r *Reader) fill() error {
	r.makeRoom()
	for range mostEmpty {
		n, err := r.src.Read(r.buf[r.to:])
		r.to += n
		switch {
		case n > 0:
			r.begun = true
			return nil
		case err != nil:
			return err
		}
	}
	return io.ErrNoProgress
}

// makeRoom makes sure that there is room behind what has been read.
func (r *Reader) makeRoom() {
	switch {
	case r.from == r.to:
		r.from, r.to = 0, 0
		if len(r.buf) > 4*usualBuffer { // one long head need not be paid for ever
			r.buf = make([]byte, usualBuffer)
		}
	case r.to < len(r.buf):
	case r.from > 0:
		r.to = copy(r.buf, r.buf[r.from:r.to])
		r.from = 0
	default:
		r.buf = append(r.buf, make([]byte, len(r.buf))...)
	}
}

// line returns the next line with its end. It is valid until more is read. All
// lines together may have as many bytes as the budget says.
func (r *Reader) line() ([]byte, error) {
	seen := 0
	for {
		rest := r.buf[r.from:r.to]
		i := bytes.IndexByte(rest[seen:], '\n')
		switch {
		case seen+i >= r.budget, i < 0 && len(rest) >= r.budget:
			return nil, errTooLong
		case i >= 0:
			n := seen + i + 1
			r.from += n
			r.budget -= n
			return rest[:n], nil
		}
		seen = len(rest)
		if err := r.fill(); err != nil {
			return nil, cut(err)
		}
	}
}

// cut makes the end of what came too early an error of its own.
func cut(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// headLine returns the next line of a head without its end. A line feed alone
// ends one too (RFC 9112, section 2.2): receivers of one line of shell write it.
func (r *Reader) headLine() ([]byte, error) {
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	line = line[:len(line)-1]
	if n := len(line); n > 0 && line[n-1] == '\r' {
		line = line[:n-1]
	}
	return line, nil
}

// chunkLine returns the next line of the chunked coding without its end, which
// has to be a whole one: two readings of a chunk's begin are two bodies.
func (r *Reader) chunkLine() ([]byte, error) {
	line, err := r.line()
	if err != nil {
		return nil, err
	}
	text, ok := bytes.CutSuffix(line, []byte("\r\n"))
	if !ok {
		return nil, &SyntaxError{What: "a line of a chunk that ends in a line feed alone"}
	}
	return text, nil
}

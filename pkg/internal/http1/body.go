package http1

import (
	"errors"
	"io"
)

// Body reads the body that follows a head: no more than most bytes of it, of
// which it returns the first, up to keep. whole says that all of it has been
// read, so that another answer can follow. The error is a [*SyntaxError] or that
// of the source, io.ErrUnexpectedEOF when it ended too early.
func (r *Reader) Body(h Head, keep, most int) (first []byte, whole bool, err error) {
	b := body{Reader: r, keep: keep, most: int64(most)}
	switch {
	case h.chunked:
		whole, err = b.chunks()
	case h.length < 0:
		whole, err = b.untilClosed()
	default:
		whole, err = b.take(h.length)
	}
	return b.first, whole, err
}

// body is one that is being read.
type body struct {
	*Reader
	first []byte
	keep  int   // bytes to be kept yet
	most  int64 // bytes to be read yet
	waste int   // bytes of the chunked coding that tell little
}

// take reads n bytes. whole says that it was not more than may be read.
func (b *body) take(n int64) (whole bool, err error) {
	for n > 0 {
		if b.most == 0 {
			return false, nil
		}
		if b.Buffered() == 0 {
			if err := b.fill(); err != nil {
				return false, cut(err)
			}
		}
		n -= b.use(n)
	}
	return true, nil
}

// use takes up to n bytes of what has come already.
func (b *body) use(n int64) int64 {
	n = min(n, b.most, int64(b.Buffered()))
	text := b.buf[b.from : b.from+int(n)]
	if kept := text[:min(b.keep, len(text))]; len(kept) > 0 {
		b.first = append(b.first, kept...)
		b.keep -= len(kept)
	}
	b.from += int(n)
	b.most -= n
	return n
}

// untilClosed reads to the end of the source.
func (b *body) untilClosed() (whole bool, err error) {
	for {
		b.use(int64(b.Buffered()))
		if b.most == 0 {
			return false, nil
		}
		if err := b.fill(); err == io.EOF {
			return true, nil
		} else if err != nil {
			return false, err
		}
	}
}

// chunks reads the chunked coding (RFC 9112, section 7.1).
func (b *body) chunks() (whole bool, err error) {
	for {
		size, err := b.chunkSize()
		switch {
		case err != nil:
			return false, err
		case size == 0:
			return b.trailers()
		}
		if whole, err := b.take(size); err != nil || !whole {
			return false, err
		}
		b.budget = len("\r\n")
		if end, err := b.chunkLine(); errors.Is(err, errTooLong) || err == nil && len(end) > 0 {
			return false, &SyntaxError{What: "a chunk that is longer than it says"}
		} else if err != nil {
			return false, err
		}
	}
}

// chunkSize reads the line before a chunk. Its extensions mean nothing to us.
func (b *body) chunkSize() (size int64, err error) {
	b.budget = maxChunkLine
	line, err := b.chunkLine()
	if errors.Is(err, errTooLong) {
		err = &SyntaxError{What: "a chunk whose length has no end"}
	}
	if err != nil {
		return 0, err
	}
	digits := 0
	for ; digits < len(line) && digits < 15; digits++ {
		value := hexValue(line[digits])
		if value < 0 {
			break
		}
		size = size<<4 + int64(value)
	}
	if digits == 0 || !isExtension(line[digits:]) {
		return 0, &SyntaxError{What: "a chunk whose length is " + quote(line)}
	}
	return size, b.pay(len(line), size)
}

// pay counts what the coding costs. A receiver that sends a byte a chunk is
// slow, one that sends next to nothing in long lines keeps us busy for ever.
func (b *body) pay(line int, size int64) error {
	const most = 16 << 10
	b.waste = max(0, b.waste+line+2-16-2*int(min(size, most)))
	if b.waste > most {
		return &SyntaxError{What: "chunks that hold next to nothing"}
	}
	return nil
}

// isExtension reports whether text may follow the length of a chunk.
func isExtension(text []byte) bool {
	for len(text) > 0 && (text[0] == ' ' || text[0] == '\t') {
		text = text[1:]
	}
	return len(text) == 0 || text[0] == ';' && !HasControl(text)
}

func hexValue(c byte) int {
	switch {
	case '0' <= c && c <= '9':
		return int(c - '0')
	case 'a' <= c && c <= 'f':
		return int(c-'a') + 10
	case 'A' <= c && c <= 'F':
		return int(c-'A') + 10
	}
	return -1
}

// trailers reads the lines behind the last chunk, and what they say is nothing to
// us.
func (b *body) trailers() (whole bool, err error) {
	b.budget = maxTrailer
	for {
		line, err := b.chunkLine()
		switch {
		case errors.Is(err, errTooLong):
			return false, &SyntaxError{What: "too much behind its body"}
		case err != nil:
			return false, err
		case len(line) == 0:
			return true, nil
		}
		if _, _, err := splitField(line); err != nil {
			return false, err
		}
	}
}

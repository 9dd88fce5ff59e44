package event

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"io"
)

// decompress returns what r holds, unpacked when it is compressed with gzip.
func decompress(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	magic, _ := b.Peek(2) // a failing read comes back at the first real one
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	return gzip.NewReader(b)
}

// interruptible returns a reader that gives up when ctx is done, even while a
// read of r does not return, as one of a terminal or a pipe may not. The read
// that was given up stays behind with its buffer until r has something for it.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	return &interruptibleReader{ctx: ctx, src: r, chunks: make(chan chunk), free: make(chan []byte, 1)}
}

type interruptibleReader struct {
	ctx     context.Context
	src     io.Reader
	chunks  chan chunk
	free    chan []byte
	started bool
	buf     []byte // the whole buffer of the chunk that is being handed out
	rest    []byte // what of it was not handed out yet
	err     error
}

type chunk struct {
	buf []byte
	n   int
	err error
}

func (r *interruptibleReader) Read(p []byte) (int, error) {
	if !r.started {
		r.started = true
		go r.pump()
	}
	for len(r.rest) == 0 {
		if r.err != nil {
			return 0, r.err
		}
		if r.buf != nil {
			r.free <- r.buf
			r.buf = nil
		}
		select {
		case c := <-r.chunks:
			r.buf, r.rest, r.err = c.buf, c.buf[:c.n], c.err
		case <-r.ctx.Done():
			r.err = context.Cause(r.ctx)
		}
	}
	n := copy(p, r.rest)
	r.rest = r.rest[n:]
	return n, nil
}

// pump reads one chunk ahead, into one of two buffers that go round.
func (r *interruptibleReader) pump() {
	next := make([]byte, 64<<10)
	r.free <- make([]byte, 64<<10)
	for {
		n, err := r.src.Read(next)
		select {
		case r.chunks <- chunk{next, n, err}:
		case <-r.ctx.Done():
			return
		}
		if err != nil {
			return
		}
		select {
		case next = <-r.free:
		case <-r.ctx.Done():
			return
		}
	}
}

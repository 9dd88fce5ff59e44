package event

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
)

// decompress returns what r holds, unpacked when it is compressed with gzip.
func decompress(r io.Reader) (io.Reader, error) {
	b := bufio.NewReader(r)
	magic, _ := b.Peek(2) // a failing read comes back at the first real one
	if !bytes.Equal(magic, []byte{0x1f, 0x8b}) {
		return b, nil
	}
	z, err := gzip.NewReader(b)
	if err != nil {
		return nil, ofGzip(err)
	}
	return &unpacking{z}, nil
}

// unpacking says of the errors of gzip that they are of gzip: what is broken is
// the stream, not the JSON in it.
type unpacking struct{ packed io.Reader }

func (u *unpacking) Read(p []byte) (int, error) {
	n, err := u.packed.Read(p)
	return n, ofGzip(err)
}

// ofGzip returns an error of package gzip in words that tell where it is from,
// and others as they are.
func ofGzip(err error) error {
	var corrupt flate.CorruptInputError
	switch {
	case errors.Is(err, io.ErrUnexpectedEOF):
		return errors.New("the gzip stream is cut off")
	case errors.Is(err, gzip.ErrHeader), errors.Is(err, gzip.ErrChecksum), errors.As(err, &corrupt):
		return fmt.Errorf("the gzip stream is damaged: %w", err)
	}
	return err
}

// interruptible returns a reader that gives up when ctx is done, even while a
// read of r does not return, as one of a terminal or a pipe may not. The read
// that was given up stays behind with its buffer until r has something for it.
func interruptible(ctx context.Context, r io.Reader) io.Reader {
	return &interruptibleReader{ctx: ctx, src: r, chunks: make(chan chunk), free: make(chan []byte, 2)}
}

type interruptibleReader struct {
	ctx     context.Context
	src     io.Reader
	chunks  chan chunk
	free    chan []byte // has room for both buffers: the pump may be gone
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

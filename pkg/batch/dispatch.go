package batch

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"sync"

	"github.com/konhook/konhook/pkg/event"
)

// blockSize is how many bytes are read at a time. A line longer than that is
// read by the gatherer.
const blockSize = 512 << 10

// firstSize is how much is read of a file at first, until that proves to be too
// little: most files are small, and making room takes longer than reading them.
const firstSize = 32 << 10

// maxLines is about how many lines are read at a time, where that takes no block
// smaller than the first: what is found in the blocks under way is all in memory,
// and may be a hundred times what a short line is.
const maxLines = 2048

// dispatcher cuts files into blocks of whole lines.
type dispatcher struct {
	ctx     context.Context
	options Options
	ordered chan *job // every job, in the order of the input
	work    chan *job // the same, for the workers
	buffers sync.Pool
}

// run goes through files and closes both channels at the end.
func (d *dispatcher) run(files []string) {
	defer close(d.ordered)
	defer close(d.work)
	for _, name := range files {
		if !d.file(name) {
			return
		}
	}
}

// file reports whether the next file is wanted.
func (d *dispatcher) file(name string) bool {
	s := &source{name: name, room: firstSize, handover: make(chan struct{})}
	reader, err := event.Open(d.ctx, name, d.options.Read)
	if err != nil {
		return d.send(&job{source: s, opens: true, ends: true, err: err})
	}
	s.reader = reader
	var carry []byte // a line that is not whole yet
	for opens := true; ; opens = false {
		j := d.block(s, carry)
		j.opens = opens
		if j.ends {
			_ = reader.Close() // it was only read
		}
		select {
		case <-s.handover:
			j.left = true
		default:
		}
		if j.left || j.ends {
			return d.send(j)
		}
		whole := bytes.LastIndexByte(j.data, '\n') + 1
		carry = append([]byte(nil), j.data[whole:]...)
		j.data = j.data[:whole]
		if !d.send(j) {
			_ = reader.Close()
			return false
		}
	}
}

// block reads the next block of a source behind what was carried over. It has a
// line break, ends the source, or is left with all that follows.
func (d *dispatcher) block(s *source, carry []byte) *job {
	if len(carry) > firstSize/2 {
		s.room = blockSize
	}
	buffer := d.buffers.Get().(*[]byte)
	if cap(*buffer) < s.room {
		*buffer = make([]byte, 0, s.room)
	}
	data := (*buffer)[:len(carry):s.room]
	copy(data, carry) // which is shorter than a block
	j := &job{source: s, buffer: buffer}
	for {
		if cap(data)-len(data) < 4<<10 {
			if cap(data) >= blockSize {
				j.left = true
				break
			}
			s.room = blockSize
			data = append(make([]byte, 0, blockSize), data...)
			*buffer = data
		}
		n, err := s.reader.Read(data[len(data):cap(data)])
		fresh := data[len(data) : len(data)+n]
		data = data[:len(data)+n]
		if err != nil {
			j.ends = true
			if !errors.Is(err, io.EOF) {
				j.err = &fs.PathError{Op: "read", Path: event.Place{File: s.name}.Name(), Err: err}
			}
			break
		}
		if bytes.IndexByte(fresh, '\n') >= 0 {
			break
		}
	}
	if len(data) == cap(data) {
		perLine := len(data) / (bytes.Count(data, []byte("\n")) + 1)
		s.room = min(max(perLine*maxLines, firstSize), blockSize)
	}
	j.data = data
	return j
}

// send hands a job to the workers and to the gatherer.
func (d *dispatcher) send(j *job) bool {
	j.done = make(chan struct{})
	j.irregular = -1
	for _, c := range []chan *job{d.ordered, d.work} {
		select {
		case c <- j:
		case <-d.ctx.Done():
			return false
		}
	}
	return true
}

// release takes a buffer back, once nobody looks at it any more.
func (d *dispatcher) release(j *job) {
	if j.buffer != nil {
		d.buffers.Put(j.buffer)
		j.buffer, j.data = nil, nil
	}
}

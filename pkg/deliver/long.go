package deliver

import (
	"net"
	"time"

	"github.com/konhook/konhook/pkg/internal/http1"
)

// headWhile is head for long bodies, which are written while the answer is read. It
// may be there, or its first part, before all is written: see finish.
func (c *conn) headWhile(text, rest []byte) (h http1.Head, sent bool, err error) {
	if err := c.arm(); err != nil {
		return h, false, err
	}
	written := make(chan error, 1)
	c.writing = written
	go func() {
		both := net.Buffers{text, rest}
		_, err := both.WriteTo(c.Conn)
		written <- err
	}()
	if h, err = c.answers.Head(c.fields); err != nil {
		c.finish(false)
	}
	return h, err == nil, err
}

// finish ends the writing of a long body once its answer has been read, and reports
// whether all of it has left. A receiver that takes the event gets the whole of it,
// however early it says so, or as much as it reads in the time of the attempt; one
// that refuses it need not read it.
func (c *conn) finish(taken bool) bool {
	written := c.writing
	if written == nil {
		return true
	}
	defer func() { c.writing = nil }()
	select {
	case failed := <-written:
		return failed == nil
	default:
	}
	var err error
	if taken {
		err = c.arm() // a read in haste takes it back
	} else {
		err = c.raw.SetWriteDeadline(time.Unix(1, 0))
		c.deadline.armed = time.Unix(1, 0)
	}
	if err != nil {
		c.close()
	}
	return <-written == nil
}

package deliver

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/internal/http1"
)

// inOneWrite is how long a body may be that is copied behind its header, so that
// both leave in one write. A longer one would cost more to copy, and is sent while
// the answer is being waited for: who refuses it need not read it.
const inOneWrite = 64 << 10

// conn is a connection to a receiver.
type conn struct {
	net.Conn          // what is written and read
	raw      net.Conn // the same, below TLS
	answers  *http1.Reader
	request  http1.Request
	socket   socket
	deadline deadline
	haste    haste
	leaving  []byte       // of a request: it is written by the next read; nil: nothing
	failed   error        // of writing the request
	writing  <-chan error // of a long body, under way; nil: none is
	way      *lane        // of the request under way; nil: none is
	caught   bool         // the last read was made in haste
	kept     bool         // not made for this request
	fresh    bool         // and looked at right now
	proven   bool         // not closed at once after its first answer
	reused   bool         // more than one answer has come
	since    time.Time

	watched context.Context
	unwatch func() bool

	after  string                   // Retry-After of the answer
	fields func(name, value []byte) // c.field
}

func newConn(raw net.Conn) *conn {
	c := &conn{Conn: raw, raw: raw}
	c.socket.watch(raw)
	c.answers = http1.NewReader(c)
	c.fields = c.field
	return c
}

// secure speaks TLS from now on.
func (c *conn) secure(ctx context.Context, settings *tls.Config, name string) error {
	over, err := handshake(ctx, c.raw, settings, name)
	c.Conn = over
	return err
}

// Read reads what the receiver says, without delay where that is worth it.
func (c *conn) Read(b []byte) (int, error) {
	c.way.useTime()
	if c.haste.now() && c.unguard() == nil {
		n := c.socket.catch(b, hasteTime)
		if c.haste.caught(n > 0); n > 0 {
			c.caught = true
			return n, nil
		}
	}
	c.caught = false
	c.way.waits()
	return c.wait(b)
}

// wait reads in the usual way.
func (c *conn) wait(b []byte) (int, error) {
	for {
		if err := c.guard(); err != nil {
			return 0, err
		}
		n, err := c.read(b)
		if n > 0 || !c.tooEarly(err) {
			return n, err
		}
	}
}

// read reads once, and writes before what is to leave.
func (c *conn) read(b []byte) (int, error) {
	text := c.leaving
	if text == nil {
		return c.Conn.Read(b)
	}
	c.leaving = nil
	sent, n, err := c.socket.exchange(text, b, c.kept)
	if sent == len(text) {
		return n, err
	}
	if err := c.postRest(text, sent, err); err != nil {
		return 0, err
	}
	return c.Conn.Read(b)
}

// post writes a request, or leaves it to the next read: to write and to wait in one
// go takes less than one after the other.
func (c *conn) post(text []byte) error {
	c.failed = nil
	switch {
	case !c.isPlain():
		return c.postRest(text, 0, nil)
	case !c.way.isAlone():
		c.leaving = text
		return nil
	}
	sent, err := c.socket.push(text, c.kept && !c.fresh)
	if sent == len(text) {
		return nil
	}
	return c.postRest(text, sent, err)
}

// postRest writes, in the usual way, what could not be written at once. The reason
// for that is err, or will be seen again.
func (c *conn) postRest(text []byte, sent int, err error) error {
	if errors.Is(err, errSpoken) || sent == 0 && c.outdated() {
		return c.wrote(0, errSpoken)
	}
	n, err := c.Write(text[sent:])
	return c.wrote(sent+n, err)
}

// wrote looks at what came of writing a request, of which n bytes have left. Without
// an error the answer is worth waiting for: it may have come before all was written.
func (c *conn) wrote(n int, err error) error {
	switch {
	case err == nil:
		return nil
	case n == 0 && c.kept:
		return &staleError{err}
	case isTimeout(err):
		return err
	}
	c.failed = err
	return nil
}

// Write writes all of b.
func (c *conn) Write(b []byte) (n int, err error) {
	for {
		if err := c.guard(); err != nil {
			return n, err
		}
		more, err := c.Conn.Write(b[n:])
		if n += more; !c.tooEarly(err) {
			return n, err
		}
	}
}

// close closes the connection at once: there is nothing in it to be saved, and
// TLS would wait to take leave.
func (c *conn) close() {
	if c.unwatch != nil {
		c.unwatch()
	}
	c.raw.Close()
}

// watch closes the connection when ctx is done. It is said to be watched already
// when the same ctx was given before, which is what makes a run cheap.
func (c *conn) watch(ctx context.Context) {
	if c.watched != nil && c.watched.Done() == ctx.Done() {
		return
	}
	c.rest()
	c.watched = ctx
	c.unwatch = context.AfterFunc(ctx, func() { c.raw.Close() })
}

// rest ends the watching. It is false when the connection has been closed.
func (c *conn) rest() bool {
	open := c.unwatch == nil || c.unwatch()
	c.watched, c.unwatch = nil, nil
	return open
}

// alive reports whether a connection that was kept can still be used: the
// receiver has not closed it, and has not said anything unasked.
func (c *conn) alive(now time.Time) bool {
	if c.watched != nil && c.watched.Err() != nil || c.answers.Buffered() > 0 {
		return false
	}
	_, secure := c.Conn.(*tls.Conn)
	switch c.socket.look(now.Sub(c.since)) {
	case quiet:
		return !secure || c.hears(-time.Second) // TLS may have read ahead
	case closed:
		return false
	}
	// Something has come. Over TLS that may be a message of TLS itself, which is
	// passed over by reading; else it answers a question that nobody has asked.
	return (secure || c.socket.blind()) && c.hears(nothing)
}

// looksAlive is alive for a connection that is used at once: where it is going to be
// looked at when a request is written, it need not be before.
func (c *conn) looksAlive(now time.Time) bool {
	if c.isPlain() {
		return c.watched.Err() == nil && c.answers.Buffered() == 0
	}
	return c.alive(now)
}

// isPlain reports whether there is a socket below, and nothing else.
func (c *conn) isPlain() bool { return c.Conn == c.raw && c.socket.open() }

// outdated reports whether a connection that was kept, and that nothing has been
// written to since, has been closed or has said something unasked.
func (c *conn) outdated() bool { return c.kept && c.isPlain() && c.socket.look(0) != quiet }

// nothing is how long to wait for what has come already.
const nothing = time.Millisecond

// hears reports whether reading for so long brings neither bytes nor an end.
func (c *conn) hears(d time.Duration) bool {
	if c.limit(time.Now().Add(d)) != nil {
		return false
	}
	var one [1]byte
	n, err := c.wait(one[:])
	return n == 0 && isTimeout(err)
}

// field keeps what is needed of the header of an answer.
func (c *conn) field(name, value []byte) {
	const retryAfter = "Retry-After"
	if len(name) == len(retryAfter) && c.after == "" && strings.EqualFold(string(name), retryAfter) {
		c.after = string(value)
	}
}

// head writes a request and reads the head of its answer. sent says that all of
// the request has been written; where it is false the connection cannot be used
// again. The error is a [staleError] when nothing of the request has left.
func (c *conn) head(text, rest []byte) (h http1.Head, sent bool, err error) {
	c.after = ""
	if len(rest) > 0 {
		if c.outdated() {
			return h, false, &staleError{errSpoken}
		}
		return c.headWhile(text, rest)
	}
	if err := c.post(text); err != nil {
		return h, false, err
	}
	h, err = c.answers.Head(c.fields)
	if err != nil && c.failed != nil {
		err = c.failed // it says more than what reading came to
	}
	return h, c.failed == nil, err
}

// staleError says that a connection was closed before anything of a request had
// been written to it.
type staleError struct{ cause error }

func (e *staleError) Error() string { return e.cause.Error() }
func (e *staleError) Unwrap() error { return e.cause }

package deliver

import (
	"context"
	"crypto/tls"
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
	haste    haste
	kept     bool // not made for this request
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
	if settings == nil {
		settings = &tls.Config{MinVersion: tls.VersionTLS12}
	} else {
		settings = settings.Clone()
	}
	if settings.ServerName == "" {
		settings.ServerName = strings.TrimSuffix(name, ".")
	}
	settings.NextProtos = []string{"http/1.1"}
	over := tls.Client(c.raw, settings)
	c.Conn = over
	return over.HandshakeContext(ctx)
}

// Read reads what the receiver says, without delay where that is worth it.
func (c *conn) Read(b []byte) (int, error) {
	if c.haste.now() {
		n := c.socket.catch(b, hasteTime)
		if c.haste.caught(n > 0); n > 0 {
			return n, nil
		}
	}
	return c.Conn.Read(b)
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
	if c.watched == ctx {
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
	switch c.socket.look(now.Sub(c.since)) {
	case quiet:
		return true
	case closed:
		return false
	}
	// Something has come. Over TLS that may be a message of TLS itself, which is
	// passed over by reading; else it answers a question that nobody has asked.
	_, secure := c.Conn.(*tls.Conn)
	return (secure || c.socket.blind()) && c.hears(nothing)
}

// nothing is how long to wait for what has come already.
const nothing = time.Millisecond

// hears reports whether reading for so long brings neither bytes nor an end.
func (c *conn) hears(d time.Duration) bool {
	if c.SetReadDeadline(time.Now().Add(d)) != nil {
		return false
	}
	var one [1]byte
	n, err := c.Read(one[:])
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
		return c.headWhile(text, rest)
	}
	n, err := c.Write(text)
	if err != nil && n == 0 && c.kept {
		return h, false, &staleError{err}
	}
	if isTimeout(err) {
		return h, false, err
	}
	h, failed := c.answers.Head(c.fields)
	if failed != nil && err != nil {
		return h, false, err // it says more than what reading came to
	}
	return h, err == nil, failed
}

// headWhile is head for long bodies.
func (c *conn) headWhile(text, rest []byte) (h http1.Head, sent bool, err error) {
	written := make(chan error, 1)
	go func() {
		both := net.Buffers{text, rest}
		_, err := both.WriteTo(c.Conn)
		written <- err
	}()
	h, err = c.answers.Head(c.fields)
	select {
	case failed := <-written:
		return h, failed == nil, err
	default:
	}
	// It was answered before it had been read: what is left need not be sent.
	if c.SetWriteDeadline(time.Unix(1, 0)) != nil || err != nil {
		c.close()
	}
	failed := <-written
	return h, failed == nil, err
}

// staleError says that a connection was closed before anything of a request had
// been written to it.
type staleError struct{ cause error }

func (e *staleError) Error() string { return e.cause.Error() }
func (e *staleError) Unwrap() error { return e.cause }

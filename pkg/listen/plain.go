package listen

import (
	"bytes"
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// Most deliveries are plain: a POST of HTTP/1.1 with a Content-Length that comes in
// one piece. A connection is served here as long as only such requests come on it,
// at about half the cost of net/http. With the first that is anything else, or does
// not come at once, the connection is turned over to net/http, with the bytes that
// have come and for good. So what is strange, slow or broken is read by net/http
// alone, and whatever is taken here it would have taken in the same way.

// plainBuffer is how many bytes a plain request may have, its head included. Those
// that are longer go to net/http.
const plainBuffer = 8 << 10

// plainServer serves plain requests and knows who takes the others.
type plainServer struct {
	handler http.Handler
	server  *http.Server // takes the others
	base    context.Context
}

// serve serves a connection until it is closed or turned over.
func (p *plainServer) serve(c *conn) {
	t := newPlainTurn(p, c)
	if n := t.run(); n > 0 {
		c.keep(t.buffer[:n])
		p.turnOver(c)
		return
	}
	_ = c.Close() // it is done with
}

// turnOver gives a connection to net/http.
func (p *plainServer) turnOver(c *conn) {
	l := &single{conn: c}
	_ = p.server.Serve(l) // says errTurnedOver, or that the server is closed
	if l.conn != nil {
		c.cut() // not taken
	}
}

// errTurnedOver ends the listener of a single connection.
var errTurnedOver = errors.New("the connection is turned over")

// single is a listener of one connection.
type single struct{ conn *conn }

// Accept returns the connection, and then errTurnedOver.
func (s *single) Accept() (net.Conn, error) {
	if s.conn == nil {
		return nil, errTurnedOver
	}
	c := s.conn
	s.conn = nil
	return c, nil
}

// Close does nothing: the connection has an owner of its own.
func (s *single) Close() error { return nil }

// Addr is that of [net.Listener].
func (s *single) Addr() net.Addr { return &net.TCPAddr{} }

// plainTurn is a connection while it is served here.
type plainTurn struct {
	p        *plainServer
	c        *conn
	remote   string
	template *http.Request // has the context
	header   http.Header   // of the request, and used again
	w        plainWriter
	buffer   [plainBuffer]byte
}

func newPlainTurn(p *plainServer, c *conn) *plainTurn {
	ctx := context.WithValue(withConn(p.base, c), http.LocalAddrContextKey, c.LocalAddr())
	t := &plainTurn{p: p, c: c, remote: c.RemoteAddr().String(), header: http.Header{}}
	t.template = (&http.Request{Method: http.MethodPost, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1}).WithContext(ctx)
	t.w = plainWriter{conn: c, header: http.Header{}}
	return t
}

// run serves requests. It returns how many bytes of the buffer are for net/http; 0
// when the connection is over.
func (t *plainTurn) run() (left int) {
	wait := readHeaderTimeout
	n := 0
	for {
		for n == 0 {
			var err error
			if n, err = t.read(wait); err != nil {
				return 0
			}
		}
		if wait == idleTimeout {
			// Line breaks behind a body, as old clients send them, are passed over
			// (RFC 9112, section 2.2), as many as net/http does.
			breaks := leadingBreaks(t.buffer[:min(n, 4)])
			if n = copy(t.buffer[:], t.buffer[breaks:n]); n == 0 {
				t.c.hold(0)
				continue
			}
		}
		if !t.c.begin() {
			return 0
		}
		req, ok := parsePlain(t.buffer[:n])
		if !ok {
			return n
		}
		if !t.c.give(req.headers, n-req.length) || !t.serve(req) {
			return 0
		}
		n = copy(t.buffer[:], t.buffer[req.length:n])
		wait = idleTimeout
	}
}

// leadingBreaks returns how many bytes of line breaks b begins with.
func leadingBreaks(b []byte) int { return len(b) - len(bytes.TrimLeft(b, "\r\n")) }

// read waits for the first bytes of a request.
func (t *plainTurn) read(wait time.Duration) (n int, err error) {
	_ = t.c.SetReadDeadline(time.Now().Add(wait)) // fails when it is closed
	n, err = t.c.deadlines.read(t.c.socket, t.buffer[:])
	if n > 0 {
		err = nil // the next read says it again
	}
	return n, err
}

// serve answers one request. It returns false when the connection is over.
func (t *plainTurn) serve(p plainRequest) (more bool) {
	defer func() { _ = recover() }() // as net/http: whatever it is, the connection is over
	req := new(http.Request)
	*req = *t.template
	req.RemoteAddr = t.remote
	clear(t.header)
	p.fill(req, t.header)
	t.w.begin()
	t.p.handler.ServeHTTP(&t.w, req)
	return t.w.end()
}

// begin notes that a request has begun to come. It returns false when that is too
// late, since the connection is gone.
func (c *conn) begin() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.note()
	c.phase = reading
	return !c.gone
}

// hold notes how many bytes of further requests have come.
func (c *conn) hold(n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held = n
}

// give notes that a whole request has come, keeps its headers for the handler, and
// notes how many bytes of further ones have come. It returns as answer does.
func (c *conn) give(headers []event.Header, further int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.given, c.held = headers, further
	c.phase, c.fresh = answering, false
	return !c.gone
}

// keep keeps bytes that have come for net/http.
func (c *conn) keep(b []byte) {
	c.kept = bytes.Clone(b)
	c.hold(len(b))
}

// readKept is Read for what was kept.
func (c *conn) readKept(b []byte) int {
	n := copy(b, c.kept)
	c.kept = c.kept[n:]
	c.mu.Lock()
	defer c.mu.Unlock()
	c.heads.write(b[:n])
	c.held -= n
	if len(b) > readAhead { // else a handler may be about to begin
		c.phase = waiting
	}
	return n
}

package listen

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"math"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// gate is a listener whose connections keep what the recorder needs. It does not
// let those that send nothing keep out the others.
type gate struct {
	net.Listener
	secure *tls.Config  // nil: plain HTTP
	plain  *plainServer // nil: Accept returns all connections
	tell   teller
	done   chan struct{}
	once   sync.Once

	mu    sync.Mutex
	conns map[*conn]struct{}
	work  sync.WaitGroup // of plain
}

// teller is told of what happens on a connection that no handler sees.
type teller interface {
	// plain is told of HTTP where TLS is spoken.
	plain(remote string)
	// shaken is told of a TLS handshake, err is nil when it went well.
	shaken(remote string, err error)
	// unread is told of a request that net/http answers by itself.
	unread(remote string, status int, reason string, head []byte)
}

func newGate(l net.Listener, secure *tls.Config, tell teller) *gate {
	return &gate{Listener: l, secure: secure, tell: tell, done: make(chan struct{}), conns: map[*conn]struct{}{}}
}

// Accept returns the next connection when there is room for it. Where requests may
// be plain it only returns an error: connections are served by plain, which knows
// whom to turn to.
func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.accept()
		switch {
		case err != nil:
			return nil, err
		case g.plain == nil:
			return c, nil
		}
		g.work.Go(func() { g.plain.serve(c) })
	}
}

func (g *gate) accept() (*conn, error) {
	g.makeRoom()
	inner, err := g.Listener.Accept()
	if err != nil {
		if !errors.Is(err, net.ErrClosed) {
			g.evict(math.MaxInt, 0) // out of files, perhaps: net/http tries again
		}
		return nil, err
	}
	c := &conn{Conn: inner, socket: inner, gate: g, since: time.Now(), fresh: true}
	c.deadlines.changed.L = &c.deadlines.mu
	if g.secure != nil {
		c.tls = tls.Server(inner, g.secure)
		c.Conn = c.tls
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns[c] = struct{}{}
	return c, nil
}

// makeRoom closes connections that wait until few enough do.
func (g *gate) makeRoom() {
	for began := time.Now(); ; {
		tooMany, wait := g.evict(0, time.Since(began))
		if tooMany <= 0 {
			return
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-g.done:
			timer.Stop()
			return
		}
	}
}

// Close closes the listener.
func (g *gate) Close() error {
	g.once.Do(func() { close(g.done) })
	return g.Listener.Close()
}

// conn is a connection of a client.
type conn struct {
	net.Conn            // socket, or tls
	socket    net.Conn  // what the bytes come over
	tls       *tls.Conn // nil: plain HTTP
	shaken    bool      // the handshake has begun; Read alone looks at it
	gate      *gate
	deadlines deadlines

	kept []byte // what net/http reads first

	mu     sync.Mutex
	heads  recorder
	phase  phase
	ended  bool           // nothing more can be read
	held   int            // bytes of further requests that have come, see plainTurn
	given  []event.Header // of the request that is served, see plainTurn
	fresh  bool           // no whole request ever came
	begun  bool           // a part of the request has come that is waited for
	since  time.Time      // when it began to come; before that, to be waited for
	spared bool           // it did not have to go because it may have begun to come
	last   bool           // the next answer is the last
	gone   bool           // it is about to be cut off
}

// phase is what happens on a connection.
type phase uint8

const (
	waiting   phase = iota // for a request, of which a part may be there
	reading                // a handler runs and reads the body
	answering              // a handler runs, or is about to, and has the whole request
)

type connKey struct{}

// withConn is for http.Server.ConnContext.
func withConn(ctx context.Context, c net.Conn) context.Context {
	return context.WithValue(ctx, connKey{}, c)
}

// connOf returns the connection of a request, nil when another server has it.
func connOf(req *http.Request) *conn {
	c, _ := req.Context().Value(connKey{}).(*conn)
	return c
}

func (c *conn) Read(b []byte) (int, error) {
	var (
		n   int
		err error
	)
	switch {
	case c.tls == nil && len(b) == readAhead && c.handled():
		return 0, c.deadlines.sit()
	case len(c.kept) > 0:
		return c.readKept(b), nil
	case c.tls == nil:
		n, err = c.deadlines.read(c.Conn, b)
	default:
		if err := c.handshake(); err != nil {
			return 0, io.EOF // net/http is to say nothing more
		}
		n, err = c.Conn.Read(b)
	}
	if n > 0 || err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.gone {
			c.ended = true
			return 0, io.EOF // see above
		}
		if c.phase == waiting && leadingBreaks(b[:n]) < n {
			c.note()
		}
		c.heads.write(b[:n])
		c.ended = err != nil && !isTimeout(err)
	}
	return n, err
}

// Write sends an answer. Of those that no handler gave it tells.
func (c *conn) Write(b []byte) (int, error) {
	if bytes.HasPrefix(b, []byte("HTTP/1.1 4")) || bytes.HasPrefix(b, []byte("HTTP/1.1 5")) {
		c.unread(b)
	}
	return c.Conn.Write(b)
}

// unread tells of an answer when no handler runs that has given it, and not when
// all that is wrong with the request is that it ended too early.
func (c *conn) unread(answer []byte) {
	c.mu.Lock()
	head, meant := c.heads.begun(), c.phase == waiting && !c.ended
	c.mu.Unlock()
	if meant {
		status, reason := parseAnswer(answer)
		c.gate.tell.unread(c.RemoteAddr().String(), status, reason, head)
	}
}

// Close closes the connection, under TLS with the goodbye of its own, for which
// it may have to wait.
func (c *conn) Close() error {
	c.forget()
	return c.Conn.Close()
}

// cut closes the connection without a goodbye and without waiting.
func (c *conn) cut() {
	c.forget()
	_ = c.socket.Close() // it is gone either way
}

func (c *conn) forget() {
	c.deadlines.close()
	c.gate.mu.Lock()
	defer c.gate.mu.Unlock()
	delete(c.gate.conns, c)
}

// CloseWrite lets net/http end its side first, without which a client that is
// still sending may never see the answer.
func (c *conn) CloseWrite() error {
	if half, ok := c.Conn.(interface{ CloseWrite() error }); ok {
		return half.CloseWrite()
	}
	return nil
}

// headers returns the headers of the request that a handler begins with.
func (c *conn) headers(req *http.Request) []event.Header {
	if c != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		if headers := c.given; headers != nil {
			c.given = nil
			return headers
		}
		c.phase = reading
		if headers, ok := c.heads.take(req); ok {
			return headers
		}
	}
	return headersOf(req)
}

// writeBy gives the answer a time to be written by.
func (c *conn) writeBy(t time.Time) {
	if c != nil {
		_ = c.SetWriteDeadline(t) // fails when it is closed, and then nothing can be written
	}
}

// handled reports whether a handler runs.
func (c *conn) handled() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phase != waiting
}

// note notes that a part of the request has come that is waited for, with mu held.
func (c *conn) note() {
	if !c.begun {
		c.begun, c.since = true, time.Now()
	}
}

// answer notes that the whole request has come. It returns false when that is too
// late, since the connection is gone.
func (c *conn) answer() bool {
	if c == nil {
		return true
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase, c.fresh = answering, false
	return !c.gone
}

// await notes that the next request is waited for.
func (c *conn) await() {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase, c.begun, c.spared, c.since = waiting, false, false, time.Now()
}

package listen

import (
	"context"
	"errors"
	"math"
	"net"
	"net/http"
	"sync"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

const (
	// maxWaiting is how many connections may wait for the rest of a request, or
	// for the next one, before the oldest have to go. It leaves half of the 128
	// files that a process may be allowed to have.
	maxWaiting = 64
	// patience is how long a connection may wait in any case.
	patience = 250 * time.Millisecond
)

// gate is a listener whose connections keep what the recorder needs. It does not
// let those that send nothing keep out the others.
type gate struct {
	net.Listener
	done chan struct{}
	once sync.Once

	mu    sync.Mutex
	conns map[*conn]struct{}
}

func newGate(l net.Listener) *gate {
	return &gate{Listener: l, done: make(chan struct{}), conns: map[*conn]struct{}{}}
}

// Accept returns the next connection when there is room for it.
func (g *gate) Accept() (net.Conn, error) {
	g.makeRoom()
	inner, err := g.Listener.Accept()
	if err != nil {
		if !errors.Is(err, net.ErrClosed) {
			g.evict(math.MaxInt) // out of files, perhaps: net/http tries again
		}
		return nil, err
	}
	c := &conn{Conn: inner, gate: g, since: time.Now(), fresh: true}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.conns[c] = struct{}{}
	return c, nil
}

// makeRoom closes connections that wait until few enough do.
func (g *gate) makeRoom() {
	for {
		tooMany, wait := g.evict(0)
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
	net.Conn
	gate *gate

	mu    sync.Mutex
	heads recorder
	phase phase
	fresh bool      // no whole request ever came
	since time.Time // when it began to wait for the request
}

// phase is what happens on a connection.
type phase uint8

const (
	waiting   phase = iota // for a request, of which a part may be there
	reading                // a handler runs and reads the body
	answering              // a handler runs and has the whole request
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
	n, err := c.Conn.Read(b)
	if n > 0 {
		c.mu.Lock()
		c.heads.write(b[:n])
		c.mu.Unlock()
	}
	return n, err
}

// Close closes the connection.
func (c *conn) Close() error {
	c.gate.mu.Lock()
	delete(c.gate.conns, c)
	c.gate.mu.Unlock()
	return c.Conn.Close()
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
		c.phase = reading
		if headers, ok := c.heads.take(req); ok {
			return headers
		}
	}
	return headersOf(req)
}

// enter notes what happens on the connection from now on.
func (c *conn) enter(p phase) {
	if c == nil {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.phase = p
	switch p {
	case answering:
		c.fresh = false
	case waiting:
		c.since = time.Now()
	}
}

// idle reports whether nothing of a request has come that is not answered.
func (c *conn) idle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.phase == waiting && c.heads.between()
}

package deliver

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

// Over TLS, what nobody has asked for may have been read ahead with the answer.
func TestUnaskedAnswerOverTLS(t *testing.T) {
	some := httptest.NewTLSServer(nil)
	defer some.Close()
	for _, ready := range []bool{false, true} {
		url := serve(t, func(raw net.Conn, n int) {
			cork := &corked{Conn: raw}
			c := tls.Server(cork, some.TLS)
			in := bufio.NewReader(c)
			for take(in) {
				if n > 1 {
					io.WriteString(c, reply(404))
					continue
				}
				cork.on = true
				io.WriteString(c, reply(200)) // a record
				io.WriteString(c, reply(200)) // and another one
				cork.flush()
			}
		})
		s := New(Options{TLS: some.Client().Transport.(*http.Transport).TLSClientConfig, Timeout: time.Minute})
		t.Cleanup(s.Close)
		secure := strings.Replace(url, "http:", "https:", 1)
		o := RunOptions{Ready: ready, Target: func(e *event.Event) Request { return Request{URL: secure, Body: e.Body} }}
		var told []int
		if _, err := s.Run(t.Context(), numbered(3), o, func(r Result) { told = append(told, r.Status) }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int{200, 404, 404}, told); diff != "" {
			t.Errorf("ready %v (-want +got):\n%s", ready, diff)
		}
	}
}

// A receiver that is restarted with care closes all connections that wait. That is
// no reason not to keep the next ones.
func TestReceiverThatIsRestarted(t *testing.T) {
	const at = 4
	var conns atomic.Int32
	var open [at]net.Conn
	var together barrier
	closed := make(chan struct{}, at)
	url := serve(t, func(c net.Conn, n int) {
		conns.Add(1)
		if n <= at {
			open[n-1] = c
		}
		in := bufio.NewReader(c)
		for take(in) {
			together.wait(at)
			io.WriteString(c, reply(200))
		}
		if c.Close(); n <= at {
			closed <- struct{}{}
		}
	})
	s := New(Options{Timeout: time.Minute}).lasting()
	defer s.Close()
	send := func() {
		t.Helper()
		results := make(chan Result, at)
		for range at {
			go func() { results <- s.Send(t.Context(), Request{URL: url, Body: []byte("{}")}, nil) }()
		}
		for range at {
			if r := <-results; !r.OK {
				together.release()
				t.Fatal(r.Err)
			}
		}
	}
	for range 2 { // so that each connection has been of use
		send()
	}
	for _, c := range open {
		c.(*net.TCPConn).CloseRead()
	}
	for range at {
		<-closed
	}
	for _, c := range s.resting() {
		until(t, func() bool { return c.socket.look(idle) != quiet })
	}
	for range 50 {
		send()
	}
	if n := conns.Load(); n > 2*at {
		t.Errorf("%d connections, want no more than %d before and after the restart", n, at)
	}
}

// barrier lets those who wait at it go on together.
type barrier struct {
	mu    sync.Mutex
	n     int
	going chan struct{} // nil: nobody waits
}

func (b *barrier) wait(all int) {
	b.mu.Lock()
	if b.going == nil {
		b.going = make(chan struct{})
	}
	going := b.going
	if b.n++; b.n == all {
		b.open()
	}
	b.mu.Unlock()
	<-going
}

func (b *barrier) open() {
	close(b.going)
	b.n, b.going = 0, nil
}

// release lets those go on who wait for others in vain.
func (b *barrier) release() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.going != nil {
		b.open()
	}
}

// An earlier deadline that has passed meanwhile keeps nobody from looking whether a
// kept connection is still open.
func TestOldDeadlineAndAClosedConnection(t *testing.T) {
	here, there := pair(t)
	c := newConn(here)
	defer c.close()
	c.kept = true
	there.Close()
	until(t, func() bool { return c.socket.look(0) == closed })
	if err := c.limit(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if err := c.arm(); err != nil {
		t.Fatal(err)
	}
	if err := c.limit(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	_, _, err := c.head([]byte("POST / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"), nil)
	var stale *staleError
	if !errors.As(err, &stale) {
		t.Errorf("error %v, want one that says that nothing has left", err)
	}
}

// What may be sent once more without telling is a request of which nothing has left.
func TestWhatOfARequestHasLeft(t *testing.T) {
	broken := errors.New("broken")
	for _, tt := range []struct {
		n           int
		kept, stale bool
	}{{0, true, true}, {0, false, false}, {1, true, false}, {1, false, false}} {
		here, _ := net.Pipe()
		c := newConn(here)
		c.kept = tt.kept
		err := c.wrote(tt.n, broken)
		var stale *staleError
		if errors.As(err, &stale) != tt.stale || !tt.stale && !errors.Is(c.failed, broken) {
			t.Errorf("%d bytes, kept %v: %v, %v; stale is to be %v", tt.n, tt.kept, err, c.failed, tt.stale)
		}
		c.close()
	}
}

// corked is a connection whose writes can leave together.
type corked struct {
	net.Conn
	on  bool
	buf bytes.Buffer
}

func (c *corked) Write(b []byte) (int, error) {
	if c.on {
		return c.buf.Write(b)
	}
	return c.Conn.Write(b)
}

func (c *corked) flush() {
	c.on = false
	c.buf.WriteTo(c.Conn)
}

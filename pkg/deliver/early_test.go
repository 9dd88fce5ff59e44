package deliver

import (
	"bufio"
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

// A receiver may say early that it takes an event, or begin to, and read it then.
func TestWhoTakesALongBodyGetsAllOfIt(t *testing.T) {
	const size = 20 << 20 // more than what systems keep for a receiver that does not read
	for name, says := range map[string]struct{ early, late string }{
		"all of the answer first":  {"HTTP/1.1 202 Accepted\r\nContent-Length: 0\r\n\r\n", ""},
		"its head first":           {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "2\r\nok\r\n0\r\n\r\n"},
		"the head of a refusal":    {"HTTP/1.1 400 Bad\r\nContent-Length: 2\r\n\r\n", "no"},
		"all of it at the end":     {"", reply(200)},
		"until the end of all":     {"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n", "ok"},
		"an interim answer before": {"HTTP/1.1 103 Early Hints\r\n\r\n", reply(200)},
	} {
		t.Run(name, func(t *testing.T) {
			read := make(chan int64, 1)
			url := serve(t, func(c net.Conn, _ int) {
				req, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				io.WriteString(c, says.early)
				n, _ := io.Copy(io.Discard, req.Body)
				io.WriteString(c, says.late)
				read <- n
			})
			s := New(Options{Timeout: 20 * time.Second})
			defer s.Close()
			r := s.Send(t.Context(), Request{URL: url, Body: make([]byte, size)}, nil)
			if n := <-read; n != size || r.OK != (r.Status/100 == 2) || r.Status == 0 {
				t.Errorf("the receiver read %d of %d bytes; status %d, ok %v, %v", n, size, r.Status, r.OK, r.Err)
			}
		})
	}
}

// What is written to no avail ends with the time of the attempt, and the answer
// counts: it has come.
func TestReceiverThatTakesAndDoesNotRead(t *testing.T) {
	const limit = time.Second
	over := make(chan struct{})
	url := serve(t, func(c net.Conn, _ int) {
		io.ReadFull(c, make([]byte, 1000))
		io.WriteString(c, reply(200))
		<-over
	})
	defer close(over)
	s := New(Options{Timeout: limit})
	defer s.Close()
	begin := time.Now()
	r := s.Send(t.Context(), Request{URL: url, Body: make([]byte, 64<<20)}, nil)
	if took := time.Since(begin); !r.OK || r.Latency >= limit || took < limit || took > 10*limit {
		t.Errorf("ok %v, %v, latency %s, after %s", r.OK, r.Err, r.Latency, took)
	}
	if n := len(s.pool.conns); n != 0 {
		t.Error("the connection is kept")
	}
}

// A connection that was kept is looked at before a long body, too.
func TestLongBodyOnAKeptConnection(t *testing.T) {
	for name, farewell := range map[string]string{"closed": "", "spoken": reply(200)} {
		t.Run(name, func(t *testing.T) {
			left := make(chan struct{})
			url := serve(t, func(c net.Conn, n int) {
				in := bufio.NewReader(c)
				for i := 1; take(in); i++ {
					io.WriteString(c, reply(200+n)) // tells the connections apart
					if n == 1 && i == 2 {
						io.WriteString(c, farewell)
						if farewell == "" {
							c.Close()
						}
						close(left)
						<-t.Context().Done()
						return
					}
				}
			})
			s := New(Options{Timeout: 10 * time.Second})
			defer s.Close()
			bodies := [][]byte{[]byte("1"), []byte("2"), make([]byte, 2*inOneWrite), []byte("4")}
			o := RunOptions{Ready: true, Target: func(e *event.Event) Request {
				req := Request{URL: url, Body: e.Body}
				if len(e.Body) > inOneWrite {
					req.Sign = func(time.Time, []byte) ([]event.Header, error) { <-left; return nil, nil }
				}
				return req
			}}
			var told []int
			if _, err := s.Run(t.Context(), bodiesOf(bodies), o, func(r Result) { told = append(told, r.Status) }); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]int{201, 201, 202, 202}, told); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func bodiesOf(bodies [][]byte) func(func(*event.Event, error) bool) {
	var events []*event.Event
	for _, body := range bodies {
		events = append(events, event.New(body))
	}
	return all(events)
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
		s := New(Options{TLS: some.Client().Transport.(*http.Transport).TLSClientConfig, Timeout: 10 * time.Second})
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
	var open [2 * at]net.Conn
	closed := make(chan struct{})
	url := serve(t, func(c net.Conn, n int) {
		conns.Add(1)
		if n > len(open) {
			return
		}
		if n <= at {
			open[n-1] = c
		}
		in := bufio.NewReader(c)
		for take(in) {
			io.WriteString(c, reply(200))
		}
		if c.Close(); n <= at {
			closed <- struct{}{}
		}
	})
	s := New(Options{Timeout: 10 * time.Second})
	defer s.Close()
	send := func() bool {
		ok := make(chan bool, at)
		for range at {
			go func() { ok <- s.Send(t.Context(), Request{URL: url, Body: []byte("{}")}, nil).OK }()
		}
		all := true
		for range at {
			all = <-ok && all
		}
		return all
	}
	for conns.Load() < at { // until each has one, which has been used
		if !send() {
			t.Fatal("not delivered")
		}
	}
	for range 2 {
		send()
	}
	for _, c := range open[:at] {
		c.(*net.TCPConn).CloseRead()
	}
	for range at {
		<-closed
	}
	for range 50 {
		if !send() {
			t.Fatal("not delivered after the restart")
		}
	}
	if n := conns.Load(); n > 2*at {
		t.Errorf("%d connections, want no more than %d before and after the restart", n, at)
	}
}

// valueContext cannot be compared: it holds a function.
type valueContext struct {
	context.Context
	_ func()
}

func TestContextsThatCannotBeCompared(t *testing.T) {
	server := httptest.NewServer(statuses(200))
	defer server.Close()
	s := New(Options{})
	defer s.Close()
	o := RunOptions{Target: func(e *event.Event) Request { return Request{URL: server.URL, Body: e.Body} }}
	if summary, err := s.Run(valueContext{Context: t.Context()}, numbered(3), o, nil); err != nil || summary.OK != 3 {
		t.Errorf("%+v, %v", summary, err)
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

// Of an answer without an end no more is read than is worth it.
func TestEndlessAnswer(t *testing.T) {
	var sent atomic.Int64
	url := serve(t, func(c net.Conn, _ int) {
		take(bufio.NewReader(c))
		io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\n")
		for chunk := make([]byte, 1<<20); ; {
			n, err := c.Write(chunk)
			if sent.Add(int64(n)); err != nil {
				return
			}
		}
	})
	s := New(Options{Timeout: 20 * time.Second})
	defer s.Close()
	if r := s.Send(t.Context(), Request{URL: url, Body: []byte("{}")}, nil); !r.OK {
		t.Error(r.Err)
	}
	if n := len(s.pool.conns); n != 0 {
		t.Error("the connection is kept")
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

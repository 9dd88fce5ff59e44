package deliver

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// serve answers each connection with handle, over real sockets.
func serve(t *testing.T, handle func(c net.Conn, n int)) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	t.Cleanup(func() { l.Close(); running.Wait() })
	running.Go(func() {
		for n := 1; ; n++ {
			c, err := l.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				handle(c, n)
			})
		}
	})
	return "http://" + l.Addr().String()
}

// take reads a request and reports whether there was one.
func take(in *bufio.Reader) bool {
	req, err := http.ReadRequest(in)
	if err != nil {
		return false
	}
	_, err = io.Copy(io.Discard, req.Body)
	return err == nil
}

// A receiver may close a connection after an answer, or say more than it was
// asked, without telling before. That is no failure of the next delivery.
func TestKeptConnectionsThatCannotBeUsed(t *testing.T) {
	for name, farewell := range map[string]string{"closed": "", "spoken": "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"} {
		t.Run(name, func(t *testing.T) {
			leave, left := make(chan struct{}), make(chan struct{})
			var requests atomic.Int32
			url := serve(t, func(c net.Conn, _ int) {
				if take(bufio.NewReader(c)) {
					requests.Add(1)
					io.WriteString(c, reply(200))
					<-leave
					io.WriteString(c, farewell)
					c.Close()
					left <- struct{}{}
				}
			})
			s := New(Options{})
			defer s.Close()
			for range 3 {
				r := s.Send(t.Context(), Request{URL: url, Body: []byte("{}")}, nil)
				leave <- struct{}{}
				<-left
				if !r.OK || r.Attempt != 1 {
					t.Fatal(r.Err)
				}
			}
			if n := requests.Load(); n != 3 {
				t.Errorf("%d requests, want 3", n)
			}
		})
	}
}

// Who refuses a body need not read all of it.
func TestAnswerBeforeTheBodyIsSent(t *testing.T) {
	url := serve(t, func(c net.Conn, _ int) {
		io.ReadFull(c, make([]byte, 1000))
		io.WriteString(c, reply(413))
		io.Copy(io.Discard, c) // a reset could overtake the answer
	})
	s := New(Options{Timeout: time.Minute})
	defer s.Close()
	r := s.Send(t.Context(), Request{URL: url, Body: make([]byte, 64<<20)}, nil)
	if r.Status != 413 || string(r.Answer) != "ok" {
		t.Errorf("status %d, answer %q, %v; want 413", r.Status, r.Answer, r.Err)
	}
}

func TestLongBodies(t *testing.T) {
	for _, start := range []func(http.Handler) *httptest.Server{httptest.NewServer, httptest.NewTLSServer} {
		server := start(http.HandlerFunc(echoSum))
		t.Cleanup(server.Close)
		s := New(Options{TLS: server.Client().Transport.(*http.Transport).TLSClientConfig}).lasting()
		t.Cleanup(s.Close)
		for _, size := range []int{0, 1, inOneWrite - 1, inOneWrite, inOneWrite + 1, 5 << 20} {
			body := bytes.Repeat([]byte("0123456789abcdef\n"), size/17+1)[:size]
			r := s.Send(t.Context(), Request{URL: server.URL, Body: body, Headers: headers("X-Length", "x")}, nil)
			if !r.OK {
				t.Errorf("%d bytes: %v", size, r.Err)
			}
		}
		if n := len(s.resting()); n != 1 {
			t.Errorf("%d connections are kept, want 1", n)
		}
	}
}

// echoSum answers 200 when a body is as TestLongBodies makes it.
func echoSum(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	want := bytes.Repeat([]byte("0123456789abcdef\n"), len(body)/17+1)[:len(body)]
	if err != nil || int64(len(body)) != r.ContentLength || !bytes.Equal(body, want) {
		w.WriteHeader(http.StatusBadRequest)
	}
}

// Contexts of single requests end, and their connections stay.
func TestConnectionsOutliveContexts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, network, stop := receive(t, Options{}, statuses(200))
		defer stop()
		for range 3 {
			ctx, cancel := context.WithCancel(t.Context())
			if r := s.Send(ctx, Request{URL: here}, nil); !r.OK {
				t.Fatal(r.Err)
			}
			cancel()
			synctest.Wait()
		}
		ctx, cancel := context.WithCancel(t.Context())
		s.Run(ctx, numbered(5), RunOptions{Target: target}, nil)
		cancel()
		synctest.Wait()
		s.Send(t.Context(), Request{URL: here}, nil)
		if network.dials != 1 {
			t.Errorf("%d connections, want 1", network.dials)
		}
	})
}

func TestConnectionsAreNotKeptForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, network, stop := receive(t, Options{}, statuses(200))
		defer stop()
		s.Send(t.Context(), Request{URL: here}, nil)
		<-time.After(3 * idle)
		if n := len(s.resting()); n > 0 {
			t.Errorf("%d connections are kept", n)
		}
		s.Send(t.Context(), Request{URL: here}, nil)
		if network.dials != 2 {
			t.Errorf("%d connections, want 2", network.dials)
		}
	})
}

func TestConnectionsAreBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, network, stop := receive(t, Options{Connections: 2}, func(http.ResponseWriter, *http.Request) { <-time.After(time.Millisecond) })
		defer stop()
		s.Run(t.Context(), numbered(8), RunOptions{Concurrency: 4, Target: target}, nil)
		if n := len(s.resting()); n > 2 {
			t.Errorf("%d connections are kept, want 2", n)
		}
		if network.dials < 4 {
			t.Errorf("%d connections for 4 at a time", network.dials)
		}
	})
}

// Whatever an attempt waits for, the end of the context ends it at once.
func TestCancellationAtOnce(t *testing.T) {
	why := errors.New("enough")
	for name, handle := range map[string]func(net.Conn, int){
		"before the answer": func(net.Conn, int) {},
		"in its header":     says("HTTP/1.1 200 O"),
		"in its body":       says("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"),
	} {
		t.Run(name, func(t *testing.T) {
			waits := make(chan struct{})
			url := serve(t, func(c net.Conn, n int) {
				in := bufio.NewReader(c)
				take(in)
				handle(c, n)
				close(waits)
				io.Copy(io.Discard, in)
			})
			s := New(Options{Retries: 3, Backoff: time.Hour})
			defer s.Close()
			ctx, cancel := context.WithCancelCause(t.Context())
			go func() { <-waits; cancel(why) }()
			begin := time.Now()
			r := s.Send(ctx, Request{URL: url, Body: []byte("{}")}, nil)
			if took := time.Since(begin); !errors.Is(r.Err, why) || took > 20*time.Second {
				t.Errorf("%v after %s, want %v at once", r.Err, took, why)
			}
		})
	}
}

func TestPlainAnswerToTLS(t *testing.T) {
	server := httptest.NewServer(statuses(200))
	defer server.Close()
	s := New(Options{})
	defer s.Close()
	r := s.Send(t.Context(), Request{URL: strings.Replace(server.URL, "http:", "https:", 1)}, nil)
	if text(r.Err) != "it speaks http there, not https" {
		t.Errorf("error %v", r.Err)
	}
}

// A receiver that closes after each answer and does not tell is found out, and no
// connection to it is kept.
func TestReceiverThatClosesWithoutTelling(t *testing.T) {
	var requests atomic.Int32
	url := serve(t, func(c net.Conn, _ int) {
		if take(bufio.NewReader(c)) {
			requests.Add(1)
			io.WriteString(c, reply(200))
		}
	})
	s := New(Options{})
	defer s.Close()
	failed := 0
	for range 200 {
		if r := s.Send(t.Context(), Request{URL: url, Body: []byte("{}")}, nil); !r.OK {
			failed++
		}
	}
	if failed > mostVain {
		t.Errorf("%d of 200 deliveries failed", failed)
	}
	if n := int(requests.Load()); n < 200-failed || n > 200 {
		t.Errorf("%d requests arrived for 200 deliveries, of which %d failed", n, failed)
	}
}

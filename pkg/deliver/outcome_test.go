package deliver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// rawReceiver answers each request over a pipe with what answer writes; n counts
// requests from 1. A connection that answer has closed stays closed.
func rawReceiver(t *testing.T, o Options, answer func(c net.Conn, n int)) (s *Sender, requests *atomic.Int32, stop func()) {
	t.Helper()
	network := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	requests = new(atomic.Int32)
	var running sync.WaitGroup
	running.Go(func() {
		for {
			c, err := network.Accept()
			if err != nil {
				return
			}
			running.Go(func() {
				defer c.Close()
				for in := bufio.NewReader(c); ; {
					req, err := http.ReadRequest(in)
					if err != nil {
						return
					}
					io.Copy(io.Discard, req.Body)
					answer(c, int(requests.Add(1)))
				}
			})
		}
	})
	s = New(o)
	s.connect = network.dial
	return s, requests, func() {
		s.Close()
		network.Close()
		running.Wait()
	}
}

// says answers with one text after the other, and with the last from then on.
func says(texts ...string) func(net.Conn, int) {
	return func(c net.Conn, n int) {
		io.WriteString(c, texts[min(n, len(texts))-1])
	}
}

func reply(status int, headers ...string) string {
	return fmt.Sprintf("HTTP/1.1 %d x\r\nContent-Length: 2\r\n%s\r\nok", status, strings.Join(append(headers, ""), "\r\n"))
}

// late waits before it answers.
func late(d time.Duration, then func(net.Conn, int)) func(net.Conn, int) {
	return func(c net.Conn, n int) {
		<-time.After(d)
		then(c, n)
	}
}

// drip writes a text byte by byte, one a second.
func drip(begin, text string) func(net.Conn, int) {
	return func(c net.Conn, _ int) {
		io.WriteString(c, begin)
		for i := range len(text) {
			<-time.After(time.Second)
			if _, err := c.Write([]byte{text[i]}); err != nil {
				return
			}
		}
	}
}

func closes(text string) func(net.Conn, int) {
	return func(c net.Conn, _ int) {
		io.WriteString(c, text)
		c.Close()
	}
}

// What becomes of a delivery, whatever a receiver does: the status that is told,
// how many attempts there were, how long it all took, and why it failed.
func TestOutcomes(t *testing.T) {
	const timeout, retries = 10 * time.Second, 2
	tests := []struct {
		name     string
		answer   func(net.Conn, int)
		o        Options
		ok       bool
		status   int
		attempts int
		took     time.Duration
		err      string // begin of it
	}{
		{"200", says(reply(200)), Options{}, true, 200, 1, 0, ""},
		{"204 without a length", says("HTTP/1.1 204 x\r\n\r\n"), Options{}, true, 204, 1, 0, ""},
		{"103 and then 200", says("HTTP/1.1 103 x\r\nLink: y\r\n\r\n" + reply(200)), Options{}, true, 200, 1, 0, ""},
		{"101 unasked", says("HTTP/1.1 101 x\r\nUpgrade: y\r\n\r\n"), Options{}, false, 101, 1, 0, "answered 101"},
		{"body until the end", closes("HTTP/1.1 200 x\r\n\r\nok"), Options{}, true, 200, 1, 0, ""},
		{"chunks", says("HTTP/1.1 200 x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"), Options{}, true, 200, 1, 0, ""},
		{"301 is not followed", says(reply(301, "Location: /elsewhere")), Options{}, false, 301, 1, 0, "answered 301"},
		{"400 is final", says(reply(400), reply(200)), Options{}, false, 400, 1, 0, "answered 400"},
		{"408 passes", says(reply(408), reply(200)), Options{}, true, 200, 2, 0, ""},
		{"410 stops", says(reply(410), reply(200)), Options{}, false, 410, 1, 0, "answered 410"},
		{"429 with seconds", says(reply(429, "Retry-After: 7"), reply(200)), Options{}, true, 200, 2, 7 * time.Second, ""},
		{"503 for a day is capped", says(reply(503, "retry-after: 86400"), reply(200)), Options{}, true, 200, 2, time.Minute, ""},
		{"500 for ever", says(reply(500)), Options{}, false, 500, 3, 0, "answered 500"},
		{"500 and a body that is cut off", closes("HTTP/1.1 500 x\r\nContent-Length: 9\r\n\r\nok"), Options{}, false, 500, 3, 0, "answered 500"},
		{"200 and a body that is cut off", closes("HTTP/1.1 200 x\r\nContent-Length: 9\r\n\r\nok"), Options{}, false, 200, 3, 0, "the connection was closed"},
		{"closed without an answer", closes(""), Options{}, false, 0, 3, 0, "the connection was closed"},
		{"no HTTP", closes("220 mail.example ESMTP\r\n"), Options{}, false, 0, 3, 0, "the answer is no valid HTTP: it begins with \"220"},
		{"two lengths", says("HTTP/1.1 200 x\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok"), Options{}, false, 0, 3, 0, "the answer is no valid HTTP: two lengths"},
		{"silence", late(time.Hour, says("")), Options{}, false, 0, 3, 3 * timeout, "no whole answer within 10s"},
		{"just in time", late(timeout-1, says(reply(200))), Options{}, true, 200, 1, timeout - 1, ""},
		{"a header that drips", drip("", reply(200)), Options{}, false, 0, 3, 3 * timeout, "no whole answer within 10s"},
		{"a body that drips", drip("HTTP/1.1 200 x\r\n\r\n", strings.Repeat(".", 100)), Options{}, false, 200, 3, 3 * timeout, "no whole answer within 10s"},
		{"no header in time", late(3*time.Second, says(reply(200))), Options{AnswerTimeout: 2 * time.Second}, false, 0, 3, 6 * time.Second, "no answer within 2s"},
		{"a header in time and a slow body", drip("HTTP/1.1 200 x\r\nContent-Length: 5\r\n\r\n", "hello"), Options{AnswerTimeout: 2 * time.Second}, true, 200, 1, 5 * time.Second, ""},
		{"slow, and not sent again", late(3*time.Second, says(reply(200))), Options{MaxLatency: 2 * time.Second}, false, 200, 1, 3 * time.Second, "took 3s, longer than 2s"},
		{"404 wanted", says(reply(404)), Options{Success: func(s int) bool { return s == 404 }}, true, 404, 1, 0, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.o.Timeout, tt.o.Retries, tt.o.Backoff = timeout, retries, -1
				s, requests, stop := rawReceiver(t, tt.o, tt.answer)
				defer stop()
				begin := time.Now()
				r := s.Send(t.Context(), Request{URL: here, Body: []byte("{}")}, nil)
				if r.OK != tt.ok || r.Status != tt.status || r.Attempt != tt.attempts || int(requests.Load()) != tt.attempts {
					t.Errorf("ok %v, status %d, attempt %d of %d requests; want %v, %d, %d", r.OK, r.Status, r.Attempt, requests.Load(), tt.ok, tt.status, tt.attempts)
				}
				if took := time.Since(begin); took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
				if !strings.HasPrefix(text(r.Err), tt.err) || (r.Err == nil) != (tt.err == "") {
					t.Errorf("error %q, want %q", text(r.Err), tt.err)
				}
			})
		})
	}
}

// A connection that nobody takes has a time limit of its own.
func TestConnectTimeout(t *testing.T) {
	tests := []struct {
		connect, whole time.Duration
		took           time.Duration
		err            string
	}{
		{0, 0, 10 * time.Second, "no connection within 10s"},
		{2 * time.Second, 0, 2 * time.Second, "no connection within 2s"},
		{-1, 0, 30 * time.Second, "no whole answer within 30s"},
		{0, 3 * time.Second, 3 * time.Second, "no whole answer within 3s"},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			s := New(Options{ConnectTimeout: tt.connect, Timeout: tt.whole})
			defer s.Close()
			s.connect = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			r := s.Send(t.Context(), Request{URL: here}, nil)
			if r.Latency != tt.took || text(r.Err) != tt.err || !errors.Is(r.Err, context.DeadlineExceeded) {
				t.Errorf("%s, %s: %v after %s, want %s after %s", tt.connect, tt.whole, r.Err, r.Latency, tt.err, tt.took)
			}
		})
	}
}

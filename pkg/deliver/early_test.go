package deliver

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
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
			s := New(Options{Timeout: 2 * time.Minute})
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
	synctest.Test(t, func(t *testing.T) {
		over := make(chan struct{})
		s := New(Options{Timeout: limit})
		defer s.Close()
		s.connect = func(context.Context, string, string) (net.Conn, error) {
			ours, theirs := net.Pipe()
			go func() {
				defer theirs.Close()
				io.ReadFull(theirs, make([]byte, 1000))
				io.WriteString(theirs, reply(200))
				<-over
			}()
			return ours, nil
		}
		defer close(over)
		begin := time.Now()
		r := s.Send(t.Context(), Request{URL: here, Body: make([]byte, 4<<20)}, nil)
		if took := time.Since(begin); !r.OK || r.Latency != 0 || took != limit {
			t.Errorf("ok %v, %v, latency %s, after %s", r.OK, r.Err, r.Latency, took)
		}
		if n := len(s.resting()); n != 0 {
			t.Error("the connection is kept")
		}
	})
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
			s := New(Options{Timeout: time.Minute}).lasting()
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
	s := New(Options{Timeout: time.Minute})
	defer s.Close()
	if r := s.Send(t.Context(), Request{URL: url, Body: []byte("{}")}, nil); !r.OK {
		t.Error(r.Err)
	}
	if n := len(s.resting()); n != 0 {
		t.Error("the connection is kept")
	}
}

package deliver

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

// counted counts how many events of a stream have been taken.
func counted(events iter.Seq2[*event.Event, error], taken *int) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for e, err := range events {
			*taken++
			if !yield(e, err) {
				return
			}
		}
	}
}

// While an answer is on its way the delivery before it is told of, and the event
// behind it is taken.
func TestReadyRunUsesItsTime(t *testing.T) {
	const events = 5
	synctest.Test(t, func(t *testing.T) {
		var told []int
		taken, slow, n := 0, 0, 0
		s, _, stop := receive(t, Options{}, func(http.ResponseWriter, *http.Request) {
			n++
			synctest.Wait()
			if len(told) != n-1 || taken != min(n+1, events) || slow != n {
				t.Errorf("request %d: told of %v, %d events were taken, Slow was called %d times", n, told, taken, slow)
			}
		})
		defer stop()
		o := RunOptions{Target: target, Ready: true, Slow: func() { slow++ }}
		summary, err := s.Run(t.Context(), counted(numbered(events), &taken), o, func(r Result) { told = append(told, r.Number) })
		if err != nil || summary.OK != events || n != events {
			t.Errorf("%+v, %v", summary, err)
		}
		if diff := cmp.Diff([]int{1, 2, 3, 4, 5}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// What is sent and told, and when it ends, does not depend on whether events are
// ready.
func TestReadyRunIsARun(t *testing.T) {
	broken := errors.New("broken")
	cut := func(yield func(*event.Event, error) bool) {
		for e := range numbered(7) {
			if !yield(e, nil) {
				return
			}
		}
		yield(nil, broken)
	}
	third := func(n int) int { return map[bool]int{true: 503, false: 200}[n%3 == 0] }
	tests := []struct {
		name   string
		o      Options
		run    RunOptions
		events iter.Seq2[*event.Event, error]
		answer func(n int) int
	}{
		{"all well", Options{}, RunOptions{}, numbered(30), nil},
		{"retries", Options{Retries: 2, Backoff: time.Millisecond}, RunOptions{}, numbered(30), third},
		{"failures", Options{}, RunOptions{}, numbered(30), third},
		{"fail fast", Options{}, RunOptions{FailFast: true}, numbered(30), third},
		{"fail fast at the first", Options{}, RunOptions{FailFast: true}, numbered(30), func(int) int { return 404 }},
		{"an error of the stream", Options{}, RunOptions{}, cut, nil},
		{"nothing", Options{}, RunOptions{}, numbered(0), nil},
		{"one", Options{}, RunOptions{}, numbered(1), nil},
	}
	type outcome struct {
		Bodies []string
		Told   []string
		Sum    string
		Err    error
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			run := func(ready bool) (is outcome) {
				got := records{answer: tt.answer}
				synctest.Test(t, func(t *testing.T) {
					s, _, stop := receive(t, tt.o, got.ServeHTTP)
					defer stop()
					o := tt.run
					o.Target, o.Ready = target, ready
					var summary Summary
					summary, is.Err = s.Run(t.Context(), tt.events, o, func(r Result) {
						is.Told = append(is.Told, fmt.Sprint(r.Number, r.Source, r.Event, r.Attempt, r.Final, r.Status, r.OK, r.Bytes, r.SHA256()))
					})
					is.Sum = fmt.Sprint(summary.Sent, summary.OK, summary.Failed, summary.Retried, len(summary.Failures), summary.Events["user.created"].Sent)
				})
				is.Bodies = got.bodies
				return is
			}
			if diff := cmp.Diff(run(false), run(true), cmp.Comparer(errors.Is)); diff != "" {
				t.Errorf("ready (-not +yes):\n%s", diff)
			}
		})
	}
}

// A signature has the time of its attempt, however long the answer before took.
func TestReadyRunSignsWhenItSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{}, func(http.ResponseWriter, *http.Request) { <-time.After(10 * time.Second) })
		defer stop()
		var signed, sent []time.Time
		signing := func(e *event.Event) Request {
			req := target(e)
			req.Sign = func(now time.Time, _ []byte) ([]event.Header, error) {
				signed = append(signed, now)
				return nil, nil
			}
			return req
		}
		if _, err := s.Run(t.Context(), numbered(4), RunOptions{Target: signing, Ready: true}, func(r Result) { sent = append(sent, r.At) }); err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(signed, sent, time.Time.Equal) || len(signed) != 4 {
			t.Errorf("signed at %v, sent at %v", signed, sent)
		}
	})
}

func TestReadyRunInterrupted(t *testing.T) {
	why := errors.New("enough")
	synctest.Test(t, func(t *testing.T) {
		n := 0
		s, _, stop := receive(t, Options{}, func(w http.ResponseWriter, r *http.Request) {
			if n++; n == 3 {
				silent(w, r)
			}
		})
		defer stop()
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(why) })
		var told []string
		summary, err := s.Run(ctx, numbered(100), RunOptions{Target: target, Ready: true}, func(r Result) {
			told = append(told, fmt.Sprint(r.Number, r.OK))
		})
		if !errors.Is(err, why) || summary.Sent != 3 || summary.OK != 2 {
			t.Errorf("%+v, %v", summary, err)
		}
		if diff := cmp.Diff([]string{"1 true", "2 true", "3 false"}, told); diff != "" {
			t.Errorf("told (-want +got):\n%s", diff)
		}
	})
}

// A panic while an answer is on its way leaves no connection behind.
func TestReadyRunPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		gone := false
		s, _, stop := receive(t, Options{}, func(_ http.ResponseWriter, r *http.Request) {
			io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			gone = true
		})
		defer stop()
		func() {
			defer func() {
				if v := recover(); v != "bug" {
					t.Errorf("recovered %v, want the panic of Target", v)
				}
			}()
			calls := 0
			s.Run(t.Context(), numbered(100), RunOptions{Ready: true, Target: func(e *event.Event) Request {
				if calls++; calls == 2 {
					panic("bug")
				}
				return target(e)
			}}, nil)
		}()
		synctest.Wait()
		if !gone {
			t.Error("the connection is still open")
		}
	})
}

// A receiver may close a connection a little later than it answers, and not tell
// before. Where requests follow at once, the next one would be on its way by then.
func TestReadyRunToReceiverThatClosesWithoutTelling(t *testing.T) {
	for _, concurrency := range []int{1, 4} {
		synctest.Test(t, func(t *testing.T) {
			network := &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
			s := New(Options{})
			s.connect = network.dial
			var running sync.WaitGroup
			defer running.Wait()
			defer network.Close()
			defer s.Close()
			running.Go(func() {
				for {
					c, err := network.Accept()
					if err != nil {
						return
					}
					running.Go(func() {
						defer c.Close()
						if take(bufio.NewReader(c)) {
							io.WriteString(c, reply(200))
							<-time.After(nothing / 2)
						}
					})
				}
			})
			summary, err := s.Run(t.Context(), numbered(50), RunOptions{Target: target, Ready: true, Concurrency: concurrency}, nil)
			if err != nil || summary.OK != 50 || network.dials != 50 {
				t.Errorf("%d at a time: %+v over %d connections, %v", concurrency, summary, network.dials, err)
			}
		})
	}
}

// One that keeps its connections is listened to once for each of them.
func TestReadyRunKeepsConnections(t *testing.T) {
	for _, concurrency := range []int{1, 4} {
		synctest.Test(t, func(t *testing.T) {
			s, network, stop := receive(t, Options{}, statuses(200))
			defer stop()
			begin := time.Now()
			summary, err := s.Run(t.Context(), numbered(400), RunOptions{Target: target, Ready: true, Concurrency: concurrency}, nil)
			if err != nil || summary.OK != 400 || network.dials != concurrency {
				t.Errorf("%+v over %d connections, %v", summary, network.dials, err)
			}
			if took := time.Since(begin); took != nothing {
				t.Errorf("took %s, want %s", took, nothing)
			}
			if summary.Latency.Max != 0 {
				t.Errorf("the listening counts as latency: %s", summary.Latency.Max)
			}
			s.pool.mu.Lock()
			defer s.pool.mu.Unlock()
			kept := 0
			for _, list := range s.pool.conns {
				kept += len(list)
			}
			if kept != concurrency || s.pool.timer == nil {
				t.Errorf("%d connections are in the pool", kept)
			}
		})
	}
}

// Connections are of use to two receivers by turns, too.
func TestReadyRunToSeveralReceivers(t *testing.T) {
	var one, two records
	here, there := httptest.NewServer(&one), httptest.NewServer(&two)
	defer here.Close()
	defer there.Close()
	for _, concurrency := range []int{1, 3} {
		s := New(Options{})
		summary, err := s.Run(t.Context(), numbered(90), RunOptions{Ready: true, Concurrency: concurrency, Target: func(e *event.Event) Request {
			req := Request{URL: here.URL, Body: e.Body}
			if e.Place.Line%3 == 0 {
				req.URL = there.URL
			}
			return req
		}}, nil)
		s.Close()
		if err != nil || summary.OK != 90 {
			t.Errorf("%d at a time: %+v, %v", concurrency, summary, err)
		}
	}
	if len(one.bodies) != 120 || len(two.bodies) != 60 {
		t.Errorf("%d and %d requests, want 120 and 60", len(one.bodies), len(two.bodies))
	}
}

// A receiver of one line of shell answers as soon as somebody connects, and reads
// later or never.
func TestReceiverThatAnswersUnasked(t *testing.T) {
	for _, o := range []RunOptions{{}, {Ready: true}, {Concurrency: 2}} {
		url := serve(t, func(c net.Conn, _ int) {
			io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
			take(bufio.NewReader(c))
		})
		s := New(Options{Timeout: time.Minute})
		o.Target = func(e *event.Event) Request { return Request{URL: url, Body: e.Body} }
		summary, err := s.Run(t.Context(), numbered(20), o, nil)
		if err != nil || summary.OK != 20 {
			t.Errorf("%+v: %+v, %v", o.Ready, summary, err)
		}
		s.Close()
	}
}

// The time that the next event takes is not counted as that of the answer, which was
// there before.
func TestReadyRunThatIsNot(t *testing.T) {
	unhurried(t, func(slow time.Duration) error {
		answered := make(chan struct{}, 3)
		receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { answered <- struct{}{} }))
		defer receiver.Close()
		s := New(Options{MaxLatency: slow})
		defer s.Close()
		slowly := func(e *event.Event) Request {
			if e.Place.Line == 2 {
				<-answered
				<-time.After(slow)
			}
			return Request{URL: receiver.URL, Body: e.Body}
		}
		summary, err := s.Run(t.Context(), numbered(3), RunOptions{Target: slowly, Ready: true}, nil)
		if err != nil || summary.OK != 3 {
			return fmt.Errorf("%+v, %s", summary, text(err))
		}
		return nil
	})
}

// To connect may take long, so what is owed is told before.
func TestReadyRunTellsBeforeItConnects(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, network, stop := receive(t, Options{}, func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") })
		defer stop()
		told := 0
		s.connect = func(ctx context.Context, kind, addr string) (net.Conn, error) {
			if told != network.dials {
				t.Errorf("connection %d: told of %d", network.dials+1, told)
			}
			return network.dial(ctx, kind, addr)
		}
		summary, err := s.Run(t.Context(), numbered(4), RunOptions{Target: target, Ready: true}, func(Result) { told++ })
		if err != nil || summary.OK != 4 || told != 4 || network.dials != 4 {
			t.Errorf("%+v, told of %d, %v", summary, told, err)
		}
	})
}

// With nothing to follow there is nothing to listen for.
func TestReadyRunOfOneEventDoesNotWait(t *testing.T) {
	for _, concurrency := range []int{1, 4} {
		synctest.Test(t, func(t *testing.T) {
			s, _, stop := receive(t, Options{}, statuses(200))
			defer stop()
			begin := time.Now()
			summary, err := s.Run(t.Context(), numbered(1), RunOptions{Target: target, Ready: true, Concurrency: concurrency}, nil)
			if took := time.Since(begin); err != nil || summary.OK != 1 || took != 0 {
				t.Errorf("%+v, %v, after %s", summary, err, took)
			}
		})
	}
}

// With a rate there is time enough, and no event is taken before its turn.
func TestReadyRunWithARate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		taken, n := 0, 0
		s, _, stop := receive(t, Options{}, func(http.ResponseWriter, *http.Request) {
			n++
			synctest.Wait()
			if taken != n {
				t.Errorf("request %d: %d events were taken", n, taken)
			}
		})
		defer stop()
		s.Run(t.Context(), counted(numbered(4), &taken), RunOptions{Target: target, Ready: true, Rate: 10}, nil)
	})
}

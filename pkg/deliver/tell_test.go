package deliver

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

// Who is told of deliveries may take long, as a pipe does to a reader who pauses. The
// answers that come meanwhile are not late.
func TestReadyRunToldToSomebodySlow(t *testing.T) {
	for _, who := range []string{"each", "early", "slow", "source"} {
		t.Run(who, func(t *testing.T) {
			t.Parallel()
			unhurried(t, func(limit time.Duration) error { return runToldToSomebodySlow(t, who, limit) })
		})
	}
}

// runToldToSomebodySlow pauses once for longer than deliveries may take.
func runToldToSomebodySlow(t *testing.T, who string, timeout time.Duration) (failed error) {
	pause := func() { <-time.After(timeout + timeout/4) }
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if n := requests.Add(1); n == 2 && who == "early" {
			w.Header().Set("Connection", "close")
		}
		<-time.After(2 * time.Millisecond) // which no haste awaits
	}))
	defer server.Close()
	s := New(Options{Timeout: timeout, Retries: 1, Backoff: -1, MaxLatency: timeout / 2})
	defer s.Close()
	n, slow := 0, 0
	events := func(yield func(*event.Event, error) bool) {
		for e := range numbered(6) {
			if n++; n == 4 && who == "source" {
				pause()
			}
			if !yield(e, nil) {
				return
			}
		}
	}
	o := RunOptions{Ready: true, Target: func(e *event.Event) Request { return Request{URL: server.URL, Body: e.Body} }}
	o.Slow = func() {
		if slow++; slow == 3 && who == "slow" {
			pause()
		}
	}
	summary, err := s.Run(t.Context(), events, o, func(r Result) {
		if r.Number == 2 && (who == "each" || who == "early") {
			pause()
		}
		if !r.OK {
			failed = fmt.Errorf("event %d, attempt %d: %w after %s", r.Number, r.Attempt, r.Err, r.Latency)
		}
	})
	if got := requests.Load(); failed == nil && (err != nil || summary.OK != 6 || got != 6) {
		failed = fmt.Errorf("%+v, %s; %d requests for 6 events", summary, text(err), got)
	}
	return failed
}

// What was put off is done before a long wait for the next attempt.
func TestReadyRunTellsBeforeItWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{Retries: 1, Backoff: time.Hour}, statuses(200, 503, 200))
		defer stop()
		begin := time.Now()
		var told []string
		hurried := time.Hour // when both had been told, and the wait was to begin
		o := RunOptions{Target: target, Ready: true, Slow: func() {
			if len(told) == 2 {
				hurried = min(hurried, time.Since(begin))
			}
		}}
		summary, err := s.Run(t.Context(), numbered(2), o, func(r Result) { told = append(told, fmt.Sprint(r.Number, r.Status)) })
		if err != nil || summary.OK != 2 || len(told) != 3 || hurried > time.Second {
			t.Errorf("%+v, %v, told %v, hurried after %s", summary, err, told, hurried)
		}
	})
}

// Each event that was not delivered is given up once, also one that waits for its next
// attempt when the run ends: of that one no final attempt was told.
func TestRunTellsWhatItGivesUp(t *testing.T) {
	tests := []struct {
		name   string
		o      Options
		until  time.Duration
		answer []int
		want   []string
	}{
		{"refused", Options{}, time.Hour, []int{200, 404, 200}, []string{"2 of 1: 404, final"}},
		{"after the last retry", Options{Retries: 1, Backoff: time.Second}, time.Hour, []int{503, 503, 200}, []string{"1 of 2: 503, final"}},
		{"interrupted in between", Options{Retries: 3, Backoff: time.Hour}, time.Minute, []int{200, 503}, []string{"2 of 1: 503, final"}},
	}
	for _, tt := range tests {
		for _, ready := range []bool{false, true} {
			t.Run(fmt.Sprint(tt.name, " ready ", ready), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					s, _, stop := receive(t, tt.o, statuses(tt.answer...))
					defer stop()
					ctx, cancel := context.WithTimeout(t.Context(), tt.until)
					defer cancel()
					var got []string
					o := RunOptions{Target: target, Ready: ready, GaveUp: func(r Result) {
						got = append(got, fmt.Sprintf("%d of %d: %d, %s", r.Number, r.Attempt, r.Status, map[bool]string{true: "final", false: "not final"}[r.Final]))
					}}
					s.Run(ctx, numbered(3), o, nil)
					if diff := cmp.Diff(tt.want, got); diff != "" {
						t.Errorf("(-want +got):\n%s", diff)
					}
				})
			})
		}
	}
}

// What is told last is told after what was sent before it, whatever becomes of it.
func TestReadyRunTellsInOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{}, statuses(200))
		defer stop()
		var told []int
		o := RunOptions{Ready: true, Target: func(e *event.Event) Request {
			req := target(e)
			if len(told) == 1 {
				req.Headers = headers("not a name", "x")
			}
			return req
		}}
		if _, err := s.Run(t.Context(), numbered(5), o, func(r Result) { told = append(told, r.Number) }); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]int{1, 2, 3, 4, 5}, told); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

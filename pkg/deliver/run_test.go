package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

// numbered is a stream of n events, numbered from 1 in their body and place.
func numbered(n int) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for i := 1; i <= n; i++ {
			e := event.New(fmt.Appendf(nil, `{"type":"User/Created","n":%d}`, i))
			e.Place = event.Place{File: "x.ndjson", Line: i, Column: 1}
			if !yield(e, nil) {
				return
			}
		}
	}
}

func target(e *event.Event) Request {
	return Request{URL: here, Headers: HeadersOf(e), Body: e.Body}
}

// records keeps the bodies in the order they came and answers with the status
// that answer gives to each, counted from 1.
type records struct {
	mu     sync.Mutex
	bodies []string
	answer func(n int) int
}

func (r *records) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, _ := io.ReadAll(req.Body)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.bodies = append(r.bodies, string(body))
	if r.answer != nil {
		w.WriteHeader(r.answer(len(r.bodies)))
	}
}

func TestRunInOrder(t *testing.T) {
	var got records
	// Every third request fails once: a retry must not let others pass.
	got.answer = func(n int) int { return map[bool]int{true: 500, false: 200}[n%3 == 0] }
	synctest.Test(t, func(t *testing.T) {
		s, network, stop := receive(t, Options{Retries: 5}, got.ServeHTTP)
		defer stop()
		var results []Result
		summary, err := s.Run(t.Context(), numbered(100), RunOptions{Target: target}, func(r Result) { results = append(results, r) })
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for e := range numbered(100) {
			want = append(want, string(e.Body))
		}
		if diff := cmp.Diff(want, slices.Compact(got.bodies)); diff != "" {
			t.Errorf("bodies (-want +got):\n%s", diff)
		}
		if summary.Sent != 100 || summary.OK != 100 || summary.Failed != 0 || summary.Retried != len(got.bodies)-100 {
			t.Errorf("%+v after %d requests", summary, len(got.bodies))
		}
		if len(results) != len(got.bodies) || results[0].Source != "x.ndjson:1" || results[0].Event != "user.created" {
			t.Errorf("%d results, the first %+v", len(results), results[0])
		}
		// A second of waiting ends the life of an unused connection.
		if network.dials > summary.Retried+1 {
			t.Errorf("%d connections", network.dials)
		}
	})
}

func TestRunConcurrently(t *testing.T) {
	for _, concurrency := range []int{1, 4} {
		var now, most atomic.Int32
		synctest.Test(t, func(t *testing.T) {
			s, network, stop := receive(t, Options{}, func(http.ResponseWriter, *http.Request) {
				n := now.Add(1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				timer := time.NewTimer(100 * time.Millisecond)
				<-timer.C
				now.Add(-1)
			})
			defer stop()
			begin := time.Now()
			summary, err := s.Run(t.Context(), numbered(20), RunOptions{Concurrency: concurrency, Target: target}, nil)
			if err != nil || summary.OK != 20 {
				t.Fatalf("%+v, %v", summary, err)
			}
			if got := int(most.Load()); got != concurrency {
				t.Errorf("%d at a time, want %d", got, concurrency)
			}
			if took, want := time.Since(begin), time.Duration(20/concurrency)*100*time.Millisecond; took != want {
				t.Errorf("took %s, want %s", took, want)
			}
			if network.dials != concurrency {
				t.Errorf("%d connections, want %d", network.dials, concurrency)
			}
			if want := (Quantiles{P50: 1e8, P90: 1e8, P99: 1e8, Max: 1e8}); summary.Latency != want {
				t.Errorf("latency %+v, want %+v", summary.Latency, want)
			}
		})
	}
}

func TestRunRate(t *testing.T) {
	tests := []struct {
		name   string
		events int
		answer int
		took   time.Duration
	}{
		{"events", 21, 200, 2 * time.Second},
		{"retries count", 7, 500, 2 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _, stop := receive(t, Options{Retries: 2, Backoff: -1}, statuses(tt.answer))
				defer stop()
				begin := time.Now()
				if _, err := s.Run(t.Context(), numbered(tt.events), RunOptions{Rate: 10, Concurrency: 3, Target: target}, nil); err != nil {
					t.Fatal(err)
				}
				if took := time.Since(begin).Round(time.Millisecond); took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
			})
		})
	}
}

// An event whose turn would come after the end of the context is not passed over.
func TestRunRateAndADeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{}, statuses(200))
		defer stop()
		ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
		defer cancel()
		begin, taken := time.Now(), 0
		summary, err := s.Run(ctx, counted(numbered(1000), &taken), RunOptions{Rate: 0.1, Target: target}, nil)
		if !errors.Is(err, context.DeadlineExceeded) || summary.Sent != 1 || taken != 2 || time.Since(begin) != 2*time.Second {
			t.Errorf("%d sent of %d taken in %s, %v", summary.Sent, taken, time.Since(begin), err)
		}
	})
}

func TestRunFailFast(t *testing.T) {
	got := records{answer: func(n int) int { return map[bool]int{true: 500, false: 200}[n == 3] }}
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{}, got.ServeHTTP)
		defer stop()
		summary, err := s.Run(t.Context(), numbered(100), RunOptions{FailFast: true, Target: target}, nil)
		if err != nil || summary.Sent != 3 || summary.OK != 2 || summary.Failed != 1 || len(got.bodies) != 3 {
			t.Errorf("%+v, %v, %d requests", summary, err, len(got.bodies))
		}
	})
}

func TestRunFailFastDoesNotWaitForItsTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{}, statuses(500))
		defer stop()
		begin := time.Now()
		summary, err := s.Run(t.Context(), numbered(100), RunOptions{FailFast: true, Concurrency: 5, Rate: 0.1, Target: target}, nil)
		if err != nil || summary.Sent != 1 || time.Since(begin) != 0 {
			t.Errorf("%+v, %v after %s", summary, err, time.Since(begin))
		}
	})
}

func TestRunStopsAtAnErrorOfTheStream(t *testing.T) {
	broken := errors.New("broken")
	stream := func(yield func(*event.Event, error) bool) {
		for e := range numbered(3) {
			if !yield(e, nil) {
				return
			}
		}
		if yield(nil, broken) {
			t.Error("the stream was read on")
		}
	}
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{}, statuses(200))
		defer stop()
		summary, err := s.Run(t.Context(), stream, RunOptions{Target: target}, nil)
		if !errors.Is(err, broken) || summary.Sent != 3 || summary.OK != 3 {
			t.Errorf("%+v, %v", summary, err)
		}
	})
}

func TestRunInterrupted(t *testing.T) {
	why := errors.New("enough")
	tests := []struct {
		name   string
		handle http.HandlerFunc
		rate   float64
		sent   int
	}{
		{"under way", silent, 0, 2},
		{"between attempts", statuses(500), 0, 2},
		{"waiting for its turn", statuses(200), 0.1, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _, stop := receive(t, Options{Retries: 1, Backoff: time.Hour}, tt.handle)
				defer stop()
				ctx, cancel := context.WithCancelCause(t.Context())
				begin := time.Now()
				time.AfterFunc(5*time.Second, func() { cancel(why) })
				summary, err := s.Run(ctx, numbered(100), RunOptions{Concurrency: 2, Rate: tt.rate, Target: target}, nil)
				if took := time.Since(begin); !errors.Is(err, why) || took != 5*time.Second {
					t.Errorf("error %v after %s", err, took)
				}
				if summary.Sent != tt.sent || summary.Retried != 0 {
					t.Errorf("%+v, want %d sent", summary, tt.sent)
				}
			})
		})
	}
}

func TestRunTakesNoMoreThanItSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{}, silent)
		defer stop()
		ctx, cancel := context.WithCancel(t.Context())
		taken := 0
		stream := func(yield func(*event.Event, error) bool) {
			for e := range numbered(1000) {
				taken++
				if !yield(e, nil) {
					return
				}
			}
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			s.Run(ctx, stream, RunOptions{Concurrency: 3, Target: target}, nil)
		}()
		synctest.Wait()
		if taken != 3 {
			t.Errorf("%d events were taken while 3 are under way, want 3", taken)
		}
		cancel()
		<-done
	})
}

func TestRunPanicsInTheGoroutineOfItsCaller(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{}, statuses(200))
		defer stop()
		defer func() {
			if v := recover(); v != "bug" {
				t.Errorf("recovered %v, want the panic of each", v)
			}
		}()
		s.Run(t.Context(), numbered(100), RunOptions{Concurrency: 3, Target: target}, func(Result) { panic("bug") })
	})
}

func TestSummaryJSON(t *testing.T) {
	var total tally
	for i, r := range []Result{
		{Event: "user.created", OK: true, Latency: time.Millisecond},
		{Event: "user.created", Latency: 2 * time.Millisecond},
		{Latency: 3500 * time.Microsecond, OK: true},
	} {
		total.attempted(r)
		if i == 1 {
			total.attempted(r)
		}
		if !r.OK {
			total.gaveUp(r)
		}
	}
	tests := []struct {
		summary Summary
		want    string
	}{
		{total.summary(), `{"sent":3,"ok":2,"failed":1,"retried":1,"ms":{"p50":2,"p90":3.5,"p99":3.5,"max":3.5},` +
			`"events":{"unknown":{"sent":1,"ok":1},"user.created":{"sent":2,"ok":1}}}`},
		{Summary{}, `{"sent":0,"ok":0,"failed":0,"retried":0,"ms":{"p50":0,"p90":0,"p99":0,"max":0},"events":{}}`},
	}
	for _, tt := range tests {
		got, err := json.Marshal(tt.summary)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(tt.want, string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

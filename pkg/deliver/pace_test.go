package deliver

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

func TestPaced(t *testing.T) {
	at := func(second float64) *event.Event {
		e := event.New([]byte("{}"))
		e.Delivery = &event.Delivery{At: time.Unix(1700000000, int64(second*1e9))}
		return e
	}
	plain := func() *event.Event { return event.New([]byte("{}")) }
	tests := []struct {
		name   string
		events []*event.Event
		speed  float64
		want   []time.Duration
	}{
		{"as it was", []*event.Event{at(0), at(1), at(3.5)}, 1, []time.Duration{0, time.Second, 3500 * time.Millisecond}},
		{"twice as fast", []*event.Event{at(0), at(1), at(3)}, 2, []time.Duration{0, 500 * time.Millisecond, 1500 * time.Millisecond}},
		{"half as fast", []*event.Event{at(0), at(1)}, 0.5, []time.Duration{0, 2 * time.Second}},
		{"no captures", []*event.Event{plain(), plain()}, 1, []time.Duration{0, 0}},
		{"plain ones between", []*event.Event{plain(), at(0), plain(), at(2), plain()}, 1, []time.Duration{0, 0, 0, 2 * time.Second, 2 * time.Second}},
		{"back in time", []*event.Event{at(5), at(1), at(6)}, 1, []time.Duration{0, 0, time.Second}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				begin := time.Now()
				var got []time.Duration
				for range Paced(t.Context(), all(tt.events), tt.speed) {
					got = append(got, time.Since(begin))
				}
				if d := cmp.Diff(tt.want, got); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
			})
		})
	}
	t.Run("ended", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			defer cancel()
			begin, n := time.Now(), 0
			for range Paced(ctx, all([]*event.Event{at(0), at(1e6)}), 1) {
				n++
			}
			if took := time.Since(begin); n != 1 || took != time.Second {
				t.Errorf("%d events in %s, want 1 in 1s", n, took)
			}
		})
	})
}

func all(events []*event.Event) func(func(*event.Event, error) bool) {
	return func(yield func(*event.Event, error) bool) {
		for e := range slices.Values(events) {
			if !yield(e, nil) {
				return
			}
		}
	}
}

func TestFailuresThatAreAlike(t *testing.T) {
	var total tally
	fail := func(n int, r Result) {
		for range n {
			total.attempted(r)
			total.gaveUp(r)
		}
	}
	fail(2, Result{Number: 1, Status: 500, Err: &StatusError{500}, Answer: []byte("request 17 failed")})
	fail(3, Result{Number: 3, Status: 500, Err: &StatusError{500}, Answer: []byte("request 4711 failed")})
	fail(4, Result{Number: 6, Status: 404, Err: &StatusError{404}})
	fail(1, Result{Number: 10, Err: errors.New("read tcp 127.0.0.1:40001: no")})
	fail(1, Result{Number: 11, Err: errors.New("read tcp 127.0.0.1:40022: no")})
	for i := range 100 {
		total.gaveUp(Result{Err: errors.New(string(rune('a'+i%26)) + string(rune('a'+i/26)))})
	}
	s := total.summary()
	if len(s.Failures) != MaxFailures || s.OtherFailures != 100-(MaxFailures-3) {
		t.Fatalf("%d kinds and %d others", len(s.Failures), s.OtherFailures)
	}
	for i, want := range []struct{ count, number int }{{5, 1}, {4, 6}, {2, 10}} {
		if f := s.Failures[i]; f.Count != want.count || f.First.Number != want.number {
			t.Errorf("%d: %d from %d on, want %+v", i, f.Count, f.First.Number, want)
		}
	}
}

package watch

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// numbered collects the numbers of the events that it is handed.
type numbered []int

func (n *numbered) deliver(_ context.Context, f *Found) error {
	at, _ := f.Event.Occurred()
	*n = append(*n, int(at.Unix()))
	return nil
}

// TestOrder has events of all types at random times, most of them of few types,
// and ends in the midst of it: what was served comes once, and in order.
func TestOrder(t *testing.T) {
	for seed := range uint64(20) {
		synctest.Test(t, func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			f, got, types := newFake(), numbered{}, event.Types()
			r := watch(t, f, Options{Types: types, Interval: 10 * time.Second, Deliver: got.deliver})
			for i := range 200 {
				r.after(time.Duration(1 + random.IntN(int(8*time.Second))))
				n := random.IntN(len(types))
				if random.IntN(3) > 0 {
					n %= 2
				}
				f.happen(types[n].Slug, i)
			}
			if err := r.end(); err != nil {
				t.Error(err)
			}
			if !slices.IsSorted(got) {
				t.Errorf("seed %d: in the order %v", seed, got)
			}
			if len(got) != len(f.served) || len(slices.Compact(got)) != len(f.served) {
				t.Errorf("seed %d: %d events were served, came %v", seed, len(f.served), got)
			}
		})
	}
}

// TestHeld finds an event of a type that moved lately before an earlier one of
// another type: it waits for that, whatever ends the watch.
func TestHeld(t *testing.T) {
	held := func(t *testing.T, o Options) (r *run, f *fake) {
		f = newFake()
		o.Types, o.Interval = kinds("user.created", "course.published", "user.edited"), 9*time.Second
		r = watch(t, f, o)
		r.after(time.Second)
		f.happen("user.created", 1)
		r.after(9 * time.Second)
		r.want("user.created 1")
		f.happen("course.published", 2)
		f.happen("user.created", 3)
		r.after(5 * time.Second)
		r.want("user.created 1")
		if r.w.Waiting() != 1 {
			t.Errorf("%d events wait", r.w.Waiting())
		}
		return r, f
	}
	all := []string{"user.created 1", "course.published 2", "user.created 3"}
	t.Run("the next sweep", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, _ := held(t, Options{})
			r.after(time.Minute)
			r.want(all...)
		})
	})
	t.Run("the end", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, _ := held(t, Options{})
			if err := r.end(); err != nil {
				t.Error(err)
			}
			r.want(all...)
		})
	})
	t.Run("the end, and nobody answers", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			r, f := held(t, Options{})
			f.slow(time.Hour)
			if err := r.end(); err != nil {
				t.Error(err)
			}
			r.want(all[0], all[2])
		})
	})
	t.Run("a kill", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "watch.state")
		var left []byte
		var before *fake
		withState(t, path, func(t *testing.T, s *State) {
			var err error
			_, before = held(t, Options{State: s})
			if left, err = os.ReadFile(path); err != nil {
				t.Error(err)
			}
		})
		if err := os.WriteFile(path, left, 0o600); err != nil {
			t.Fatal(err)
		}
		withState(t, path, func(t *testing.T, s *State) {
			r := watch(t, before, Options{State: s})
			r.after(time.Minute)
			r.want("course.published 2", "user.created 3")
		})
	})
}

// TestOneType has nothing to hold an event for.
func TestOneType(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		r := watch(t, f, Options{Types: kinds("user.created"), Interval: 9 * time.Second})
		r.after(time.Second)
		var want []string
		for i := range 10 {
			f.happen("user.created", i)
			r.after(9 * time.Second)
			want = append(want, fmt.Sprintf("user.created %d", i))
			r.want(want...)
		}
	})
}

// withState calls in a bubble, with a state that is closed in the end.
func withState(t *testing.T, path string, call func(*testing.T, *State)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		s, err := OpenState(path, StateOptions{})
		if err != nil {
			t.Fatal(err)
		}
		call(t, s)
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
}

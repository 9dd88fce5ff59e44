package watch

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/event"
)

func TestNewEventsComeOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.happen("user.created", 1)
		r := watch(t, f, Options{})
		r.after(time.Minute)
		r.want()
		f.happen("course.published", 9) // within one sweep the earlier comes first
		f.happen("user.created", 5)
		r.after(time.Minute)
		r.want("user.created 5", "course.published 9")
		f.happen("user.created", 1) // a server that is behind
		r.after(time.Minute)
		f.happen("user.created", 5)
		r.after(time.Minute)
		r.want("user.created 5", "course.published 9")
		f.happen("user.created", 6)
		r.after(time.Minute)
		r.want("user.created 5", "course.published 9", "user.created 6")
		if err := r.end(); err != nil {
			t.Error(err)
		}
		r.wantNotices(Ready)
	})
}

func TestIncludeLastAndLimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.happen("user.created", 2)
		f.happen("course.published", 1)
		r := watch(t, f, Options{IncludeLast: true, Limit: 3})
		r.after(time.Minute)
		r.want("course.published 1", "user.created 2")
		f.happen("user.created", 3)
		f.happen("course.published", 4)
		if err := <-r.done; err != nil {
			t.Error(err)
		}
		r.want("course.published 1", "user.created 2", "user.created 3")
	})
}

func TestLimitInTheFirstSweep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.happen("user.created", 2)
		f.happen("course.published", 1)
		r := watch(t, f, Options{IncludeLast: true, Limit: 1})
		if err := <-r.done; err != nil {
			t.Error(err)
		}
		r.want("course.published 1")
		r.wantNotices(Ready)
	})
}

func TestFirstSweepFails(t *testing.T) {
	for _, fails := range []error{&api.KeyError{Status: 401}, &api.RemoteError{Unreachable: true}} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			f.fail(fails)
			r := watch(t, f, Options{})
			if err := <-r.done; !errors.Is(err, fails) {
				t.Errorf("ended with %v, want %v", err, fails)
			}
			if r.notices != nil {
				t.Errorf("told of %q", r.notices)
			}
		})
	}
}

// TestTroubleIsToldOnce has every kind of trouble for an hour: it is told when it
// begins and when it is over, what happened meanwhile comes, and few requests are
// wasted.
func TestTroubleIsToldOnce(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		most int // requests in the hour
	}{
		{"network", &api.RemoteError{Unreachable: true}, 100},
		{"key revoked", &api.KeyError{Status: 401}, 30},
		{"rate limit", &api.RateLimitError{Wait: time.Minute}, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f := newFake()
				f.happen("user.created", 1)
				r := watch(t, f, Options{})
				r.after(time.Minute)
				f.fail(c.err)
				f.happen("user.created", 2)
				before := f.requests()
				r.after(time.Hour)
				if asked := f.requests() - before; asked > c.most || asked < 5 {
					t.Errorf("%d requests within an hour of trouble", asked)
				}
				r.wantNotices(Ready, Trouble)
				if r.failed != 2 {
					t.Errorf("told that %d of 2 types failed", r.failed)
				}
				f.fail(nil)
				r.after(10 * time.Minute)
				r.want("user.created 2")
				r.wantNotices(Ready, Trouble, Recovered)
				if err := r.end(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestTroubleChanges tells of another kind of trouble, and of it alone when some
// types are answered.
func TestTroubleChanges(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		r := watch(t, f, Options{Types: kinds("user.created", "course.published", "user.edited")})
		r.after(time.Minute)
		f.fail(&api.RemoteError{Unreachable: true})
		r.after(time.Hour)
		f.fail(&api.KeyError{Status: 401})
		r.after(time.Hour)
		r.wantNotices(Ready, Trouble, Trouble)
		if r.failed != 3 {
			t.Errorf("told that %d of 3 types failed", r.failed)
		}
		f.fail(nil)
		r.after(time.Hour)
		f.failOne(kind("user.edited"), &api.RemoteError{Status: 500})
		r.after(time.Hour)
		if r.failed != 1 {
			t.Errorf("told that %d of 3 types failed", r.failed)
		}
		f.happen("user.created", 1)
		r.after(time.Minute)
		r.want("user.created 1")
		f.failOne(event.Type{}, nil)
		r.after(time.Hour)
		r.wantNotices(Ready, Trouble, Trouble, Recovered, Trouble, Recovered)
	})
}

func TestIntervalIsStretched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		f.limit = 10
		r := watch(t, f, Options{Types: event.Types(), Interval: time.Second})
		r.after(10 * time.Minute)
		asked := f.requests()
		if asked > 10*10 || asked < 60 {
			t.Errorf("%d requests in 10 minutes, 10 a minute are allowed", asked)
		}
		r.wantNotices(Ready, Stretched)
	})
}

// TestBudget moves one type all the time: it is asked for more often than the
// others, and there are not more requests than without.
func TestBudget(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		r := watch(t, f, Options{Types: event.Types(), Interval: 9 * time.Second})
		for i := range 360 {
			f.happen("user.created", i)
			r.after(10 * time.Second)
		}
		asked := f.requests()
		sweeps := 3600 / 9
		if asked > (sweeps+1)*9 {
			t.Errorf("%d requests in an hour, %d would be one for each type in an interval", asked, sweeps*9)
		}
		if hot, cold := f.requests(kind("user.created")), f.requests(kind("user.edited")); hot < 2*cold || cold < sweeps/2 {
			t.Errorf("%d requests for what moves, %d for what does not", hot, cold)
		}
	})
}

// TestSlowReceiver has deliveries that take long: nothing is lost, and the order is
// kept.
func TestSlowReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f := newFake()
		var r *run
		r = watch(t, f, Options{Interval: time.Second, Deliver: func(_ context.Context, f *Found) error {
			<-time.After(30 * time.Second)
			r.found = append(r.found, name(f))
			return nil
		}})
		r.after(time.Second)
		var want []string
		for i := range 10 {
			f.happen("user.created", i)
			want = append(want, fmt.Sprintf("user.created %d", i))
			r.after(2 * time.Second)
		}
		r.after(10 * time.Minute)
		r.want(want...)
	})
}

// TestEndInTheMidstOfASweep stops when the API has answered, but the answers have
// not come: what it served is not lost, unless it takes too long.
func TestEndInTheMidstOfASweep(t *testing.T) {
	for _, c := range []struct {
		took, stopped time.Duration
		found         []string
	}{
		{500 * time.Millisecond, 500 * time.Millisecond, []string{"user.created 1"}},
		{time.Minute, askGrace, nil},
	} {
		synctest.Test(t, func(t *testing.T) {
			f := newFake()
			r := watch(t, f, Options{Interval: time.Hour})
			r.after(time.Hour - time.Second)
			f.slow(c.took)
			f.happen("user.created", 1)
			r.after(time.Second)
			began := time.Now()
			if err := r.end(); err != nil {
				t.Error(err)
			}
			if took := time.Since(began); took != c.stopped {
				t.Errorf("ended after %s, want %s", took, c.stopped)
			}
			r.want(c.found...)
			r.wantNotices(Ready)
		})
	}
}

func TestOptions(t *testing.T) {
	for want, o := range map[string]Options{
		"API":      {Types: event.Types()},
		"Types":    {API: newFake()},
		"Interval": {API: newFake(), Types: event.Types(), Interval: time.Millisecond},
		"Limit":    {API: newFake(), Types: event.Types(), Limit: -1},
	} {
		_, err := New(o)
		if wrong, ok := errors.AsType[*OptionError](err); !ok || wrong.Option != want {
			t.Errorf("%s: %v", want, err)
		}
	}
}

package watch

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/event"
)

// fake is an API.
type fake struct {
	mu    sync.Mutex
	last  map[event.Type]string // the bytes of the last events
	err   error                 // what every request fails with
	one   event.Type            // the only type whose requests fail; none: all do
	limit int
	asked map[event.Type]int
	took  time.Duration // of an answer, on its way

	served map[string]bool // bytes of events
}

func newFake() *fake {
	return &fake{last: map[event.Type]string{}, asked: map[event.Type]int{}, served: map[string]bool{}}
}

func (f *fake) Last(ctx context.Context, t event.Type) (*api.Answer, error) {
	took, answer, err := f.answer(ctx, t)
	if took == 0 {
		return answer, err
	}
	select {
	case <-time.After(took):
		return answer, err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (f *fake) answer(ctx context.Context, t event.Type) (took time.Duration, _ *api.Answer, _ error) {
	if ctx.Err() != nil {
		return 0, nil, context.Cause(ctx)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.asked[t]++
	body, ok := f.last[t]
	switch {
	case f.err != nil && (!f.one.Known() || f.one == t):
		return f.took, nil, f.err
	case !ok:
		return f.took, nil, &api.NoEventError{Type: t}
	}
	f.served[body] = true
	return f.took, &api.Answer{Event: event.New([]byte(body)), ContentType: "application/json", At: time.Now()}, nil
}

// slow makes the answers take so long to come.
func (f *fake) slow(took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.took = took
}

func (f *fake) Limit() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.limit
}

// requests is how many there were, for some types or all.
func (f *fake) requests(types ...event.Type) (n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for t, asked := range f.asked {
		if len(types) == 0 || slices.Contains(types, t) {
			n += asked
		}
	}
	return n
}

// happen makes an event the last of its type; at is its occuredAt.
func (f *fake) happen(slug string, at int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last[kind(slug)] = fmt.Sprintf(`{"type":%q,"occuredAt":%d}`, kind(slug).Name, at)
}

func (f *fake) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *fake) failOne(t event.Type, err error) {
	f.fail(err)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.one = t
}

func kind(slug string) event.Type {
	t, err := event.ParseType(slug)
	if err != nil {
		panic(err)
	}
	return t
}

func kinds(slugs ...string) (all []event.Type) {
	for _, s := range slugs {
		all = append(all, kind(s))
	}
	return all
}

// run is a watch under test.
type run struct {
	t       *testing.T
	api     *fake
	w       *Watcher
	stop    context.CancelFunc
	done    chan error
	found   []string // "slug at"
	notices []string
	failed  int // types, as of the last trouble
}

// watch starts a watch for the time of a bubble.
func watch(t *testing.T, f *fake, o Options) *run {
	t.Helper()
	r := &run{t: t, api: f, done: make(chan error, 1)}
	o.API = f
	if o.Types == nil {
		o.Types = kinds("user.created", "course.published")
	}
	if o.Deliver == nil {
		o.Deliver = func(_ context.Context, f *Found) error { r.found = append(r.found, name(f)); return nil }
	}
	o.Notice = func(n Notice) {
		r.notices = append(r.notices, string(n.Kind))
		if n.Kind == Trouble {
			r.failed = n.Failed
		}
	}
	var err error
	if r.w, err = New(o); err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	r.stop = stop
	go func() { r.done <- r.w.Run(ctx) }()
	t.Cleanup(stop)
	return r
}

func name(f *Found) string {
	at, _ := f.Event.Occurred()
	return fmt.Sprintf("%s %d", f.Kind.Slug, at.Unix())
}

// after lets time pass and everything come to rest.
func (r *run) after(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

func (r *run) want(found ...string) {
	r.t.Helper()
	if diff := cmp.Diff(strings.Join(found, ", "), strings.Join(r.found, ", ")); diff != "" {
		r.t.Errorf("(-want +got)\n%s", diff)
	}
}

func (r *run) wantNotices(kinds ...NoticeKind) {
	r.t.Helper()
	want := make([]string, len(kinds))
	for i, k := range kinds {
		want[i] = string(k)
	}
	if diff := cmp.Diff(want, r.notices); diff != "" {
		r.t.Errorf("(-want +got)\n%s", diff)
	}
}

// end stops the watch and returns its error.
func (r *run) end() error {
	r.t.Helper()
	r.stop()
	return <-r.done
}

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

func TestStateAcrossRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "below", "watch.state")
	f := newFake()
	f.happen("user.created", 1)
	with := func(during func(*run), o Options) *run {
		var r *run
		synctest.Test(t, func(t *testing.T) {
			s, err := OpenState(path, StateOptions{Site: "here"})
			if err != nil {
				t.Fatal(err)
			}
			o.State = s
			r = watch(t, f, o)
			r.after(time.Minute)
			during(r)
			r.stop()
			<-r.done
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return r
	}
	first := with(func(r *run) { f.happen("user.created", 2); r.after(time.Minute) }, Options{})
	first.want("user.created 2")
	f.happen("course.published", 3) // while nobody watches
	with(func(*run) {}, Options{}).want("course.published 3")
	with(func(*run) {}, Options{}).want()

	// What cannot be delivered comes first in the next run.
	f.happen("user.created", 4)
	failed := errors.New("failed")
	with(func(r *run) {
		if r.w.Waiting() != 1 {
			t.Errorf("%d wait", r.w.Waiting())
		}
	}, Options{Deliver: func(context.Context, *Found) error { return failed }})
	f.happen("course.published", 5)
	with(func(*run) {}, Options{}).want("user.created 4", "course.published 5")
}

func TestStatesThatCannotBeHad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s, err := OpenState(path, StateOptions{Site: "here", Command: "the first"})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Fresh() || s.Waiting() != 0 {
		t.Errorf("fresh %t, %d wait", s.Fresh(), s.Waiting())
	}
	_, err = OpenState(path, StateOptions{Site: "here"})
	if locked, ok := errors.AsType[*LockedError](err); !ok || locked.Command != "the first" || locked.PID != os.Getpid() {
		t.Errorf("a second: %v", err)
	}
	if err := s.save(newMemory()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	_, err = OpenState(path, StateOptions{Site: "there"})
	if other, ok := errors.AsType[*SiteError](err); !ok || other.Site != "here" {
		t.Errorf("of another site: %v", err)
	}
	for _, text := range []string{"", "{", "[]", `{"konhook_state":2,"site":"here","seen":{}}`, `{"konhook_state":1,"site":"here"}`,
		`{"konhook_state":1,"site":"here","seen":{"user.created":["00"]}}`, `{"konhook_state":1,"site":"here","seen":{"user.created":["xx"]}}`,
		`{"konhook_state":1,"site":"here","seen":{},"waiting":[{"event":"x","capture":{}}]}`,
		`{"konhook_state":1,"site":"here","seen":{},"waiting":[{"event":"user.created","capture":{}}]}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenState(path, StateOptions{Site: "here"})
		if _, ok := errors.AsType[*DamagedError](err); !ok {
			t.Errorf("%q: %v", text, err)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != text {
			t.Errorf("%q was changed to %q", text, left)
		}
	}
	if _, err := OpenState(t.TempDir(), StateOptions{}); err == nil {
		t.Error("a folder is taken for a state")
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

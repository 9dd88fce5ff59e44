package watch

import (
	"context"
	"fmt"
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

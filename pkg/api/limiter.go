package api

import (
	"context"
	"sync"
	"time"
)

// maxInFlight is how many requests a client sends at once.
const maxInFlight = 8

// limiter lets requests out so that the API need not refuse any: as many at once
// as the API said it still takes, less those whose answers are not there yet.
//
// Until the API has said so, and again whenever a window has ended, a single
// request goes ahead and the others wait for what its answer says. An API that
// says nothing has no limit.
type limiter struct {
	// turn is held by the one request that is next. Those behind it wait for
	// the turn only, in their order, so a change wakes one and not all.
	turn chan struct{}
	// changed tells the next one that the rest of the fields changed.
	changed chan struct{}

	mu       sync.Mutex
	inFlight int
	known    bool      // the API has said what it takes in the present window
	free     bool      // the API sets no limit
	limit    int       // requests a minute, as last heard
	left     int       // the least that the API said it still takes in the window
	unheard  int       // requests in the window that it may have counted since
	window   int64     // the window as the API names it
	reset    time.Time // when the window has ended for certain
	until    time.Time // nobody goes before: the API refused a request
}

func newLimiter() *limiter {
	return &limiter{turn: make(chan struct{}, 1), changed: make(chan struct{}, 1)}
}

// acquire waits until a request may be sent; done or lost must follow. When the
// present window takes no more and lasts longer than most, it gives up with a
// [*RateLimitError]. note is told of a wait before it begins.
func (l *limiter) acquire(ctx context.Context, most time.Duration, note func(time.Duration)) error {
	select {
	case l.turn <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-l.turn }()
	var noted time.Time // the end of the wait that note was told of
	for {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		now := time.Now()
		wait, err := l.admit(now, most)
		if err != nil || wait == 0 {
			return err
		}
		if end := now.Add(wait); wait > 0 && end.Sub(noted) > time.Second {
			noted = end
			note(wait)
		}
		if err := l.await(ctx, wait); err != nil {
			return err
		}
	}
}

// await returns when the state has changed or wait, unless negative, is over.
func (l *limiter) await(ctx context.Context, wait time.Duration) error {
	var over <-chan time.Time
	if wait > 0 {
		timer := time.NewTimer(wait)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-over:
	case <-l.changed:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	return nil
}

// admit counts a request in and returns 0, or returns how long to wait before
// asking again, negative for "until something changes".
func (l *limiter) admit(now time.Time, most time.Duration) (time.Duration, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if wait := l.until.Sub(now); wait > 0 {
		return wait, nil
	}
	if l.known && !l.free && !now.Before(l.reset) {
		l.known = false
	}
	free := maxInFlight - l.inFlight
	switch {
	case !l.known:
		free = 1 - l.inFlight
	case !l.free:
		free = min(free, l.left-l.unheard-l.inFlight)
	}
	if free > 0 {
		l.inFlight++
		return 0, nil
	}
	if l.inFlight > 0 {
		return -1, nil
	}
	wait := l.reset.Sub(now)
	if wait > most {
		return 0, &RateLimitError{Limit: l.limit, Wait: wait}
	}
	return wait, nil
}

// done counts out a request that was answered. told says that the answer came
// from the API itself, so that silence about a limit means that there is none.
func (l *limiter) done(q quota, now time.Time, told bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	if q.limit != unknown {
		l.limit = q.limit
	}
	switch {
	case !q.silent():
		l.learn(q, now)
	case l.known:
		l.unheard++
	case told:
		l.known, l.free = true, true
	}
	l.signal()
}

// learn takes over what an answer says. Answers may overtake each other: within
// a window the API counts down, so the least counts; what belongs to an earlier
// window says nothing about the present one.
func (l *limiter) learn(q quota, now time.Time) {
	ends := now.Add(window)
	if q.reset != unknown {
		ends = now.Add(q.reset)
	}
	switch {
	case !l.known || l.free || q.window > l.window:
		l.known, l.free = true, false
		l.left, l.unheard, l.window, l.reset = q.remaining, 0, q.window, ends
	case q.window == l.window:
		l.left = min(l.left, q.remaining)
		if ends.Before(l.reset) {
			l.reset = ends
		}
	default:
		l.unheard++
	}
}

// lost counts out a request without an answer, which the API may have counted.
func (l *limiter) lost() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.inFlight--
	l.unheard++
	l.signal()
}

// retry counts a request that got no answer, and at once the one that is to
// follow it. It returns false when that one has to wait.
func (l *limiter) retry(now time.Time) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if now.Before(l.until) || l.known && !l.free && l.left-l.unheard-l.inFlight < 1 {
		return false
	}
	l.unheard++
	return true
}

// block lets nobody out for some time; then one request goes ahead again.
func (l *limiter) block(now time.Time, d time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if until := now.Add(d); until.After(l.until) {
		l.until = until
	}
	l.known = false
	l.signal()
}

// perMinute is what the API takes in a minute, 0 when that is not known.
func (l *limiter) perMinute() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.limit
}

func (l *limiter) signal() {
	select {
	case l.changed <- struct{}{}:
	default:
	}
}

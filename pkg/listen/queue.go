package listen

import (
	"context"
	"sync"
	"time"
)

// maxBehind is how many observations may wait for [Options.On] before answers
// wait for it too.
const maxBehind = 1 << 10

// queue calls functions for observations and notices in the order of their
// tickets, one at a time and outside of the goroutines that made them.
type queue struct {
	on     func(Observed)
	notice func(Notice)

	mu      sync.Mutex
	tickets []*ticket // in order, those that were told already taken out
	running bool      // somebody is calling on or notice
	told    uint64    // how many were told
	changed chan struct{}
}

// ticket is the place of one observation.
type ticket struct {
	ready    bool
	observed Observed
	notice   *Notice // nil: it is an observation
}

func newQueue(on func(Observed), notice func(Notice)) *queue {
	return &queue{on: on, notice: notice, changed: make(chan struct{})}
}

// draw returns the next place.
func (q *queue) draw() *ticket {
	t := &ticket{}
	q.mu.Lock()
	defer q.mu.Unlock()
	q.tickets = append(q.tickets, t)
	return t
}

// tell fills a place. When very many wait, it returns only when that is over or
// ctx is done.
func (q *queue) tell(ctx context.Context, t *ticket, o Observed) {
	q.mu.Lock()
	t.ready, t.observed = true, o
	if !q.running && q.tickets[0].ready {
		q.running = true
		go q.run()
	}
	for len(q.tickets) > maxBehind && ctx.Err() == nil {
		q.wait(ctx.Done())
	}
	q.mu.Unlock()
}

// run tells what is ready and in turn.
func (q *queue) run() {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.tickets) > 0 && q.tickets[0].ready {
		t := q.tickets[0]
		q.tickets[0] = nil
		q.tickets = q.tickets[1:]
		q.broadcast()
		q.mu.Unlock()
		if t.notice != nil {
			q.notice(*t.notice)
		} else {
			q.on(t.observed)
		}
		q.mu.Lock()
		q.told++
	}
	q.running = false
	q.broadcast()
}

func (q *queue) broadcast() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// wait returns, with mu held as before, when something has changed or done is
// closed.
func (q *queue) wait(done <-chan struct{}) {
	changed := q.changed
	q.mu.Unlock()
	select {
	case <-changed:
	case <-done:
	}
	q.mu.Lock()
}

// drain waits until everything was told, as long as something is told now and
// then.
func (q *queue) drain(stuck time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.running {
		before := q.told
		late := make(chan struct{})
		timer := time.AfterFunc(stuck, func() { close(late) })
		q.wait(late)
		if !timer.Stop() && q.told == before && q.running {
			return
		}
	}
}

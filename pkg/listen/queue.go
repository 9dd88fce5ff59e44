package listen

import (
	"context"
	"sync"
	"sync/atomic"
)

// maxBehind is how many observations may wait for [Options.On] before answers
// wait for it too.
const maxBehind = 1 << 10

// queue calls functions for observations and notices in the order of their
// tickets, one at a time and outside of the goroutines that made them.
type queue struct {
	on     func(Observed)
	notice func(Notice)
	idle   func()
	told   atomic.Uint64 // how many were told

	mu      sync.Mutex
	tickets []*ticket     // in order, those that were told already taken out
	taken   uint64        // how many were taken out of them
	running bool          // somebody is calling on or notice, or waits to do so
	lasting bool          // run waits for more instead of ending
	parked  bool          // it does so now
	more    chan struct{} // wakes it
	waiting int           // how many wait for a change
	changed chan struct{}
}

// maxBurst is how many are told before it is looked again for what has come.
const maxBurst = 64

// ticket is the place of one observation.
type ticket struct {
	ready    bool
	observed Observed
	notice   *Notice // nil: it is an observation
}

func newQueue(o Options) *queue {
	q := &queue{on: o.On, notice: o.Notice, idle: o.Idle, more: make(chan struct{}, 1), changed: make(chan struct{})}
	if q.on == nil {
		q.on = func(Observed) {}
	}
	if q.idle == nil {
		q.idle = func() {}
	}
	return q
}

// last says whether the goroutine that tells waits for more when it has told all.
// One that ends has to be made anew with its stack for nearly every observation.
func (q *queue) last(on bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.lasting = on
	q.wake()
}

// wake makes sure that somebody tells what is ready.
func (q *queue) wake() {
	switch ready := len(q.tickets) > 0 && q.tickets[0].ready; {
	case q.parked && (ready || !q.lasting):
		q.parked = false
		q.more <- struct{}{}
	case !q.running && ready:
		q.running = true
		go q.run()
	}
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
	q.wake()
	for q.behind() > maxBehind && ctx.Err() == nil {
		q.wait(ctx.Done())
	}
	q.mu.Unlock()
}

// behind is how many have a place and were not told.
func (q *queue) behind() int { return len(q.tickets) + int(q.taken-q.told.Load()) }

// run tells what is ready and in turn.
func (q *queue) run() {
	var burst [maxBurst]*ticket
	q.mu.Lock()
	defer q.mu.Unlock()
	for {
		n := q.take(burst[:])
		if n == 0 && !q.park() {
			break
		}
		q.mu.Unlock()
		for i, t := range burst[:n] {
			if t.notice != nil {
				q.notice(*t.notice)
			} else {
				q.on(t.observed)
			}
			burst[i] = nil
			q.told.Add(1)
		}
		q.mu.Lock()
	}
	q.running = false
	q.broadcast()
}

// take moves the first tickets that are ready to a burst, and returns how many
// they are.
func (q *queue) take(burst []*ticket) (n int) {
	for n < min(len(burst), len(q.tickets)) && q.tickets[n].ready {
		burst[n] = q.tickets[n]
		q.tickets[n] = nil
		n++
	}
	q.tickets = q.tickets[n:]
	q.taken += uint64(n)
	q.broadcast()
	return n
}

// park waits until there is more to tell, with mu held before and after. It
// returns false when nothing more is waited for.
func (q *queue) park() bool {
	q.mu.Unlock()
	q.idle()
	q.mu.Lock()
	if len(q.tickets) > 0 && q.tickets[0].ready {
		return true
	}
	if !q.lasting {
		return false
	}
	q.parked = true
	q.broadcast()
	q.mu.Unlock()
	<-q.more
	q.mu.Lock()
	return true
}

func (q *queue) broadcast() {
	if q.waiting > 0 {
		close(q.changed)
		q.changed = make(chan struct{})
	}
}

// wait returns, with mu held as before, when something has changed or done is
// closed.
func (q *queue) wait(done <-chan struct{}) {
	changed := q.changed
	q.waiting++
	q.mu.Unlock()
	select {
	case <-changed:
	case <-done:
	}
	q.mu.Lock()
	q.waiting--
}

// drain waits until everything was told, or abandon is closed.
func (q *queue) drain(abandon <-chan struct{}) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for q.running && !isClosed(abandon) {
		q.wait(abandon)
	}
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

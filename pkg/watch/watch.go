package watch

import (
	"context"
	"errors"
	"sync"
	"time"
)

// Watcher asks the API for new events. Make it with [New] and run it once.
type Watcher struct {
	o    Options
	pace *pace

	began   time.Time
	ready   bool // the first sweep is over
	trouble trouble
	told    time.Duration // the interval that Stretched told of

	arrived chan struct{} // holds one when something waits
	left    chan struct{} // holds one when something was delivered

	mu        sync.Mutex // of what follows, and of the file
	memory    *memory
	delivered int // events that count
}

// New makes a watcher. The error is an [*OptionError].
func New(o Options) (*Watcher, error) {
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	w := &Watcher{
		o: o, pace: newPace(o), memory: newMemory(),
		arrived: make(chan struct{}, 1), left: make(chan struct{}, 1),
	}
	if o.State != nil {
		w.memory = o.State.memory
		for _, f := range w.memory.waiting {
			f.counts = o.Counts(f)
		}
	}
	return w, nil
}

// errEnough ends a watch that has handed on as many events as it should.
var errEnough = errors.New("that is all")

// Run watches until ctx is done, the limit is reached, or something fails that
// does not pass by itself: a first sweep without any answer, Options.Take,
// Options.Deliver, or the writing of the state. Only then there is an error. What
// waits when ctx is done is delivered as far as Grace allows, see
// [Watcher.Waiting].
func (w *Watcher) Run(ctx context.Context) error {
	w.began = time.Now()
	polling, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	more, err := w.beat(polling)
	if err != nil || !more && w.Waiting() == 0 {
		return ended(err)
	}
	w.o.Notice(Notice{Kind: Ready, Interval: w.interval()})

	last, cut := context.WithCancelCause(context.WithoutCancel(ctx))
	defer cut(nil)
	defer context.AfterFunc(ctx, func() {
		time.AfterFunc(Grace, func() { cut(context.Cause(ctx)) })
	})()
	asked := make(chan struct{})
	delivered := make(chan error, 1)
	go func() {
		err := w.deliver(last, asked)
		stop(errEnough)
		delivered <- err
	}()
	if more {
		err = w.poll(polling)
	}
	close(asked)
	return errors.Join(ended(err), <-delivered)
}

// ended takes out the errors that are none.
func ended(err error) error {
	if errors.Is(err, errEnough) {
		return nil
	}
	return err
}

// Waiting returns how many events were found and not delivered. With a state,
// the next run delivers them.
func (w *Watcher) Waiting() int {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.memory.waiting)
}

// poll asks again and again. The first beat is over.
func (w *Watcher) poll(ctx context.Context) error {
	for {
		if !sleep(ctx, w.pause()) || !w.room(ctx) {
			return nil
		}
		if more, err := w.beat(ctx); !more || err != nil {
			return err
		}
	}
}

// sleep returns false when ctx ended it.
func sleep(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// interval is that in which all types are asked for once.
func (w *Watcher) interval() time.Duration { return w.pace.allowed(w.o.API.Limit()) }

// pause returns the time to the next beat. It tells of an interval that is not
// the one that was asked for.
func (w *Watcher) pause() time.Duration {
	interval := w.interval()
	if interval > w.o.Interval && interval != w.told {
		w.told = interval
		w.o.Notice(Notice{Kind: Stretched, Interval: interval})
	}
	if w.trouble.deaf {
		return w.pace.failed(interval, w.trouble.longest())
	}
	wait := w.pace.next(time.Now(), interval) - time.Since(w.trouble.asked)
	return max(wait, min(interval, time.Second)/10)
}

// room waits until there is room for further events.
func (w *Watcher) room(ctx context.Context) bool {
	told := false
	for w.full() {
		if !told {
			told = true
			w.o.Notice(Notice{Kind: Full})
		}
		select {
		case <-w.left:
		case <-ctx.Done():
			return false
		}
	}
	if told {
		w.o.Notice(Notice{Kind: Asking})
	}
	return true
}

func (w *Watcher) full() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return len(w.memory.waiting) >= MaxWaiting || w.memory.bytes() >= MaxWaitingBytes
}

// beat asks once for the types that are due and takes what is new. more is false
// when nothing more is to be asked for.
func (w *Watcher) beat(ctx context.Context) (more bool, err error) {
	s := w.ask(ctx)
	if isOver(ctx) {
		return false, nil
	}
	if !w.ready && !s.heard {
		return false, s.worst
	}
	if !s.heard {
		s.failed = len(w.o.Types) // the others were not asked, since they would fare no better
	}
	w.trouble.see(s, w.pace.beat == 0, w.o.Notice)
	if err := w.take(s); err != nil {
		return false, err
	}
	w.ready = true
	return !w.enough(), nil
}

// ask asks for the types that are due. As long as nobody answers, one question is
// enough to find out.
func (w *Watcher) ask(ctx context.Context) *sweep {
	w.trouble.asked = time.Now()
	due := w.pace.due()
	if !w.trouble.deaf || len(due) == 1 {
		return ask(ctx, w.o.API, due)
	}
	s := ask(ctx, w.o.API, due[:1])
	if s.heard {
		s.and(ask(ctx, w.o.API, due[1:]))
	}
	return s
}

// take remembers what a sweep has found, and queues what is new.
func (w *Watcher) take(s *sweep) error {
	w.mu.Lock()
	for _, r := range s.replies {
		if r.err == nil && r.answer == nil {
			w.memory.none(r.kind)
		}
	}
	w.mu.Unlock()
	for _, f := range s.inOrder() {
		if !w.look(f) {
			continue
		}
		w.pace.moved[f.Kind] = time.Now()
		err := w.accept(f)
		if errors.Is(err, errEnough) {
			break // what is left out is not remembered
		}
		if err != nil {
			return err
		}
	}
	return w.save()
}

// look reports whether an event is to be handed on. What is there when a type is
// answered for the first time is only remembered, but for what happened while
// its questions failed.
func (w *Watcher) look(f *found) (isNew bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.memory.has(f.Kind, f.sum):
		return false
	case w.memory.knows(f.Kind), w.o.IncludeLast, w.ready && f.at.After(w.began):
		return true
	}
	w.memory.add(f.Kind, f.sum)
	return false
}

// accept takes an event and queues it for delivery.
func (w *Watcher) accept(f *found) error {
	if w.enough() {
		return errEnough
	}
	f.counts = w.o.Counts(f.Found)
	if err := w.o.Take(f.Found); err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	seen := w.memory.seen[f.Kind.Slug]
	w.memory.add(f.Kind, f.sum)
	w.memory.waiting = append(w.memory.waiting, f.Found)
	if err := w.write(); err != nil {
		w.memory.seen[f.Kind.Slug] = seen
		w.memory.waiting = w.memory.waiting[:len(w.memory.waiting)-1]
		return err
	}
	signal(w.arrived)
	return nil
}

// enough reports whether as many events were found as are to be handed on.
func (w *Watcher) enough() bool {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.o.Limit > 0 && w.delivered+w.memory.counted() >= w.o.Limit
}

func (w *Watcher) save() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.write()
}

// write is save for those who hold mu.
func (w *Watcher) write() error {
	if w.o.State == nil {
		return nil
	}
	return w.o.State.save(w.memory)
}

// deliver hands on what waits, one event after the other, until nothing waits
// and asked is closed, the limit is reached, or ctx is done.
func (w *Watcher) deliver(ctx context.Context, asked <-chan struct{}) error {
	for {
		f := w.first()
		if f == nil {
			select {
			case <-w.arrived:
				continue
			case <-asked:
				if w.Waiting() == 0 {
					return nil
				}
				continue
			}
		}
		if isOver(ctx) {
			return nil
		}
		err := w.o.Deliver(ctx, f)
		if err == nil {
			err = w.done(f)
		} else if isOver(ctx) {
			err = nil
		}
		if err != nil || isOver(ctx) {
			return ended(err)
		}
	}
}

func isOver(ctx context.Context) bool { return ctx.Err() != nil }

func (w *Watcher) first() *Found {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.memory.waiting) == 0 {
		return nil
	}
	return w.memory.waiting[0]
}

// done takes a delivered event out of those that wait. The error is errEnough
// when it was the last.
func (w *Watcher) done(f *Found) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.memory.waiting[0] = nil
	w.memory.waiting = w.memory.waiting[1:]
	if f.counts {
		w.delivered++
	}
	signal(w.left)
	if err := w.write(); err != nil {
		return err
	}
	if w.o.Limit > 0 && w.delivered >= w.o.Limit {
		return errEnough
	}
	return nil
}

// signal fills a channel that holds one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}

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
	held      int // waiting events, at the end, that others may still come before
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
		w.held = len(w.memory.waiting)
		for _, f := range w.memory.waiting {
			f.counts = o.Counts(f)
		}
	}
	return w, nil
}

// errEnough ends a watch that has handed on as many events as it should.
var errEnough = errors.New("that is all")

// Run watches until ctx is done, the limit is reached, or something fails that
// does not pass by itself: a first sweep without any answer, Options.Deliver, or
// the writing of the state. Only then there is an error. What waits when ctx is
// done is delivered as far as Grace allows, see [Watcher.Waiting].
func (w *Watcher) Run(ctx context.Context) error {
	w.began = time.Now()
	polling, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	asking, hurry := linger(polling, askGrace)
	defer hurry()
	first := polling
	if w.o.State != nil {
		first = asking
	}
	more, err := w.beat(polling, first)
	if err != nil || !more && w.Waiting() == 0 {
		return ended(err)
	}
	w.o.Notice(Notice{Kind: Ready, Interval: w.interval()})

	last, cut := linger(ctx, Grace)
	defer cut()
	asked := make(chan struct{})
	delivered := make(chan error, 1)
	go func() {
		err := w.deliver(last, asked)
		stop(errEnough)
		delivered <- err
	}()
	if more {
		if err = w.poll(polling, asking); err == nil {
			err = w.settle(asking)
		}
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
func (w *Watcher) poll(ctx, asking context.Context) error {
	for {
		if !sleep(ctx, w.pause()) || !w.room(ctx) {
			return nil
		}
		if more, err := w.beat(ctx, asking); !more || err != nil {
			return err
		}
	}
}

// linger returns a context that ends a while after ctx, or at once when there is
// nothing more to wait for.
func linger(ctx context.Context, d time.Duration) (later context.Context, cut func()) {
	later, end := context.WithCancelCause(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		cause := context.Cause(ctx)
		if errors.Is(cause, errEnough) {
			end(cause)
			return
		}
		time.AfterFunc(d, func() { end(cause) })
	})
	return later, func() { stop(); end(nil) }
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
			w.release() // nothing else makes room
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
//
// What was asked when ctx ends may still be answered, until asking does: an event
// that the API has served already might be gone when somebody asks again.
func (w *Watcher) beat(ctx, asking context.Context) (more bool, err error) {
	s := w.ask(asking)
	if isOver(ctx) {
		return false, w.take(s)
	}
	if !w.ready && !s.heard {
		return false, s.worst
	}
	if !s.heard {
		s.failed = len(w.o.Types) // the others were not asked, since they would fare no better
	}
	w.trouble.see(s, s.all, w.o.Notice)
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
	now := due
	if w.trouble.deaf {
		now = due[:1]
	}
	s := ask(ctx, w.o.API, now)
	if s.heard && len(now) < len(due) {
		s.and(ask(ctx, w.o.API, due[1:]))
	}
	s.all = len(due) == len(w.o.Types)
	return s
}

// settle is for the end, when no further beat comes: what is held goes out once
// the types that the last beat left out were asked for.
func (w *Watcher) settle(ctx context.Context) error {
	w.mu.Lock()
	held := w.held
	w.mu.Unlock()
	if held == 0 {
		return nil
	}
	s := ask(ctx, w.o.API, w.pace.others())
	s.all = true
	return w.take(s)
}

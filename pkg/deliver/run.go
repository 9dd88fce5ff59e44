package deliver

import (
	"context"
	"iter"
	"sync"

	"golang.org/x/time/rate"

	"github.com/konhook/konhook/pkg/event"
)

// RunOptions are the settings of [Sender.Run].
type RunOptions struct {
	// Concurrency is how many events are under way at a time. 0 and 1: one after
	// the other, strictly in order.
	Concurrency int
	// Rate is how many requests a second are sent at most, retries included.
	// 0: as many as there can be.
	Rate float64
	// Target returns what is to be sent for an event. It is called by several
	// goroutines at a time.
	Target func(*event.Event) Request
	// Ready says that the next event need not be waited for, as those of a file. It
	// is then taken while the answer to the one before it is on its way, which is
	// told of when the next one has been sent. With a Rate it means nothing.
	Ready bool
	// Slow is called, where events are Ready and one is under way at a time, before
	// the run waits for what does not come at once, an answer or the time of a retry:
	// what was put off until then should be done. nil: nothing was.
	Slow func()
	// GaveUp is told the last result of each event that was not delivered, also of one
	// that was waiting to be tried again when the run ended. It is never called by two
	// goroutines at a time, nor while each is. nil: nobody is.
	GaveUp func(Result)
	// FailFast ends the run after the first event that was not delivered.
	FailFast bool
}

// Run sends a stream of events, each until it is delivered or its retries are
// used up, and holds no more of them than are under way, or will be next. Each
// attempt is told to each, which may be nil and is never called by two goroutines at
// a time.
//
// The run ends with the stream, with the first error of the stream or the first
// [*ShortageError] of an attempt, which is returned after what was under way has been
// sent, or at once when ctx is done: then the error is its cause. Deliveries that fail
// are no error. The summary is of all that was sent, whatever ended the run.
func (s *Sender) Run(
	ctx context.Context, events iter.Seq2[*event.Event, error], o RunOptions, each func(Result),
) (Summary, error) {
	feeding, stop := context.WithCancel(ctx)
	defer stop()
	o.Ready = o.Ready && o.Rate <= 0
	r := &run{s: s, o: o, each: each, feeding: feeding, stop: stop, limit: gate(o.Rate), source: newSource(events)}
	var workers sync.WaitGroup
	for range max(1, o.Concurrency) {
		workers.Go(func() {
			defer r.caught()
			w := newWorker(r)
			defer w.release(&s.pool)
			w.work(ctx)
		})
	}
	workers.Wait()
	s.pool.forget(ctx)
	err := r.source.end()
	if err == nil && r.short != nil {
		err = r.short
	}
	if r.panicked != nil {
		panic(r.panicked)
	}
	if ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return r.total.summary(), err
}

// source hands out events to whoever asks first. That costs no switch to another
// goroutine, of which there would be one for each event.
type source struct {
	mu   sync.Mutex
	pull func() (*event.Event, error, bool)
	stop func()
	n    int // events so far
	err  error
}

func newSource(events iter.Seq2[*event.Event, error]) *source {
	s := &source{}
	s.pull, s.stop = iter.Pull2(events)
	return s
}

// next returns the next event and its number, or nil when there is none, when one
// was an error, or when ctx is done.
func (s *source) next(ctx context.Context) (*event.Event, int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || ctx.Err() != nil {
		return nil, 0
	}
	e, err, ok := s.pull()
	if !ok || err != nil {
		s.err = err
		return nil, 0
	}
	if ctx.Err() != nil { // it may have taken long
		return nil, 0
	}
	s.n++
	return e, s.n
}

// end ends the stream and returns its error.
func (s *source) end() error {
	s.stop()
	return s.err
}

// gate returns what makes requests wait for their turn, nil without a limit.
func gate(perSecond float64) func(context.Context) error {
	if perSecond <= 0 {
		return nil
	}
	limiter := rate.NewLimiter(rate.Limit(perSecond), 1)
	return func(ctx context.Context) error {
		r := limiter.Reserve() // Wait would not even begin where ctx ends before its turn
		sleep(ctx, r.Delay())
		if ctx.Err() != nil {
			r.Cancel()
		}
		return context.Cause(ctx)
	}
}

// run is one call of Run.
type run struct {
	s       *Sender
	o       RunOptions
	limit   func(context.Context) error
	feeding context.Context
	stop    context.CancelFunc
	source  *source

	mu    sync.Mutex // guards what follows, and calls of each
	each  func(Result)
	total tally
	short error // the first of this machine

	panicked any
}

// caught ends the run after a panic, such as one of Target or each. Run throws
// it again in the goroutine of its caller, who may want to catch it.
func (r *run) caught() {
	v := recover()
	if v == nil {
		return
	}
	r.stop()
	r.mu.Lock()
	defer r.mu.Unlock()
	r.panicked = v
}

// turns returns the gate for the requests of one event. Until its first request an
// event stops waiting when the run stops; once begun, it waits its turn to the end.
func (r *run) turns() func(context.Context) error {
	if r.limit == nil {
		return nil
	}
	begun := false
	return func(ctx context.Context) error {
		if begun {
			return r.limit(ctx)
		}
		begun = true
		return r.limit(r.feeding)
	}
}

// gaveUp counts an event that was not delivered, by its last attempt.
func (r *run) gaveUp(last Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if last.went {
		r.total.gaveUp(last)
	}
	if r.o.GaveUp != nil {
		r.o.GaveUp(last)
	}
	if r.o.FailFast {
		r.stop()
	}
}

// tell counts an attempt and tells of it.
func (r *run) tell(result Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !isShortage(result.Err) {
		r.total.attempted(result)
	} else if r.short == nil {
		r.short = result.Err
		r.stop()
	}
	if r.each != nil {
		r.each(result)
	}
}

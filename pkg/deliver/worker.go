package deliver

import (
	"context"

	"github.com/konhook/konhook/pkg/internal/http1"
)

// worker sends events of a run one after the other.
//
// One that is alone does what it can while it waits for an answer: it tells of the
// one before, and makes the next request ready. So there is next to nothing
// between an answer and the request that follows it, and the receiver does not go
// to sleep in between.
type worker struct {
	lane
	*run
	tells func(Result) // w.attempted

	jobs  [2]job           // the one under way and the next one, by turns
	texts [2]http1.Request // what they send, where it is made ahead
	turn  int
	next  *job   // taken ahead; nil: none
	done  Result // that is to be told yet
	owes  bool   // it is
}

func newWorker(r *run) *worker {
	w := &worker{run: r}
	w.lasting, w.alone, w.ready = true, r.o.Concurrency <= 1, r.o.Ready
	w.hasty = w.alone && mayHaste()
	if w.alone && w.ready {
		w.meanwhile, w.early, w.slow = w.ahead, w.settle, r.o.Slow
	}
	w.tells = w.attempted
	return w
}

// work sends all that the source has.
func (w *worker) work(ctx context.Context) {
	for j := w.take(); j != nil; j = w.take() {
		w.prove(&w.s.pool)
		last := w.s.send(ctx, &w.lane, j)
		if last.Attempt > 0 && !last.OK { // without an attempt the run ended before its turn
			w.gaveUp(last)
		}
	}
	w.settle()
}

// take returns what is to be sent next, nil when there is nothing.
func (w *worker) take() *job {
	j := w.next
	if w.next = nil; j != nil && w.feeding.Err() == nil {
		return j
	}
	return w.fetch()
}

// fetch takes an event from the source, nil when there is none.
func (w *worker) fetch() *job {
	e, number := w.source.next(w.feeding)
	if e == nil {
		return nil
	}
	w.turn = 1 - w.turn
	j := &w.jobs[w.turn]
	*j = job{req: w.o.Target(e), gate: w.turns(), each: w.tells}
	j.unsent = Unsent(e, j.req)
	j.unsent.Number = number
	return j
}

// ahead does, while an answer is on its way, what has to be done anyway.
func (w *worker) ahead() {
	w.settle()
	if w.next != nil { // this is a further attempt
		return
	}
	if w.next = w.fetch(); w.next == nil || w.next.req.Sign != nil {
		return // what is signed says when
	}
	out, err := w.s.prepare(w.next.req, w.s.o.Now())
	if err != nil || out.to.through {
		return // which is seen again when it is sent
	}
	out.text, out.lasts = w.s.write(&w.texts[w.turn], out)
	w.next.first = out
}

// attempted notes what came of an attempt. Where there is time while the next answer
// is awaited, a success is told then; a failure is told at once.
func (w *worker) attempted(result Result) {
	w.settle()
	if w.meanwhile != nil && result.OK {
		w.done, w.owes = result, true
		return
	}
	w.tell(result)
}

// settle tells what is to be told yet.
func (w *worker) settle() {
	if w.owes {
		w.owes = false
		w.tell(w.done)
	}
}

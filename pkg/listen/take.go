package listen

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// ErrStopped is the error of [Receiver.Take] for a delivery that was not taken
// because nothing more is.
var ErrStopped = errors.New("nothing more is taken")

const (
	// firstPause and longestPause are those between two tries to forward what
	// Take was given; they double in between.
	firstPause   = 500 * time.Millisecond
	longestPause = 15 * time.Second
)

// Take takes a delivery that has come in another way than over HTTP: it is
// checked, forwarded, stored and told to [Options.On] as one that was received.
// Nobody waits for an answer: its Status is that of the receiver behind, 422 when
// it was refused as invalid, and 0 otherwise. It is not verified, and held against
// no limit.
//
// Since nobody would send it again, a receiver that does not answer is tried again
// until stopping is closed; a try that has begun may go on until ctx is done. The
// error says that the delivery was not taken: a [*SaveError], or ErrStopped, which
// it also is after [Receiver.Close].
func (r *Receiver) Take(ctx context.Context, stopping <-chan struct{}, d *event.Delivery) error {
	if !r.begin() {
		return ErrStopped
	}
	defer r.work.Done()
	taken := *d
	x := &exchange{r: r, began: r.o.Now(), headers: d.Headers, serving: &serving{work: ctx, stopping: stopping}}
	x.Delivery, x.Event = &taken, event.New(d.Body)
	taken.Type = x.Event.Type
	x.check()
	if err := x.settle(); err != nil {
		return err
	}
	x.Counted = taken.Refused == "" && (r.o.Counts == nil || r.o.Counts(x.Event))
	stored := r.reserve(x)
	if stored == nil {
		x.refuseQuietly(full())
		return nil
	}
	err := stored()
	if err != nil {
		x.unsaved(err)
		err = x.Err
	}
	x.tell()
	return err
}

// settle refuses or forwards.
func (x *exchange) settle() error {
	target := x.r.targets.of(x.Event.Type)
	switch {
	case x.r.o.RejectInvalid && x.Verdict != nil && !x.Verdict.Valid():
		x.Status, x.Delivery.Refused = http.StatusUnprocessableEntity, event.RefusedInvalid
		return nil
	case target == nil:
		return nil
	}
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		x.passOn(target)
		if _, failed := errors.AsType[*ForwardError](x.Err); !failed {
			return nil
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
			x.Err = nil
		case <-x.serving.stopping:
			timer.Stop()
			return ErrStopped
		}
	}
}

// refuseQuietly tells of a delivery that was not taken, to which nobody waits for
// an answer.
func (x *exchange) refuseQuietly(no *refusal) {
	x.Status, x.Refused = no.status, no.reason
	x.Event, x.Verdict, x.Err, x.Counted = nil, nil, nil, false
	x.tell()
}

// Close ends a receiver that was given to by Take and does not [Receiver.Serve]: it
// returns when everything was told to [Options.On], or [Options.Abandon] is closed.
func (r *Receiver) Close() {
	r.end()
	r.queue.drain(r.o.Abandon)
	r.targets.close()
}

package deliver

import (
	"context"
	"iter"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// Paced returns events with the gaps between them that they had when they were
// captured, speed times as fast: 1 keeps the gaps, 2 halves them. An event waits
// until its time has come, counted from the first of them, so that a slow
// receiver does not make the whole longer than it was; what comes late, what has
// an earlier time than those before it and what is no capture waits for nothing.
//
// The waiting ends when ctx is done, and with it the events.
func Paced(ctx context.Context, events iter.Seq2[*event.Event, error], speed float64) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		var begin, first time.Time
		for e, err := range events {
			if err == nil && e.Delivery != nil && !e.Delivery.At.IsZero() {
				if first.IsZero() {
					begin, first = time.Now(), e.Delivery.At
				}
				sleep(ctx, time.Until(begin.Add(scaled(e.Delivery.At.Sub(first), speed))))
			}
			if ctx.Err() != nil || !yield(e, err) {
				return
			}
		}
	}
}

// scaled is a gap at a speed, bounded to what a clock can count.
func scaled(gap time.Duration, speed float64) time.Duration {
	const most = 100 * 365 * 24 * time.Hour
	if d := float64(gap) / speed; d < float64(most) {
		return time.Duration(d)
	}
	return most
}

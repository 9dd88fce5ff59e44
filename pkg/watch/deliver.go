package watch

import "context"

// deliver hands on what waits, one event after the other, until none does that may
// go and asked is closed, the limit is reached, or ctx is done.
func (w *Watcher) deliver(ctx context.Context, asked <-chan struct{}) error {
	for {
		f := w.first()
		if f == nil {
			select {
			case <-w.arrived:
				continue
			case <-asked:
				if w.first() == nil {
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

// first is the next event that may be delivered, nil when there is none.
func (w *Watcher) first() *Found {
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.memory.waiting) == w.held {
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

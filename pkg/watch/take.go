package watch

import (
	"errors"
	"slices"
	"time"
)

// take remembers what a sweep has found, and queues what is new. It is handed on
// when all types were asked for: an earlier one of another type comes first.
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
	if s.all {
		w.release()
	}
	return w.save()
}

// release lets what is held be delivered, in the order in which it happened.
func (w *Watcher) release() {
	w.mu.Lock()
	defer w.mu.Unlock()
	all := w.memory.waiting
	slices.SortStableFunc(all[len(all)-w.held:], (*Found).compare)
	w.held = 0
	signal(w.arrived)
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
	case w.memory.knows(f.Kind), w.o.IncludeLast, w.ready && f.at().After(w.began):
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
	w.held++
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

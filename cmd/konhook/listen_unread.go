package main

import (
	"context"
	"errors"
	"sync/atomic"
	"time"
)

// maxUnread is how long whoever reads what is shown may take for one piece of it,
// once a signal has asked to end. Without a signal it is waited for as long as it
// takes.
const maxUnread = 10 * time.Second

// shower watches over what is shown when somebody may not read it.
type shower struct {
	steps   atomic.Int64 // odd while something is shown
	abandon chan struct{}
}

func newShower() *shower { return &shower{abandon: make(chan struct{})} }

// step runs what shows something.
func (s *shower) step(show func()) {
	s.steps.Add(1)
	defer s.steps.Add(1)
	show()
}

// watch gives up, once ctx has ended, when a step does not end. The function that it
// returns ends that, and reports whether it has given up.
func (s *shower) watch(ctx context.Context) (end func() (gaveUp bool)) {
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		select {
		case <-ctx.Done():
			s.wait(over)
		case <-over:
		}
	}()
	return func() bool {
		close(over)
		<-ended
		select {
		case <-s.abandon:
			return true
		default:
			return false
		}
	}
}

// wait returns when it is over, or has given up.
func (s *shower) wait(over <-chan struct{}) {
	tick := time.NewTicker(maxUnread)
	defer tick.Stop()
	for before := int64(-1); ; {
		now := s.steps.Load()
		if now == before && now%2 == 1 {
			close(s.abandon)
			return
		}
		before = now
		select {
		case <-tick.C:
		case <-over:
			return
		}
	}
}

// unread is the error of what was given up.
func (s *listening) unread() error {
	err := codeError(exitMachine, "stdout", errors.New("not all that came was shown: nobody reads it"))
	if s.keep.wanted() {
		return err
	}
	return hinted(err, "--save FILE, to have it all the same")
}

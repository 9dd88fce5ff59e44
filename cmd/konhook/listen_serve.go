package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/konhook/konhook/pkg/listen"
)

// Why a listener ends that nobody has stopped.
var (
	errEnough = errors.New("all has come that was asked for")
	errOver   = errors.New("the time is over")
	errEnded  = errors.New("the command has ended")
)

// afterCommand is how long a listener waits, once its command has ended, for
// what has not come yet, when nobody says how long.
const afterCommand = 2 * time.Second

// serve takes deliveries until there is nothing left to do.
func (s *listening) serve(ctx context.Context, receiver *listen.Receiver, l net.Listener) error {
	serving := ctx
	if s.command != nil {
		// Until the command has ended it needs its answers.
		serving = context.WithoutCancel(ctx)
	}
	serving, s.stop = context.WithCancelCause(serving)
	defer s.stop(nil)
	s.look()
	defer s.takeKeys(serving)()
	s.ready(l.Addr())
	attending, leave := context.WithCancel(ctx)
	defer leave()
	attended := make(chan struct{})
	go func() {
		defer close(attended)
		defer s.mend()
		s.attend(attending)
	}()
	gaveUp := s.shower.watch(ctx)
	err := receiver.Serve(serving, l)
	isUnread := gaveUp()
	leave()
	<-attended
	s.over = errors.Is(context.Cause(serving), errOver)
	switch {
	case err != nil:
		return codeError(exitMachine, "serve", err)
	case isUnread:
		return s.unread()
	}
	return nil
}

// mend is deferred where a bug must not end the program at once.
func (s *listening) mend() {
	if v := recover(); v != nil {
		s.a.panicked(v)
		s.stop(nil)
	}
}

// attend stops the listener when its time is over, or its command has ended.
func (s *listening) attend(ctx context.Context) {
	patience, limited := s.o.period, s.o.period > 0
	if s.command != nil {
		s.failed = s.command.run(ctx, "KONHOOK_URL="+s.url, "KONHOOK_PORT="+s.port)
		if s.failed != nil || s.command.code != exitOK {
			s.stop(errEnded)
			return
		}
		limited = true
		if !s.o.periodGiven {
			patience = afterCommand
		}
	}
	var over <-chan time.Time
	if limited {
		timer := time.NewTimer(patience)
		defer timer.Stop()
		over = timer.C
	}
	select {
	case <-s.came:
		s.stop(errEnough)
	case <-over:
		s.stop(errOver)
	case <-s.readerLeft():
		s.stop(errStdoutClosed)
	case <-ctx.Done():
		s.stop(context.Cause(ctx))
	}
}

// readerLeft returns what is closed when nobody reads standard output any more and
// there is nothing else to do; nil when that does not matter.
func (s *listening) readerLeft() <-chan struct{} {
	if s.a.outClosed == nil || s.busy() {
		return nil
	}
	left := make(chan struct{})
	go func() {
		if s.a.outClosed() {
			close(left)
		}
	}()
	return left
}

// busy reports whether there is something to do but to show what comes.
func (s *listening) busy() bool { return s.keep.wanted() || s.forwards() || s.asserts() }

// asserts reports whether something is expected, or to be waited for.
func (s *listening) asserts() bool { return len(s.expected) > 0 || s.command != nil }

// limit is how many deliveries are taken. What waits for more than a number of
// deliveries takes more, and counts them.
func (s *listening) limit() int {
	if s.asserts() {
		return 0
	}
	return s.o.count
}

// expect takes note of a delivery, and of whether all has come now.
func (s *listening) expect(x listen.Observed) {
	if x.Counted {
		s.counted++
	}
	if x.Event != nil {
		s.expected.see(x.Event, x.Stored() && x.Delivery.Refused == "")
	}
	s.look()
}

// look tells the one who waits for it when all has come.
func (s *listening) look() {
	asked := s.o.count > 0 || len(s.expected) > 0 || s.command != nil
	if asked && s.counted >= s.o.count && len(s.expected.unmet()) == 0 {
		s.allCame()
	}
}

// outcome is how the command ends, when nothing went wrong with konhook itself:
// as the program behind -- did, else by what has come.
func (s *listening) outcome() error {
	a := s.a
	if s.failed != nil {
		a.tell(s.failed)
		return a.outcome(false)
	}
	a.tell(s.missing())
	if unmet := s.expected.unmet(); len(unmet) > 0 && a.format != "ndjson" {
		for _, line := range s.expected.table() {
			fmt.Fprintln(a.err, line)
		}
	}
	if s.command == nil || s.command.told() == nil {
		return a.outcome(false)
	}
	fmt.Fprintln(a.err, a.describe(classify(s.command.told())))
	if a.code == exitOK || a.code == exitNo {
		a.code = s.command.code
	}
	return a.outcome(false)
}

// missing is the error of what has not come, nil when nothing is missing.
func (s *listening) missing() error {
	unmet := s.expected.unmet()
	err := fmt.Errorf("%d of %d expectations not met", len(unmet), len(s.expected))
	switch {
	case len(unmet) > 0 && s.a.format == "ndjson":
		err = fmt.Errorf("%w: %s", err, unmet.line())
	case len(unmet) > 0:
	case s.over && s.counted < s.o.count:
		what := "deliveries"
		if s.polls {
			what = "events"
		}
		err = fmt.Errorf("%d of %d %s came within %s", s.counted, s.o.count, what, s.waited())
		return hinted(codeError(exitNo, "count", err), s.longer())
	default:
		return nil
	}
	return hinted(codeError(exitNo, "expect", err), s.longer())
}

// waited says for how long the listener has waited.
func (s *listening) waited() string {
	switch {
	case s.command == nil:
		return s.o.period.String()
	case s.o.periodGiven:
		return s.o.period.String() + " of the end of the command"
	default:
		return afterCommand.String() + " of the end of the command"
	}
}

// longer is the flag that helps when the listener has waited for its own time
// only.
func (s *listening) longer() string {
	if s.over && !s.o.periodGiven {
		return "--for 30s, to wait longer after the end of the command"
	}
	return ""
}

package main

import (
	"context"
	"errors"
	"iter"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
)

// errFailFast ends the reading once a delivery has failed.
var errFailFast = errors.New("a delivery has failed")

// replayRun is a replay while it sends.
type replayRun struct {
	*replay
	input  *replayInput
	report *replayProgress
	done   replayDone

	sending           context.Context
	stop, stopReading context.CancelCauseFunc

	unwritten error // of standard output
	short     error // this machine cannot send
}

// run sends everything and reports.
func (r *replay) run(ctx context.Context, input *replayInput) error {
	sending, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	reading, stopReading := context.WithCancelCause(sending)
	defer stopReading(nil)
	line := r.a.startProgress()
	defer line.stop()
	ready := input.isReady()
	out, hurry, flush := r.output(ready && r.concurrency <= 1 && r.perSecond == 0)
	defer func() { _ = flush() }() // where an error ends it early, which is the news then
	report := &replayProgress{
		replayReport: r.newReport(out), line: line, waiting: map[int]bool{},
		state: progressState{total: input.known(), unit: "events"},
	}
	n := &replayRun{replay: r, input: input, report: report, sending: sending, stop: stop, stopReading: stopReading}
	summary, err := r.sender.Run(sending, r.paced(reading, input), deliver.RunOptions{
		Concurrency: r.concurrency, Rate: r.perSecond, Target: r.request, FailFast: r.failFast,
		Ready: ready, Slow: hurry, GaveUp: n.gaveUp,
	}, n.result)
	if n.unwritten == nil {
		n.unwritten = report.end(summary)
	}
	if n.unwritten == nil {
		n.unwritten = flush()
	}
	return n.end(ctx, summary, err)
}

// result takes what came of an attempt, and ends the run where it has to.
func (n *replayRun) result(r deliver.Result) {
	n.done.add(n.sending, r, n.failFast)
	n.tell(r, n.report.result)
	switch {
	case n.short == nil && isShort(r.Err):
		n.short = shortError(r.Err, n.concurrency, len(n.targets))
		n.stopReading(n.short)
	case n.failFast && r.Final && !r.OK:
		n.stopReading(errFailFast)
	}
}

// gaveUp takes the last result of an event that was not delivered.
func (n *replayRun) gaveUp(last deliver.Result) { n.tell(last, n.report.gaveUp) }

// tell reports a result, and ends the run where standard output takes it no more.
func (n *replayRun) tell(r deliver.Result, report func(deliver.Result) error) {
	if n.unwritten == nil {
		if n.unwritten = report(r); n.unwritten != nil {
			n.stop(n.unwritten)
		}
	}
}

// end tells what the report does not. err is that of the run. With standard output
// closed there is nobody to tell it to, unless a person has interrupted it.
func (n *replayRun) end(ctx context.Context, s deliver.Summary, err error) error {
	code := n.a.outcome(n.done.failed > 0)
	interrupted := ctx.Err() != nil && err != nil
	if errors.Is(n.unwritten, errStdoutClosed) && !interrupted {
		return n.unwritten
	}
	early := err != nil || n.short != nil || n.failFast && s.Failed > 0
	if n.unwritten != nil && !interrupted && (!early || n.allDone()) {
		n.a.note("all was sent: only the report is not whole")
		return n.unwritten
	}
	n.tellEnd(n.input, s, &n.done, early)
	switch {
	case interrupted:
		return err
	case n.unwritten != nil:
		return n.unwritten
	case n.short != nil:
		return n.short
	case err == nil, errors.Is(err, errFailFast):
		return code
	}
	n.a.tell(withInvalidHint(err))
	return n.a.outcome(false)
}

// allDone reports whether nothing is left to go on with, as far as that is known.
func (n *replayRun) allDone() bool {
	total := n.input.total()
	return total > 0 && n.skip.with(n.done.numbers).upTo(total) == total
}

// paced are the events that are sent, with their captured gaps if so wanted.
func (r *replay) paced(ctx context.Context, input *replayInput) iter.Seq2[*event.Event, error] {
	events := input.events(ctx)
	if r.times == 0 {
		return events
	}
	return deliver.Paced(ctx, events, r.times)
}

// tellEnd tells what is to be known of a replay beside its summary.
func (r *replay) tellEnd(input *replayInput, s deliver.Summary, done *replayDone, early bool) {
	switch {
	case early && s.Sent == 0:
		r.a.note("nothing was sent")
	case early:
		r.tellResume(input, s, done)
	case s.Sent == 0 && len(r.skip) > 0 && input.passed > 0:
		r.a.warn("nothing to send: there are no more than %s, and --skip passes over %s", many(input.passed, "event", "events"), r.skip.passes())
	case s.Sent == 0:
		r.a.warn("nothing to send")
	case r.times > 0 && !input.captured:
		r.a.warn("--speed: there is no capture among these, and nothing else says when it came: sent without gaps")
	}
}

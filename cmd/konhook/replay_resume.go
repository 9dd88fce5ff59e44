package main

import (
	"context"
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/capture"
	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// replayDone knows what became of the events of a run.
type replayDone struct {
	// numbers are those of the run whose events are not sent again: they were
	// delivered, or have failed for good.
	numbers numbers
	ok      int
	failed  int // by the receiver
	// underWay is how many were sent and not answered when the run was interrupted.
	underWay int
}

// add notes a result. ctx is that of the run; failFast says that what failed is sent
// again when the replay goes on.
func (d *replayDone) add(ctx context.Context, r deliver.Result, failFast bool) {
	interrupted := ctx.Err() != nil
	slow := (*deliver.SlowError)(nil)
	switch {
	case r.OK:
		d.ok++
	case !r.Final || isShort(r.Err):
		return
	case interrupted && errors.Is(r.Err, context.Cause(ctx)):
		d.underWay++
		return
	case interrupted:
		return
	default:
		d.failed++
	}
	if !r.OK && failFast && !errors.As(r.Err, &slow) { // slow ones were delivered
		return
	}
	d.numbers.add(r.Number, r.Number)
}

// tellResume tells how far a replay came that ended early, and how it goes on. What
// the report counts as failed and is sent again is told as that, so that the numbers
// of both are the same.
func (r *replay) tellResume(input *replayInput, s deliver.Summary, done *replayDone) {
	skip := r.skip.with(done.numbers)
	total := input.total()
	skipped := r.skip.upTo(max(total, input.passed))
	n := done.numbers.upTo(math.MaxInt)
	again := s.Failed - (n - done.ok)
	var counts []string
	for _, c := range []struct {
		n    int
		what string
	}{{skipped, "skipped"}, {done.ok, "delivered"}, {n - done.ok, "failed"}, {total - skip.upTo(total), "to go"}} {
		if c.n > 0 {
			counts = append(counts, render.Count(c.n)+" "+c.what)
		}
	}
	of := ""
	if total > 0 {
		of = " of " + render.Count(total)
	}
	switch {
	case again > 0 && total > 0:
		counts[len(counts)-1] += ", " + render.Count(again) + " of them failed"
	case again > 0:
		counts = append(counts, render.Count(again)+" failed and to go")
	}
	if len(counts) > 0 {
		of += ": " + strings.Join(counts, ", ")
	}
	r.a.note("stopped after %s%s", many(n+skipped, "event", "events"), of)
	switch {
	case done.underWay == 1:
		r.a.note("  1 was under way: the receiver may have it, and it is sent again")
	case done.underWay > 1:
		r.a.note("  %s were under way: the receiver may have them, and they are sent again", render.Count(done.underWay))
	}
	if total == 0 || skip.upTo(total) < total {
		r.tellAgain(input, skip)
	}
}

// tellAgain tells how a replay goes on that skips what is done.
func (r *replay) tellAgain(input *replayInput, skip numbers) {
	for _, file := range input.files {
		if file.stream {
			add := ""
			if len(skip) > 0 {
				add = " and add --skip=" + skip.String()
			}
			r.a.note("  to go on, give it the same input again%s", add)
			return
		}
	}
	command, secrets := r.again(skip)
	r.a.note("  to go on: %s", command)
	if secrets {
		r.a.note("  where it has %s, put in what was left out: it may be secret", leftOut)
	}
}

// againFrom is the command that was given, but that it skips some events, and
// whether something was left out of it: what may be a secret is for the user to
// fill in.
func againFrom(cmd *cobra.Command, args []string, skip numbers) (command string, secrets bool) {
	var words, sources []string
	add := func(name, value string) {
		shown := withoutSecret(name, value)
		secrets = secrets || shown != value
		words = append(words, "--"+name+"="+shellWord(shown))
	}
	cmd.Flags().Visit(func(f *pflag.Flag) {
		list, isList := f.Value.(pflag.SliceValue)
		switch {
		case f.Name == "skip":
		case isList:
			for _, value := range list.GetSlice() {
				add(f.Name, value)
			}
		case f.Value.Type() == "bool" && f.Value.String() == "true":
			words = append(words, "--"+f.Name)
		default:
			add(f.Name, f.Value.String())
		}
	})
	if len(skip) > 0 {
		words = append(words, "--skip="+skip.String())
	}
	for _, arg := range args {
		sources = append(sources, shellWord(arg))
	}
	if slices.ContainsFunc(args, func(arg string) bool { return strings.HasPrefix(arg, "-") }) {
		words = append(append(words, "--"), sources...)
	} else {
		words = append(sources, words...)
	}
	return cmd.CommandPath() + " " + strings.Join(words, " "), secrets
}

// withoutSecret is the value of a flag with leftOut where a secret may be.
func withoutSecret(flag, value string) string {
	switch flag {
	case "header":
		name, text, _ := strings.Cut(value, ":")
		h := capture.Redact([]event.Header{{Name: strings.TrimSpace(name), Value: strings.TrimSpace(text)}})
		if h[0].Value == event.Redacted {
			return name + ": " + leftOut
		}
	case "to", "base-url":
		return urlWithoutSecret(value)
	case "route":
		events, to, _ := strings.Cut(value, "=")
		return events + "=" + urlWithoutSecret(to)
	}
	return value
}

package main

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/probe"
)

// probeOptions are the flags of probe as they are typed.
type probeOptions struct {
	cases       []string
	list        bool
	maxLatency  time.Duration
	sign        signatureOptions
	cacert      string
	insecure    bool
	allowRemote bool
	format      string
}

func newProbeCommand(a *app) *cobra.Command {
	var o probeOptions
	cmd := &cobra.Command{
		Use:   "probe URL",
		Short: "Try out whether a receiver is a good one",
		Long: "probe tries a receiver with what a sender may do to it: events of every type and in every form that\n" +
			"HTTP allows, broken ones, duplicates, many at once, forged signatures. It tells of each case what is\n" +
			"expected, what came instead and how to mend it. A case is a must or a should: a must that is not met\n" +
			"is a failure, a should a warning.\n\n" +
			"It sends about 220 requests, most of them with events that are invented: use a receiver with a\n" +
			"database that may be thrown away. Connections are made directly, through no proxy. --list tells what\n" +
			"is tried, with --case NAME in full; the broken events are those of konhook sample --invalid.",
		Example: "  konhook probe http://localhost:5000/webhook\n" +
			"  konhook probe http://localhost:5000/ --sign standard --secret-file secret\n" +
			"  konhook probe http://localhost:5000/ --case 'no-*,cut' -f junit\n" +
			"  konhook probe --list --case cut",
		RunE: func(cmd *cobra.Command, args []string) error { return runProbe(cmd.Context(), a, o, args) },
	}
	o.addFlags(cmd.Flags())
	completeCases(cmd)
	return exits(cmd, exitOK, exitNo, exitUsage, exitRemote, exitMachine)
}

func (o *probeOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringArrayVar(&o.cases, "case", nil, "try only these: the `NAME` of a case, a pattern or a list; may be repeated")
	fs.BoolVar(&o.list, "list", false, "list the cases and try none")
	fs.DurationVar(&o.maxLatency, "max-latency", probe.DefaultMaxLatency, "`DUR` that an answer to a sound event may take")
	o.sign.addFlags(fs, "sign", "sign what is sent, and try the receiver with bad signatures", "those of the receiver")
	fs.StringVar(&o.cacert, "cacert", "", "trust the certificates in `FILE` (PEM) besides the system's")
	fs.BoolVar(&o.insecure, "insecure", false, "take any certificate, of a receiver on this machine only")
	fs.BoolVar(&o.allowRemote, "allow-remote", false, "probe hosts other than this one")
	enumFlag(fs, &o.format, "format", "f", "text", []string{"text", "json", "junit"}, "how to report")
}

func runProbe(ctx context.Context, a *app, o probeOptions, args []string) error {
	cases, err := selectCases(o.cases)
	if err != nil {
		return err
	}
	if o.list {
		return a.listCases(cases, o, args)
	}
	options, err := o.parse(a, cases, args)
	if err != nil {
		return err
	}
	target, err := url.Parse(options.URL)
	if err != nil {
		return err
	}
	line := a.startProgress()
	defer line.stop()
	state := progressState{total: int64(len(cases)), unit: "cases"}
	report := newProbeReport(a, o.format, shownURL(target))
	summary, err := probe.Run(ctx, options, func(r probe.Result) error {
		state.done++
		line.set(state)
		return report.result(r)
	})
	line.stop()
	nobody, isUnreachable := errors.AsType[*deliver.UnreachableError](err)
	switch {
	case isUnreachable:
		return unreachable(target, nobody)
	case errors.Is(err, errStdoutClosed), err != nil && summary.Cases == 0:
		return err
	}
	if wrong := report.end(summary); wrong != nil {
		return wrong
	}
	if err != nil {
		return err
	}
	return a.outcome(summary.Failed > 0)
}

// parse understands the flags. Its errors are those of a wrong use, or of a file
// that cannot be read.
func (o probeOptions) parse(a *app, cases []probe.Case, args []string) (options probe.Options, err error) {
	target, err := o.parseTarget(args)
	if err != nil {
		return options, err
	}
	if o.maxLatency <= 0 {
		return options, usageError("--max-latency 2s", "--max-latency %s: must be more than nothing", o.maxLatency)
	}
	options = probe.Options{
		URL: target.String(), MaxLatency: o.maxLatency, Timeout: a.settings.Timeout, UserAgent: userAgent(),
	}
	for _, c := range cases {
		options.Cases = append(options.Cases, c.Name)
	}
	if o.sign.scheme == "" && !slices.ContainsFunc(cases, func(c probe.Case) bool { return !c.Signed }) {
		return options, usageError("--sign standard --secret-file FILE", "--case %s: nothing is signed without --sign", cases[0].Name)
	}
	if options.Sign, err = o.sign.load(a); err != nil {
		return options, err
	}
	options.TLS, err = clientTLS(a.running, o.cacert, o.insecure)
	return options, err
}

const probeHint = "konhook probe http://localhost:5000/webhook"

// parseTarget returns the URL of the receiver.
func (o probeOptions) parseTarget(args []string) (*url.URL, error) {
	switch len(args) {
	case 0:
		return nil, usageError(probeHint, "which receiver? its URL is missing")
	case 1:
	default:
		return nil, usageError(probeHint, "one receiver at a time: %q is the second", args[1])
	}
	return receiverRules{
		hint: probeHint, guess: "konhook probe ",
		remote: o.allowRemote, remoteHint: "--allow-remote, if you mean it and may",
		remoteWhy: "a probe sends requests that are meant to break things", insecure: o.insecure,
	}.parse(args[0])
}

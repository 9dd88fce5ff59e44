package main

import (
	"context"
	"crypto/tls"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/deliver"
)

// replayOptions are the flags of replay as they are typed.
type replayOptions struct {
	to           string
	last         []string
	events       []string
	headers      []string
	concurrency  int
	rate         string
	retries      int
	backoff      time.Duration
	set          []string
	now          bool
	speed        string
	skip         string
	routes       []string
	sign         signatureOptions
	expect       []string
	maxLatency   time.Duration
	cacert       string
	insecure     bool
	failFast     bool
	dryRun       bool
	allowRemote  bool
	allowInvalid bool
	format       string
}

func newReplayCommand(a *app) *cobra.Command {
	var o replayOptions
	cmd := &cobra.Command{
		Use:   "replay SOURCE... --to URL",
		Short: "POST events to an endpoint, bytes unchanged",
		Long: "replay sends the events of files, folders, globs or standard input (-) to a receiver, each as one\n" +
			"POST whose body is the very bytes that were read. Captures are sent with the headers they came with,\n" +
			"but for those of their connection, Host, Content-Length and redacted ones, and also when they were\n" +
			"refused then; plain payloads are sent as application/json. A 2xx is a success, a redirect is a failure\n" +
			"and not followed.\n\n" +
			"With --sign each attempt gets a fresh timestamp and signature, and the same id: the captured webhook-id,\n" +
			"or else a new one. --speed 1 keeps the gaps between captured deliveries, 2 halves them. A delivery that\n" +
			"took longer than --max-latency counts as failed, and is not sent again. --route sends events elsewhere;\n" +
			"without --to only those that have a route are sent. A replay that was stopped says how far it came and\n" +
			"with which --skip it goes on: --skip 9 is for the first 9, and --skip 9,11-40 for 11 to 40 besides.\n\n" +
			"Files are checked before anything is sent: one event that is broken or invalid, as it would be sent,\n" +
			"and nothing is. Standard input is checked event by event, up to the first such. What --last gets is\n" +
			"the vendor's own: what is wrong with it is a note.",
		Example: "  konhook replay week.ndjson --to http://localhost:5000/webhook\n" +
			"  konhook replay --last course.published --to http://localhost:5000/webhook\n" +
			"  konhook replay week.ndjson --event 'course.*' --to http://localhost:5000\n" +
			"  konhook replay week.ndjson --speed 60 --to http://localhost:5000/\n" +
			"  konhook sample --count 1000 | konhook replay -c 8 --to http://localhost:5000/",
		RunE: func(cmd *cobra.Command, args []string) error {
			again := func(skip numbers) (string, bool) { return againFrom(cmd, args, skip) }
			return runReplay(cmd.Context(), a, o, args, again)
		},
	}
	o.addFlags(cmd.Flags())
	for _, name := range []string{"last", "event"} {
		if err := cmd.RegisterFlagCompletionFunc(name, completeEvents); err != nil {
			panic(err) // the flag is there: it was added above
		}
	}
	return exits(cmd, exitOK, exitNo, exitUsage, exitNoEvent, exitKey, exitRemote, exitMachine)
}

func (o *replayOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.to, "to", "", "`URL` of the receiver")
	fs.StringArrayVar(&o.last, "last", nil, "send the last `EVENT` that the API has, besides or instead of files; may be repeated")
	fs.StringArrayVar(&o.events, "event", nil, "send only these: `EVENT`, pattern or list; may be repeated")
	fs.StringArrayVarP(&o.headers, "header", "H", nil, "send this header, instead of a captured one; `K:V`, without V none is sent; may be repeated")
	fs.IntVarP(&o.concurrency, "concurrency", "c", 1, "send `N` at a time; 1: strictly in order")
	fs.StringVar(&o.rate, "rate", "", "send at most `N/s` requests; 600/m works too")
	fs.IntVar(&o.retries, "retries", 0, "send again up to `N` times after a network error, 408, 429 or 5xx")
	fs.DurationVar(&o.backoff, "backoff", deliver.DefaultBackoff, "`DUR` before the first retry, doubled before each further one")
	fs.StringArrayVar(&o.set, "set", nil, "change a value: `PATH=JSON`, such as /body/user/name=Ann; may be repeated")
	fs.BoolVar(&o.now, "now", false, "set occuredAt to the time of sending")
	fs.StringVar(&o.speed, "speed", "", "keep the captured gaps, `X` times as fast: 1, 60, 0.5")
	fs.StringVar(&o.skip, "skip", "", "pass over the first `N` events, or over 9,11-40, to go on where a replay ended")
	fs.StringArrayVar(&o.routes, "route", nil, "send these events elsewhere: `EVENT=URL`, pattern or list; may be repeated")
	o.sign.addFlags(fs, "sign", "sign each attempt", "all of which sign")
	fs.StringArrayVar(&o.expect, "expect-status", nil, "`STATUS` that counts as a success (default 2xx); 2xx,404 takes several; may be repeated")
	fs.DurationVar(&o.maxLatency, "max-latency", 0, "count a delivery that takes longer than `DUR` as failed")
	fs.StringVar(&o.cacert, "cacert", "", "trust the certificates in `FILE` (PEM) besides the system's")
	fs.BoolVar(&o.insecure, "insecure", false, "take any certificate, of a receiver on this machine only")
	fs.BoolVar(&o.failFast, "fail-fast", false, "stop after the first failure")
	fs.BoolVar(&o.dryRun, "dry-run", false, "show what would be sent and send nothing")
	fs.BoolVar(&o.allowRemote, "allow-remote", false, "send to hosts other than this one")
	fs.BoolVar(&o.allowInvalid, "allow-invalid", false, "send what is broken or invalid as it is")
	enumFlag(fs, &o.format, "format", "f", "text", []string{"text", "json", "ndjson", "junit"}, "how to report")
}

// replay is a replay that is ready to begin.
type replay struct {
	a *app
	*replayFlags
	sources []string
	sender  *deliver.Sender
	tls     *tls.Config
	check   *replayCheck
	// again is the command that goes on, and whether something was left out of it.
	again func(skip numbers) (command string, secrets bool)
}

// replayMemory is how many bytes garbage may fill, with all else that Go keeps.
// What the program itself takes, about 12 MiB, comes to that.
const replayMemory = 18 << 20

func runReplay(ctx context.Context, a *app, o replayOptions, args []string, again func(numbers) (string, bool)) error {
	flags, err := o.parse()
	if err != nil {
		return err
	}
	r := &replay{a: a, replayFlags: flags, again: again}
	if r.sources, err = r.sourcesOf(args); err != nil {
		return err
	}
	if err := r.loadSigner(a); err != nil {
		return err
	}
	if r.check, err = newReplayCheck(); err != nil {
		return err
	}
	if r.sender, err = r.newSender(); err != nil {
		return err
	}
	defer r.sender.Close()
	defer collectWithin(replayMemory)()
	input, err := r.prepare(ctx)
	if err != nil {
		if ctx.Err() != nil {
			r.a.note("nothing was sent")
		}
		return err
	}
	if o.dryRun {
		return r.show(ctx, input)
	}
	return r.run(ctx, input)
}

func (r *replay) newSender() (*deliver.Sender, error) {
	var err error
	if r.tls, err = clientTLS(r.a.running, r.cacert, r.insecure); err != nil {
		return nil, err
	}
	return deliver.New(deliver.Options{
		Timeout: r.a.settings.Timeout, Retries: r.retries, Backoff: r.firstWait(), Success: r.success,
		UserAgent: userAgent(), Connections: r.concurrency, TLS: r.tls, MaxLatency: r.maxLatency,
	}), nil
}

// prepare finds out, before anything is sent, whether it can be: the files are
// there, somebody listens, the API has what was asked of it, the files are
// sound.
func (r *replay) prepare(ctx context.Context) (*replayInput, error) {
	input, err := r.open()
	r.a.tell(err)
	last, noClient := r.lastEvents()
	r.a.tell(noClient)
	if err != nil || noClient != nil {
		return nil, r.a.outcome(false)
	}
	if !r.dryRun {
		for _, to := range r.targets {
			if err := r.reach(ctx, to); err != nil {
				return nil, err
			}
		}
	}
	if input.last, err = last(ctx); err != nil {
		return nil, err
	}
	err = input.checkFiles(ctx)
	return input, err
}

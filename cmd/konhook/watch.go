package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/watch"
)

type watchOptions struct {
	interval    time.Duration
	includeLast bool
	state       string
	client      clientFlags
	listen      listenOptions // those that are the same as of listen
}

func (o *watchOptions) addFlags(fs *pflag.FlagSet) {
	l := &o.listen
	fs.DurationVar(&o.interval, "interval", watch.DefaultInterval, "ask for every type once in `DUR`, or less often when the rate limit demands it")
	fs.BoolVar(&o.includeLast, "include-last", false, "begin with the events that are there already")
	fs.StringVar(&o.state, "state", "", "remember in `FILE` what was seen: the next run catches up and repeats nothing")
	enumFlag(fs, &l.format, "format", "f", "", []string{"pretty", "compact", "ndjson"}, "how to show them (default pretty on a terminal, else ndjson)")
	fs.StringVar(&l.save, "save", "", "append the events to the capture `FILE`")
	fs.StringVar(&l.saveDir, "save-dir", "", "write each payload into a file of its own in `DIR`")
	fs.StringVar(&l.forward, "forward-to", "", "POST the events to `URL`, in order and until it answers")
	fs.StringArrayVar(&l.routes, "route", nil, "POST events of the type EVENT, a pattern or a list, to URL: `EVENT=URL`; may be repeated")
	fs.StringArrayVar(&l.events, "event", nil, "show only events of the type `EVENT`, a pattern or a list; may be repeated")
	fs.StringVar(&l.jq, "jq", "", "show what the jq expression `EXPR` makes of each event, and only those of which it makes something")
	enumFlag(fs, &l.validate, "validate", "", "warn", []string{"warn", "error", "off"}, "check the events against their schema; error forwards no invalid ones")
	fs.StringArrayVar(&l.expect, "expect", nil, "wait for an event of `EVENT[=N]`, a pattern or a list, or for N of them; may be repeated")
	fs.StringArrayVar(&l.expectJQ, "expect-jq", nil, "wait for an event of which the jq expression `EXPR` makes something; may be repeated")
	fs.IntVar(&l.count, "count", 0, "end after `N` events; with --expect wait for so many (default never)")
	fs.DurationVar(&l.period, "for", 0, "end after `DUR` (default never)")
	o.client.addFlags(fs)
}

func newWatchCommand(a *app) *cobra.Command {
	var o watchOptions
	cmd := &cobra.Command{
		Use:   "watch [EVENT...] [flags]",
		Short: "Show, store and forward new events, without a public URL",
		Long: "watch asks the API for the last event of each type again and again, within its rate limit, and hands on\n" +
			"each one that was not there before, once: to the screen, to a file, and to a receiver on this machine\n" +
			"that Konstantly could not reach. Without an EVENT it asks for all types. Those that moved lately are\n" +
			"asked for more often, within the same number of requests, so that less is missed.\n\n" +
			"What is there at the start is remembered and not shown, unless --include-last is given. --state FILE\n" +
			"remembers across runs: what came in between is caught up, and nothing is handed on twice.\n\n" +
			"The API keeps the last event of each type. Of two events of one type between two questions, only the\n" +
			"later is seen: watch sees what is going on, it is no complete record.\n\n" +
			"--forward-to and --route send the events in the order in which they happened. A receiver that does not\n" +
			"answer is tried again until it does, and the events wait for it; any answer counts as received. That it\n" +
			"is on another machine is no error but warned of.\n\n" +
			"  pretty   the event, and what is wrong with it\n" +
			"  compact  a line for each: time, event, answer, how long it took, size, the end of its id, valid or not\n" +
			"  ndjson   {\"ready\":{\"url\":...}}, the URL of the API, then the lines of a capture file; with --jq its results\n\n" +
			"On a terminal the keys of listen act on the event that was shown last: r, p, c, q and ?.\n\n" +
			"When the API cannot be reached, refuses the key or its limit is used up, that is told once, and watch goes\n" +
			"on by itself when it is over. Ctrl-C ends it.",
		Example: "  konhook watch\n" +
			"  konhook watch --forward-to http://localhost:5000/webhook --state watch.state\n" +
			"  konhook watch 'course.*' --save week.ndjson --interval 1m\n" +
			"  konhook watch --expect user.created --for 10m -f ndjson",
		ValidArgsFunction: completeEvents,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.listen.periodGiven = cmd.Flags().Changed("for")
			return runWatch(cmd.Context(), a, o, args)
		},
	}
	o.addFlags(cmd.Flags())
	return exits(cmd, exitOK, exitNo, exitUsage, exitKey, exitRemote, exitMachine)
}

// watching is a run of the command: a listener to which nobody sends.
type watching struct {
	*listening
	o        watchOptions
	types    []event.Type
	api      string // its URL
	receiver *listen.Receiver
	watcher  *watch.Watcher
	state    *watch.State    // nil: none
	stopping <-chan struct{} // closed when it is to end
	judge    func(*event.Event) listen.Verdict
	saying   sync.Mutex
	begun    bool // new events are seen
}

// runWatch watches until a signal, or until there is nothing left to do.
func runWatch(ctx context.Context, a *app, o watchOptions, args []string) error {
	w, err := newWatching(a, o, args)
	if err != nil {
		return err
	}
	o.client.waits = w.waits
	client, err := a.clientWith(o.client, w.serially)
	if err != nil {
		return err
	}
	defer client.Close()
	if w.api, err = a.settings.baseURL(); err != nil {
		return err
	}
	if err := w.open(client); err != nil {
		return errors.Join(err, w.close())
	}
	w.announceTargets(ctx, w.receiver)
	err = w.run(ctx)
	if err := errors.Join(err, w.close()); err != nil {
		return err
	}
	w.summary.print(a, w.listening.o)
	w.tellWaiting()
	return w.outcome()
}

func newWatching(a *app, o watchOptions, args []string) (*watching, error) {
	l := o.listen
	if l.format == "" {
		l.format = map[bool]string{true: "pretty", false: "ndjson"}[a.outTTY]
	}
	l.maxBody = listen.DefaultMaxBody
	if len(args) == 0 {
		args = []string{"all"}
	}
	types, err := event.Select(args)
	switch {
	case err != nil:
		return nil, err
	case len(types) == 0:
		return nil, usageError("konhook watch", "no event is named")
	case o.interval < watch.MinInterval:
		return nil, usageError("--interval 15s", "--interval: must be %s or more", watch.MinInterval)
	}
	s, err := newListening(a, l)
	if err != nil {
		return nil, err
	}
	s.polls, s.summary.polls = true, true
	s.keep.command = "konhook watch"
	w := &watching{listening: s, o: o, types: types}
	if w.judge, err = s.check(); err != nil {
		return nil, err
	}
	w.receiver, err = s.receiver()
	return w, err
}

// open opens what is written to, and makes the watcher.
func (w *watching) open(api watch.API) (err error) {
	if err := w.keep.open(); err != nil {
		return err
	}
	if w.o.state != "" {
		w.state, err = watch.OpenState(w.o.state, watch.StateOptions{Site: w.api, Command: "konhook watch"})
		if err != nil {
			return asStateError(err)
		}
		if n := w.state.Waiting(); n > 0 {
			w.a.note("note: %s found before and not delivered: they come first", many(n, "event was", "events were"))
		}
	}
	options := watch.Options{
		API: api, Types: w.types, Interval: w.o.interval, IncludeLast: w.o.includeLast, State: w.state,
		Limit: w.limit(), Deliver: w.deliver, Notice: func(n watch.Notice) { w.serially(func() { w.tell(n) }) },
	}
	options.Counts = w.counts
	w.watcher, err = watch.New(options)
	return err
}

// counts reports whether an event counts towards --count, as for listen: one that
// is shown and not refused.
func (w *watching) counts(f *watch.Found) bool {
	return w.wanted(f.Event) && (w.o.listen.validate != "error" || w.judge(f.Event).Valid())
}

// asStateError says what to do about a state that cannot be had.
func asStateError(err error) error {
	var (
		locked  *watch.LockedError
		damaged *watch.DamagedError
		site    *watch.SiteError
	)
	switch {
	case errors.As(err, &locked):
		return hinted(codeError(exitMachine, "locked", err), "--state with another file")
	case errors.As(err, &damaged):
		return hinted(codeError(exitMachine, "damaged", err), "--state with another file, or remove it to begin anew")
	case errors.As(err, &site):
		return hinted(codeError(exitUsage, "state", err), "--state with a file for each site")
	}
	return err
}

// serially lets one goroutine at a time have its say.
func (w *watching) serially(call func()) {
	w.saying.Lock()
	defer w.saying.Unlock()
	call()
}

// run watches, and ends when all has come.
func (w *watching) run(ctx context.Context) error {
	watching, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	w.stop, w.stopping = stop, watching.Done()
	w.a.outPalette() // made now: later several goroutines want them
	w.a.errPalette()
	w.look()
	defer w.takeKeys(watching)()
	attended := make(chan struct{})
	go func() {
		defer close(attended)
		defer w.mend()
		w.attend(watching)
	}()
	gaveUp := w.shower.watch(ctx)
	err := w.watcher.Run(watching)
	w.receiver.Close()
	isUnread := gaveUp()
	stop(nil)
	<-attended
	w.over = errors.Is(context.Cause(watching), errOver)
	var unsaved *listen.SaveError
	switch {
	case errors.As(err, &unsaved):
		return unsaved.Err
	case isUnread:
		return w.unread()
	case errors.Is(err, listen.ErrStopped): // it waits for the next run
		return nil
	}
	return err
}

// deliver hands an event on.
func (w *watching) deliver(ctx context.Context, f *watch.Found) error {
	return w.receiver.Take(ctx, w.stopping, f.Delivery)
}

// close gives up what was opened.
func (w *watching) close() error {
	err := w.keep.close()
	if w.state != nil {
		err = errors.Join(err, w.state.Close())
	}
	return err
}

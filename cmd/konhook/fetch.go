package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/cache"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/query"
)

type fetchOptions struct {
	all      bool
	format   string
	jq       string
	save     string
	saveDir  string
	validate string
	strict   bool
	cache    time.Duration
	client   clientFlags
}

func (o *fetchOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.all, "all", false, "fetch the last event of every type")
	enumFlag(fs, &o.format, "format", "f", "pretty", []string{"pretty", "json", "ndjson", "raw", "capture"}, "how to print it")
	fs.StringVar(&o.jq, "jq", "", "print what the jq expression `EXPR` makes of each event")
	fs.StringVar(&o.save, "save", "", "append the events to the capture `FILE`")
	fs.StringVar(&o.saveDir, "save-dir", "", "write each event into `DIR` as SLUG.json")
	enumFlag(fs, &o.validate, "validate", "", "warn", []string{"warn", "error", "off"}, "check the events against their schema")
	fs.BoolVar(&o.strict, "strict", false, "unknown and repeated fields, and times in milliseconds, are errors")
	fs.DurationVar(&o.cache, "cache", 0, "take what the API said at most `DUR` ago, and keep what it says (default none)")
	o.client.addFlags(fs)
}

func newFetchCommand(a *app) *cobra.Command {
	var o fetchOptions
	cmd := &cobra.Command{
		Use:   "fetch EVENT...",
		Short: "Print the last event of each type from the API",
		Long: "fetch asks the API for the last event of each type that is named and prints them in that order.\n" +
			"The API holds events of the last 30 days. An EVENT may be a pattern, such as 'user.*', or all.\n\n" +
			"--cache DUR keeps what the API says, in a private folder of the user's, and takes it from there for so\n" +
			"long: commands that run again and again ask less.\n\n" +
			"Needs an API key, from Settings > API on your site: konhook login keeps it. Or it is in a file\n" +
			"(--api-key-file), in KONHOOK_API_KEY, or in the configuration.",
		Example: "  konhook fetch course.published --site acme --api-key-file ~/.konstantly-key\n" +
			"  konhook fetch --all --save week.ndjson\n" +
			"  konhook fetch 'user.*' -f ndjson | jq .body.user.email\n" +
			"  konhook fetch --all --cache 5m --save-dir events\n" +
			"  konhook fetch user.created --jq .body.user.email",
		ValidArgsFunction: completeEvents,
		RunE:              func(cmd *cobra.Command, args []string) error { return runFetch(cmd.Context(), a, o, args) },
	}
	o.addFlags(cmd.Flags())
	return exits(cmd, exitOK, exitNo, exitUsage, exitNoEvent, exitKey, exitRemote, exitMachine)
}

// runFetch asks for all types at once, within the rate limit, and prints what
// comes in the order asked.
func runFetch(ctx context.Context, a *app, o fetchOptions, args []string) error {
	types, named, err := selectToFetch(o, args)
	if err != nil {
		return err
	}
	out, err := newFetchOutput(a, o, len(types))
	if err != nil {
		return err
	}
	calls := make(chan func())
	serial := func(call func()) { calls <- call }
	client, err := a.clientWith(o.client, serial)
	if err != nil {
		return err
	}
	defer client.Close()
	source, closeSource := o.source(a, client, serial)
	defer closeSource()
	if err := out.open(); err != nil {
		return err
	}
	f := &fetching{a: a, out: out, named: named, results: make([]*fetched, len(types)), told: map[string]bool{}}
	for i, t := range types {
		f.results[i] = &fetched{kind: t}
	}
	err = f.run(ctx, source, calls)
	if closed := out.close(); err == nil {
		err = closed
	}
	if err != nil {
		return err
	}
	f.report()
	f.tellSaved()
	return a.outcome(false)
}

// selectToFetch reads which types are asked for, and which of them by name.
func selectToFetch(o fetchOptions, args []string) (types []event.Type, named map[event.Type]bool, err error) {
	if o.all {
		args = append(args, "all")
	}
	types, named, err = event.SelectNamed(args)
	switch {
	case err != nil:
	case len(types) == 0:
		err = usageError("konhook fetch --all", "which event? name one or several, or --all")
	case o.cache < 0:
		err = usageError("--cache 5m", "--cache: must not be negative")
	}
	return types, named, err
}

// compileJQ compiles the expression of --jq, and returns nil for none.
func compileJQ(expr string) (*query.Query, error) {
	if expr == "" {
		return nil, nil
	}
	q, err := query.Compile(expr)
	if err != nil {
		return nil, usageError("", "--jq: %s", err)
	}
	return q, nil
}

// fetched is one type that was asked for and what came of it.
type fetched struct {
	kind    event.Type
	done    bool
	answer  *api.Answer
	err     error
	verdict string // of the schema, for the table

	unchanged string // the file that held just that before; empty: none
}

// fetching is a run of the command. Everything in it happens in one goroutine;
// those that ask hand over what there is to do.
type fetching struct {
	a       *app
	out     *fetchOutput
	named   map[event.Type]bool
	results []*fetched
	next    int             // the first of results that was not dealt with
	came    int             // how many events came
	told    map[string]bool // errors that were printed
}

// errGivenUp ends the requests behind one whose failure would be theirs too.
var errGivenUp = errors.New("given up")

// run asks, prints and saves. The error is one that ends the command.
func (f *fetching) run(ctx context.Context, source cache.API, calls chan func()) error {
	asking, giveUp := context.WithCancelCause(ctx)
	defer giveUp(nil)
	var wg sync.WaitGroup
	for _, r := range f.results {
		wg.Go(func() {
			answer, err := last(asking, source, r.kind)
			calls <- func() { r.done, r.answer, r.err = true, answer, err }
		})
	}
	go func() {
		wg.Wait()
		close(calls)
	}()
	var failed error
	for call := range calls {
		call()
		if failed != nil {
			continue // only the goroutines are waited for
		}
		if failed = f.advance(ctx); failed != nil || f.hopeless() {
			giveUp(errGivenUp)
		}
	}
	if failed != nil {
		return failed
	}
	return f.out.finish()
}

// last turns a panic into an error: it must not end the program without a word.
func last(ctx context.Context, source cache.API, t event.Type) (answer *api.Answer, err error) {
	defer func() {
		if v := recover(); v != nil {
			err = codeError(exitBug, "bug", fmt.Errorf("a bug in konhook: %.200s", fmt.Sprint(v)))
		}
	}()
	return source.Last(ctx, t)
}

// advance deals with the results that are there, as far as none before them is
// missing.
func (f *fetching) advance(ctx context.Context) error {
	for ; f.next < len(f.results) && f.results[f.next].done; f.next++ {
		r := f.results[f.next]
		switch {
		case r.err == nil:
			f.came++
			if err := f.out.put(ctx, r); err != nil {
				return err
			}
		case ctx.Err() != nil:
			return context.Cause(ctx)
		default:
			f.failed(r)
		}
	}
	return nil
}

// failed tells of an error, once of several that read the same. That a type has
// no event is an error when it was named in full; report deals with the others.
func (f *fetching) failed(r *fetched) {
	var none *api.NoEventError
	switch {
	case errors.Is(r.err, errGivenUp), f.told[sameness(r.err)]:
	case errors.As(r.err, &none) && !f.named[r.kind]:
	default:
		f.told[sameness(r.err)] = true
		f.a.tell(r.err)
		f.quote(none)
	}
}

// quote shows people what the API said with a 404. It does so of every type without
// an event, and where something else answers at the URL, that shows it.
func (f *fetching) quote(none *api.NoEventError) {
	if none == nil || f.a.format == "json" || f.a.format == "ndjson" {
		return
	}
	if text := strings.Join(strings.Fields(string(none.Message)), " "); text != "" {
		f.a.note("note: the API said: %s", text)
	}
}

// sameness is the same for errors that need not be told twice.
func sameness(err error) string {
	var limit *api.RateLimitError
	if errors.As(err, &limit) {
		return "rate limit" // their waits differ
	}
	return err.Error()
}

// hopeless reports whether a request failed in a way that the others would too.
func (f *fetching) hopeless() bool {
	for _, r := range f.results {
		var (
			key      *api.KeyError
			limit    *api.RateLimitError
			redirect *api.RedirectError
			remote   *api.RemoteError
		)
		switch {
		case errors.As(r.err, &key), errors.As(r.err, &limit), errors.As(r.err, &redirect):
			return true
		case errors.As(r.err, &remote) && (remote.Unreachable || remote.Timeout && !f.heard()):
			return true
		}
	}
	return false
}

// heard reports whether the API has given any answer.
func (f *fetching) heard() bool {
	for _, r := range f.results {
		var none *api.NoEventError
		if r.answer != nil || errors.As(r.err, &none) {
			return true
		}
	}
	return false
}

// report ends the command: a table when several types were asked for, and a word
// about types that were not named in full and have no event.
func (f *fetching) report() {
	var (
		missing []string
		none    *api.NoEventError
	)
	for _, r := range f.results {
		if errors.As(r.err, &none) && !f.named[r.kind] {
			missing = append(missing, r.kind.Slug)
		}
	}
	switch {
	case len(missing) == 0:
	case f.came == 0 && f.a.code == exitOK:
		f.a.tell(hinted(codeError(exitNoEvent, "no_event", errors.New(noneOf(missing))), "konhook sample"))
		f.quote(none)
	case !f.showsTable():
		f.a.note("note: %s", noneOf(missing))
	}
	if f.showsTable() {
		f.table()
	} else {
		f.tellUnchanged()
	}
}

func noneOf(slugs []string) string {
	if len(slugs) == len(event.Types()) {
		return "no event of any type in the last 30 days"
	}
	return "no " + strings.Join(slugs, ", ") + " event in the last 30 days"
}

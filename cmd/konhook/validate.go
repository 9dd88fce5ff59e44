package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/batch"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/report"
	"github.com/konhook/konhook/pkg/schema"
)

type validateOptions struct {
	as        string
	schema    string
	strict    bool
	format    string
	maxErrors int
	failFast  bool
	jobs      int
	stats     bool
}

const maxTextErrors = 20

func (o *validateOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.as, "as", "", "check against the schema of `EVENT`, whatever the type of an event says")
	fs.StringVar(&o.schema, "schema", "", "check against the JSON Schema in `FILE`, of any draft; every JSON value is a document then")
	fs.BoolVar(&o.strict, "strict", false, "unknown and repeated fields, and times in milliseconds, are errors")
	enumFlag(fs, &o.format, "format", "f", "text", []string{"text", "json", "ndjson", "github"}, "how to print the report")
	fs.IntVar(&o.maxErrors, "max-errors", maxTextErrors, "print at most `N` errors, 0 for all; unless asked for, only text is cut")
	fs.BoolVar(&o.failFast, "fail-fast", false, "stop at the first invalid document")
	fs.IntVar(&o.jobs, "jobs", 0, "check `N` blocks of documents at a time, 0 for one a core")
	fs.BoolVar(&o.stats, "stats", false, "say how many documents took the quick way, and why the others did not")
}

func newValidateCommand(a *app) *cobra.Command {
	var o validateOptions
	cmd := &cobra.Command{
		Use:   "validate SOURCE...",
		Short: "Check payloads against their schema",
		Long: "validate checks every event of a file, a folder, a glob or - (standard input) against the schema\n" +
			"that its type names. It tells where an event is wrong, what was expected there and what was found.\n" +
			"Fields that Konstantly does not document are notes; with --strict they are errors.\n\n" +
			"In GitHub Actions the format is github, unless -f asks for another or a terminal is there.",
		Example: "  konhook validate week.ndjson\n" +
			"  konhook validate testdata/ --strict -f json | jq .summary\n" +
			"  konhook fetch --all -f ndjson | konhook validate -\n" +
			"  konhook validate orders/*.json --schema order.schema.json",
		RunE: func(cmd *cobra.Command, args []string) error {
			o := o
			if !cmd.Flags().Changed("format") && os.Getenv("GITHUB_ACTIONS") == "true" && !a.outTTY {
				o.format = "github"
			}
			if !cmd.Flags().Changed("max-errors") && o.format != "text" {
				o.maxErrors = 0
			}
			return runValidate(cmd.Context(), a, o, args)
		},
	}
	o.addFlags(cmd.Flags())
	_ = cmd.RegisterFlagCompletionFunc("as", completeEvents) // the flag is there
	return exits(cmd, exitOK, exitNo, exitUsage, exitMachine)
}

// runValidate reports on all documents of all sources.
func runValidate(ctx context.Context, a *app, o validateOptions, args []string) error {
	if o.maxErrors < 0 {
		return usageError("--max-errors 0", "--max-errors %d: must not be negative", o.maxErrors)
	}
	validator, err := newValidator(o)
	if err != nil {
		return err
	}
	sources, err := a.sources(args, "validate payloads.ndjson")
	if err != nil {
		return err
	}
	if o.jobs < 0 {
		return usageError("--jobs 2", "--jobs %d: must not be negative", o.jobs)
	}
	v := validation{a: a, options: o, validator: validator, reporter: newReporter(a, o)}
	files := v.expand(sources)
	check := v.inBatch
	if o.failFast {
		check = v.oneByOne
	}
	if err := check(ctx, files); err != nil {
		return err
	}
	v.endProgress()
	if err := v.reporter.Close(v.summary); err != nil {
		return err
	}
	v.printStats()
	return a.outcome(v.summary.Findings > 0)
}

// newValidator makes the validator that the flags ask for.
func newValidator(o validateOptions) (*schema.Validator, error) {
	options := schema.Options{Strict: o.strict}
	var err error
	switch {
	case o.as != "" && o.schema != "":
		return nil, usageError("konhook validate --help", "--as and --schema exclude each other")
	case o.as != "":
		options.As, err = event.ParseType(o.as)
	case o.schema != "":
		options.Schema, err = schema.CompileFile(o.schema)
	}
	var wrong *schema.CompileError
	if errors.As(err, &wrong) {
		return nil, codeError(exitUsage, "schema", fmt.Errorf("--schema: %w", err))
	}
	if err != nil {
		return nil, err
	}
	return schema.NewValidator(options)
}

func newReporter(a *app, o validateOptions) report.Reporter {
	var r report.Reporter
	switch o.format {
	case "json":
		r = report.NewJSON(a.out)
	case "ndjson":
		r = report.NewNDJSON(a.out)
	case "github":
		r = report.NewGitHub(a.out)
	default:
		out := a.out
		if a.settings.Quiet {
			out = io.Discard
		}
		r = report.NewText(out, report.TextOptions{Palette: a.outPalette(), Width: a.width})
	}
	return report.Limit(r, o.maxErrors)
}

// validation is one run of the command.
type validation struct {
	a         *app
	options   validateOptions
	validator *schema.Validator
	reporter  report.Reporter
	summary   report.Summary
	shown     time.Time // when the progress was shown last
	quick     int       // documents that took the quick way
}

func (v *validation) readOptions() event.ReadOptions {
	o := v.a.readOptions()
	o.Whole = v.options.schema != ""
	return o
}

// inBatch checks files in parallel.
func (v *validation) inBatch(ctx context.Context, files []string) error {
	var failed error
	o := batch.Options{
		Validator: v.validator, Read: v.readOptions(), Jobs: v.options.jobs,
		EveryNote: v.options.format == "json" || v.options.format == "ndjson",
	}
	err := batch.Run(ctx, files, o, func(p *batch.Part) bool {
		failed = v.part(p)
		return failed == nil
	})
	if failed != nil {
		return failed
	}
	return err
}

// part reports on a part of a file.
func (v *validation) part(p *batch.Part) error {
	v.summary.Documents += p.Documents
	v.summary.Invalid += p.Invalid
	v.summary.Valid += p.Documents - p.Invalid
	v.quick += p.Quick
	if p.Invalid > 0 {
		v.a.code = worse(v.a.code, exitNo)
	}
	for _, item := range p.Items {
		if err := v.item(item); err != nil {
			return err
		}
	}
	v.progress()
	return nil
}

func (v *validation) item(item batch.Item) error {
	var empty *event.EmptyError
	switch {
	case item.Finding != nil:
		if item.Finding.Severity == schema.Error {
			v.summary.Findings++
		} else {
			v.summary.Notes += 1 + item.More
		}
		return v.reporter.Finding(*item.Finding, item.More)
	case errors.As(item.Err, &empty):
		_, err := v.report([]schema.Finding{schema.FromEmpty(empty)}, false)
		return err
	case item.Err != nil:
		v.a.tell(item.Err)
	default:
		v.a.note("note: %s: %s", item.Place, item.Remark)
	}
	return nil
}

// oneByOne checks files until the first document that is invalid.
func (v *validation) oneByOne(ctx context.Context, files []string) error {
	for e, err := range event.Read(ctx, files, v.readOptions()) {
		if more, err := v.take(ctx, e, err); err != nil || !more {
			return err
		}
	}
	return nil
}

// printStats says which way the documents took.
func (v *validation) printStats() {
	if !v.options.stats {
		return
	}
	library := v.summary.Documents - v.quick
	fmt.Fprintf(v.a.err, "%s documents took the quick way, %s were judged by the library\n", render.Count(v.quick), render.Count(library))
	o := batch.Options{Validator: v.validator}
	if err := o.Reason(); err != nil {
		fmt.Fprintln(v.a.err, "no document can take the quick way: "+render.CleanLine(err.Error()))
	}
}

// expand returns the files that are to be read. What is not there is told of,
// and keeps no other file from being checked.
func (v *validation) expand(sources []string) (files []string) {
	for _, source := range sources {
		found, err := event.Expand([]string{source})
		v.a.tell(err)
		if err == nil && len(found) == 0 {
			v.a.warn("nothing to check: %s holds no *.json, *.ndjson or *.jsonl", event.Place{File: source}.Name())
		}
		files = append(files, found...)
	}
	v.summary.Files = len(files)
	return files
}

// take reports on what was read and tells whether to go on. The error ends the
// run.
func (v *validation) take(ctx context.Context, e *event.Event, err error) (more bool, _ error) {
	var (
		syntax *event.SyntaxError
		empty  *event.EmptyError
	)
	switch {
	case err == nil:
		return v.report(v.validator.Check(e), true)
	case errors.As(err, &syntax):
		return v.report([]schema.Finding{schema.FromSyntax(syntax)}, true)
	case errors.As(err, &empty):
		return v.report([]schema.Finding{schema.FromEmpty(empty)}, false)
	case ctx.Err() != nil:
		return false, err
	}
	v.a.tell(err)
	return true, nil
}

// report passes the findings on a document on. isDocument is false when there
// was none.
func (v *validation) report(findings []schema.Finding, isDocument bool) (more bool, err error) {
	if isDocument {
		v.summary.Add(findings)
	} else {
		v.summary.Findings += len(findings)
	}
	invalid := schema.Invalid(findings)
	if invalid {
		v.a.code = worse(v.a.code, exitNo)
	}
	for _, f := range findings {
		if err := v.reporter.Finding(f, 0); err != nil {
			return false, err
		}
	}
	v.progress()
	return !invalid || !v.options.failFast, nil
}

// progress shows how far the command is where somebody sees it.
func (v *validation) progress() {
	if !v.a.errTTY || v.a.outTTY || v.a.settings.Quiet {
		return
	}
	if now := time.Now(); now.Sub(v.shown) >= progressEvery {
		v.shown = now
		fmt.Fprintf(v.a.err, "\r%s documents, %s invalid", render.Count(v.summary.Documents), render.Count(v.summary.Invalid))
	}
}

func (v *validation) endProgress() {
	if !v.shown.IsZero() {
		fmt.Fprintf(v.a.err, "\r%60s\r", "")
	}
}

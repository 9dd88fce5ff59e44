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
}

const maxTextErrors = 20

func (o *validateOptions) addFlags(fs *pflag.FlagSet) {
	fs.StringVar(&o.as, "as", "", "check against the schema of `EVENT`, whatever the type of an event says")
	fs.StringVar(&o.schema, "schema", "", "check against the JSON Schema in `FILE`, of any draft; every JSON value is a document then")
	fs.BoolVar(&o.strict, "strict", false, "unknown and repeated fields, and times in milliseconds, are errors")
	enumFlag(fs, &o.format, "format", "f", "text", []string{"text", "json", "ndjson", "github"}, "how to print the report")
	fs.IntVar(&o.maxErrors, "max-errors", maxTextErrors, "print at most `N` errors, 0 for all; unless asked for, only text is cut")
	fs.BoolVar(&o.failFast, "fail-fast", false, "stop at the first invalid document")
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
	v := validation{a: a, options: o, validator: validator, reporter: newReporter(a, o)}
	files := v.expand(sources)
	readOptions := a.readOptions()
	readOptions.Whole = o.schema != ""
	for e, err := range event.Read(ctx, files, readOptions) {
		if more, err := v.take(ctx, e, err); err != nil || !more {
			if err != nil {
				return err
			}
			break
		}
	}
	v.endProgress()
	if err := v.reporter.Close(v.summary); err != nil {
		return err
	}
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
		if err := v.reporter.Finding(f); err != nil {
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

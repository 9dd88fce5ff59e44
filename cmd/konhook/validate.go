package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/report"
	"github.com/konhook/konhook/pkg/schema"
)

type validateOptions struct {
	as        string
	schema    string
	formats   bool // assert
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
	fs.BoolVar(&o.formats, "assert-format", false, "with --schema: a value that is not of its \"format\" is invalid")
	fs.BoolVar(&o.strict, "strict", false, "unknown and repeated fields, and times in milliseconds, are errors")
	enumFlag(fs, &o.format, "format", "f", "text", []string{"text", "json", "ndjson", "github", "sarif", "junit"}, "how to print the report")
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
			"In GitHub Actions the format is github, unless -f asks for another or a terminal is there; sarif is\n" +
			"for code scanning, junit for the test reports of CI servers, with a case for each document.",
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
	if o.jobs < 0 {
		return usageError("--jobs 2", "--jobs %d: must not be negative", o.jobs)
	}
	validator, err := newValidator(ctx, o)
	if err != nil {
		return err
	}
	sources, err := a.sources(args, "validate payloads.ndjson")
	if err != nil {
		return err
	}
	line := a.startProgress()
	defer line.stop()
	v := newValidation(a, o, validator)
	v.shown.line = line
	files, err := v.expand(sources)
	if err != nil {
		return err
	}
	v.shown.measure(files)
	err = v.check(ctx, files)
	line.stop()
	if err != nil && ctx.Err() == nil {
		return err
	}
	if err := v.close(err); err != nil {
		return err
	}
	v.printStats()
	return a.outcome(v.summary.Findings > 0)
}

// newValidator makes the validator that the flags ask for.
func newValidator(ctx context.Context, o validateOptions) (*schema.Validator, error) {
	options := schema.Options{Strict: o.strict}
	var err error
	switch {
	case o.as != "" && o.schema != "":
		return nil, usageError("--as EVENT, or --schema FILE", "--as: excludes --schema")
	case o.formats && o.schema == "":
		return nil, usageError("--schema FILE", "--assert-format: needs --schema, as the formats are those of a schema of your own")
	case o.schema == event.Stdin:
		return nil, usageError("--schema FILE", "--schema -: a schema is read from a file, which others beside it may belong to")
	case o.as != "":
		options.As, err = event.ParseType(o.as)
	case o.schema != "":
		err = attempt(ctx, o.schema, func() (err error) {
			options.Schema, err = schema.CompileOptions{AssertFormat: o.formats}.CompileFile(o.schema)
			return err
		})
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
	case "sarif":
		version, _ := release()
		r = report.NewSARIF(a.out, version)
	case "junit":
		r = report.NewJUnit(a.out)
	default:
		out := a.out
		if a.settings.Quiet {
			out = io.Discard
		}
		r = report.NewText(out, report.TextOptions{Palette: a.outPalette(), Width: a.width})
	}
	return report.Limit(r, o.maxErrors)
}

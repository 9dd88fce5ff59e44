package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/konhook/konhook/pkg/batch"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/report"
	"github.com/konhook/konhook/pkg/schema"
)

// validation is one run of the command.
type validation struct {
	a         *app
	options   validateOptions
	validator *schema.Validator
	reporter  report.Reporter
	// documents is reporter when that wants to be told of documents, else nil.
	documents report.DocumentReporter
	summary   report.Summary
	quick     int // documents that took the quick way
	shown     validateProgress

	file string // that is being read one document after the other
	read int    // documents of it so far
}

func newValidation(a *app, o validateOptions, v *schema.Validator) *validation {
	r := newReporter(a, o)
	documents, _ := r.(report.DocumentReporter)
	return &validation{a: a, options: o, validator: v, reporter: r, documents: documents}
}

func (v *validation) readOptions() event.ReadOptions {
	o := v.a.readOptions()
	o.Whole = v.options.schema != ""
	return o
}

// check checks files, all of them or up to the first document that is invalid.
func (v *validation) check(ctx context.Context, files []string) error {
	var failed error
	o := batch.Options{
		Validator: v.validator, Read: v.readOptions(), Jobs: v.options.jobs, FailFast: v.options.failFast,
		EveryNote: v.options.format == "json" || v.options.format == "ndjson",
	}
	err := batch.Run(ctx, files, o, func(p *batch.Part) bool {
		failed = v.part(p)
		return failed == nil && !(v.options.failFast && v.summary.Findings > 0)
	})
	if failed != nil {
		return failed
	}
	return err
}

// part reports on a part of a file.
func (v *validation) part(p *batch.Part) error {
	v.summary.Documents += p.Documents - p.Damaged
	v.summary.Invalid += p.Invalid
	v.summary.Valid += p.Documents - p.Damaged - p.Invalid
	v.quick += p.Quick
	if p.Invalid > 0 {
		v.a.code = worse(v.a.code, exitNo)
	}
	if p.Opens {
		v.summary.Files++
		if err := v.begin(p.File); err != nil {
			return err
		}
	}
	for _, item := range p.Items {
		if err := v.item(item); err != nil {
			return err
		}
	}
	v.shown.part(p)
	v.progress()
	return v.done(p.Documents)
}

// begin tells a report of documents of the next file.
func (v *validation) begin(file string) error {
	v.file, v.read = file, 0
	if v.documents == nil {
		return nil
	}
	return v.documents.Begin(file)
}

// done tells a report of documents that n more are done.
func (v *validation) done(n int) error {
	v.read += n
	if v.documents == nil || n == 0 {
		return nil
	}
	return v.documents.Documents(n)
}

// failed tells of what could not be read: the document with that number, or the
// file.
func (v *validation) failed(document int, err error) error {
	v.a.tell(err)
	if r, ok := v.reporter.(report.FailureReporter); ok {
		return r.Failed(v.file, classify(err))
	}
	if v.documents == nil {
		return nil
	}
	return v.documents.Failed(document, classify(err))
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
		v.summary.Findings++
		v.a.code = worse(v.a.code, exitNo)
		return v.reporter.Finding(schema.FromEmpty(empty), 0)
	case item.Err != nil:
		return v.failed(item.Document, item.Err)
	default:
		v.a.note("note: %s: %s", item.Place, item.Remark)
	}
	return nil
}

// close ends the report. A signal that stopped the checking ends it with what
// was found so far.
func (v *validation) close(stopped error) error {
	if stopped != nil {
		if err := v.failed(0, stopped); err != nil {
			return err
		}
	}
	// Of nothing but files that are not there, text has nothing to count.
	text := v.options.format == "text" || v.options.format == "github"
	if text && v.summary.Files == 0 && v.a.code != exitOK {
		return nil
	}
	if err := v.reporter.Close(v.summary); err != nil {
		return err
	}
	if v.options.format == "sarif" {
		v.warnOfMany()
	}
	return nil
}

// maxSARIF is how many results of a run GitHub takes. Source: GitHub's
// documentation, "SARIF support for code scanning".
const maxSARIF = 25_000

// warnOfMany says that a log has more results than GitHub takes.
func (v *validation) warnOfMany() {
	if shown := v.summary.Findings; shown > maxSARIF && (v.options.maxErrors == 0 || v.options.maxErrors > maxSARIF) {
		v.a.warn("GitHub refuses a SARIF run with more than %s results: see --max-errors", render.Count(maxSARIF))
	}
}

// printStats says which way the documents took.
func (v *validation) printStats() {
	if !v.options.stats {
		return
	}
	library := v.summary.Documents - v.quick
	fmt.Fprintf(v.a.err, "%s took the quick way, %s judged by the library\n",
		many(v.quick, "document", "documents"), many(library, "was", "were"))
	o := batch.Options{Validator: v.validator}
	if err := o.Reason(); err != nil {
		fmt.Fprintln(v.a.err, "no document can take the quick way: "+render.CleanLine(err.Error()))
	}
}

// expand returns the files that are to be read. What is not there is told of,
// and keeps no other file from being checked.
func (v *validation) expand(sources []string) (files []string, _ error) {
	for _, source := range sources {
		found, err := event.Expand([]string{source})
		for _, err := range unjoin(err) {
			if err := errors.Join(v.begin(source), v.failed(0, err)); err != nil {
				return nil, err
			}
		}
		if err == nil && len(found) == 0 {
			v.a.warn("nothing to check: %s holds no *.json, *.ndjson or *.jsonl", event.Place{File: source}.Name())
		}
		files = append(files, found...)
	}
	return files, nil
}

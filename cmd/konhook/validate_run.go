package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"

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
	v.summary.Documents += p.Documents - p.Damaged
	v.summary.Invalid += p.Invalid
	v.summary.Valid += p.Documents - p.Damaged - p.Invalid
	v.quick += p.Quick
	if p.Invalid > 0 {
		v.a.code = worse(v.a.code, exitNo)
	}
	if p.Opens {
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
		_, err := v.report([]schema.Finding{schema.FromEmpty(empty)}, false)
		return err
	case item.Err != nil:
		return v.failed(item.Document, item.Err)
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
func (v *validation) expand(sources []string) (files []string, _ error) {
	for _, source := range sources {
		found, err := event.Expand([]string{source})
		if err != nil {
			if err := errors.Join(v.begin(source), v.failed(0, err)); err != nil {
				return nil, err
			}
		}
		if err == nil && len(found) == 0 {
			v.a.warn("nothing to check: %s holds no *.json, *.ndjson or *.jsonl", event.Place{File: source}.Name())
		}
		files = append(files, found...)
	}
	v.summary.Files = len(files)
	return files, nil
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
		return v.document(e.Place.File, e.Document, v.validator.Check(e))
	case errors.As(err, &syntax):
		return v.document(syntax.Place.File, syntax.Document, []schema.Finding{schema.FromSyntax(syntax)})
	case errors.As(err, &empty):
		if err := v.begin(empty.File); err != nil {
			return false, err
		}
		return v.report([]schema.Finding{schema.FromEmpty(empty)}, false)
	case ctx.Err() != nil:
		return false, err
	}
	return true, v.unreadable(err)
}

// document reports on the document of a file with that number.
func (v *validation) document(file string, number int, findings []schema.Finding) (more bool, err error) {
	if number == 1 {
		if err := v.begin(file); err != nil {
			return false, err
		}
	}
	more, err = v.report(findings, true)
	return more, errors.Join(err, v.done(1))
}

// unreadable tells of a document or a file that could not be read.
func (v *validation) unreadable(err error) error {
	var damage *event.DamageError
	if errors.As(err, &damage) {
		return errors.Join(v.failed(v.read+1, err), v.done(1))
	}
	var path *fs.PathError
	if errors.As(err, &path) && (v.read == 0 || path.Path != v.file) {
		if err := v.begin(path.Path); err != nil {
			return err
		}
	}
	return v.failed(0, err)
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

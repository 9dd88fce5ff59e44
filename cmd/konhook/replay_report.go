package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"

	"github.com/konhook/konhook/pkg/deliver"
)

// replayReport tells of a replay while it goes on. The errors are those of
// standard output.
type replayReport interface {
	plan(req deliver.Request, to string, unsent deliver.Result) error // --dry-run
	result(deliver.Result) error
	end(deliver.Summary) error
}

func (r *replay) newReport() replayReport {
	switch {
	case r.format == "json":
		return &jsonReplay{out: r.a.out}
	case r.format == "ndjson":
		return ndjsonReplay{r.a.out}
	case r.a.settings.Quiet:
		return ndjsonReplay{io.Discard}
	default:
		return newTextReplay(r.a)
	}
}

// show is a dry run.
func (r *replay) show(ctx context.Context, input *replayInput) error {
	report := r.newReport()
	n := 0
	for e, err := range input.events(ctx) {
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			r.a.tell(withInvalidHint(err))
			break
		}
		req := r.request(e)
		if err := report.plan(req, shownURL(r.target), deliver.Unsent(e, req)); err != nil {
			return err
		}
		n++
	}
	if n == 0 && r.a.code == exitOK {
		r.a.warn("nothing to send")
	}
	if r.format == "json" {
		if err := report.end(deliver.Summary{}); err != nil {
			return err
		}
	}
	return r.a.outcome(false)
}

// ndjsonReplay writes a line for each result.
type ndjsonReplay struct{ out io.Writer }

func (n ndjsonReplay) plan(_ deliver.Request, _ string, r deliver.Result) error { return n.encode(r) }
func (n ndjsonReplay) result(r deliver.Result) error                            { return n.encode(r) }
func (n ndjsonReplay) end(deliver.Summary) error                                { return nil }

// encode writes a value in one write. It leaves < and > readable.
func (n ndjsonReplay) encode(v any) error {
	e := json.NewEncoder(n.out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

// jsonReplay writes one document, as it goes along: a replay may be of any
// length.
type jsonReplay struct {
	out   io.Writer
	begun bool
}

func (j *jsonReplay) plan(_ deliver.Request, _ string, r deliver.Result) error { return j.result(r) }

func (j *jsonReplay) result(r deliver.Result) error {
	if _, err := io.WriteString(j.out, j.separator()); err != nil {
		return err
	}
	return ndjsonReplay{j.out}.encode(r)
}

func (j *jsonReplay) separator() string {
	if j.begun {
		return ","
	}
	j.begun = true
	return `{"konhook":1,"deliveries":[` + "\n"
}

func (j *jsonReplay) end(s deliver.Summary) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	before := ""
	if !j.begun {
		before = j.separator()
	}
	_, err = fmt.Fprintf(j.out, "%s],\"summary\":%s}\n", before, text)
	return err
}

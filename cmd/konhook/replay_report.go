package main

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/report"
)

// replayReport tells of a replay while it goes on. The errors are those of
// standard output.
type replayReport interface {
	plan(req deliver.Request, to string, unsent deliver.Result) error // --dry-run
	result(deliver.Result) error
	end(deliver.Summary) error
}

func (r *replay) newReport(out io.Writer) replayReport {
	switch {
	case r.format == "json":
		return &jsonReplay{lines: ndjsonReplay{out: out}}
	case r.format == "ndjson":
		return &ndjsonReplay{out: out}
	case r.format == "junit":
		return &junitReplay{suites: report.NewSuites(out, "konhook replay")}
	case r.a.settings.Quiet:
		return silentReplay{}
	default:
		return newTextReplay(r.a, out)
	}
}

// output returns what a report writes to. end writes what of it still waits, and
// hurry says that it is time to do so; with patient that is not known without it.
func (r *replay) output(patient bool) (out io.Writer, hurry func(), end func() error) {
	if r.a.outTTY {
		return r.a.out, func() {}, func() error { return nil }
	}
	b := &burstWriter{w: r.a.out, patient: patient}
	return b, b.hurry, b.end
}

// show is a dry run.
func (r *replay) show(ctx context.Context, input *replayInput) error {
	out, _, end := r.output(false)
	defer func() { _ = end() }() // where an error ends it early, which is the news then
	report := r.newReport(out)
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
		unsent := deliver.Unsent(e, req)
		if req, err = signedNow(req); err != nil {
			r.a.tell(usageError("", "--sign: %s", err))
			break
		}
		if err := report.plan(req, shownTarget(req.URL), unsent); err != nil {
			return err
		}
		n++
	}
	if n == 0 && r.a.code == exitOK {
		r.a.warn("nothing to send")
	}
	if r.format == "json" || r.format == "junit" {
		if err := report.end(deliver.Summary{}); err != nil {
			return err
		}
	}
	if err := end(); err != nil {
		return err
	}
	return r.a.outcome(false)
}

// signedNow is a request with the headers that it would be signed with now.
func signedNow(req deliver.Request) (deliver.Request, error) {
	if req.Sign == nil {
		return req, nil
	}
	signed, err := req.Sign(time.Now(), req.Body)
	req.Headers = deliver.Override(req.Headers, signed)
	return req, err
}

// silentReplay tells nothing.
type silentReplay struct{}

func (silentReplay) plan(deliver.Request, string, deliver.Result) error { return nil }
func (silentReplay) result(deliver.Result) error                        { return nil }
func (silentReplay) end(deliver.Summary) error                          { return nil }

// ndjsonReplay writes a line for each result.
type ndjsonReplay struct {
	out  io.Writer
	line []byte
}

func (n *ndjsonReplay) plan(_ deliver.Request, _ string, r deliver.Result) error { return n.result(r) }
func (n *ndjsonReplay) end(deliver.Summary) error                                { return nil }

func (n *ndjsonReplay) result(r deliver.Result) error {
	n.line = append(r.AppendJSON(n.line[:0]), '\n')
	_, err := n.out.Write(n.line)
	return err
}

// jsonReplay writes one document, as it goes along: a replay may be of any
// length.
type jsonReplay struct {
	lines ndjsonReplay
	begun bool
}

func (j *jsonReplay) plan(_ deliver.Request, _ string, r deliver.Result) error { return j.result(r) }

func (j *jsonReplay) result(r deliver.Result) error {
	if _, err := io.WriteString(j.lines.out, j.separator()); err != nil {
		return err
	}
	return j.lines.result(r)
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
	_, err = io.WriteString(j.lines.out, before+`],"summary":`+string(text)+"}\n")
	return err
}

package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/konhook/konhook/pkg/probe"
	"github.com/konhook/konhook/pkg/report"
)

// probeReport tells of a probe while it goes on. The errors are those of standard
// output. Nothing is written before the first result.
type probeReport interface {
	result(probe.Result) error
	end(probe.Summary) error
}

func newProbeReport(a *app, format, url string) probeReport {
	switch {
	case format == "json":
		return &jsonProbe{out: a.out, url: url}
	case format == "junit":
		return &junitProbe{suites: report.NewSuites(a.out, "konhook probe"), url: url}
	case a.settings.Quiet:
		return &textProbe{a: a, out: io.Discard, url: url}
	}
	return &textProbe{a: a, out: a.out, url: url}
}

// jsonProbe writes one document, a line for each case.
type jsonProbe struct {
	out   io.Writer
	url   string
	begun bool
}

func (j *jsonProbe) result(r probe.Result) error {
	before := ","
	if !j.begun {
		j.begun = true
		before = fmt.Sprintf(`{"konhook":1,"url":%s,"cases":[`+"\n", jsonText(j.url))
	}
	if _, err := io.WriteString(j.out, before); err != nil {
		return err
	}
	return writeLine(j.out, r)
}

func (j *jsonProbe) end(s probe.Summary) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(j.out, "],\"summary\":%s}\n", text)
	return err
}

// junitProbe writes a suite with a test for each case.
type junitProbe struct {
	suites *report.Suites
	url    string
	begun  bool
}

func (j *junitProbe) result(r probe.Result) error {
	if !j.begun {
		j.begun = true
		if err := j.suites.Begin(j.url); err != nil {
			return err
		}
	}
	c := report.TestCase{Name: r.Case.Name, Kind: string(r.Case.Level)}
	long := fmt.Sprintf("sent: %s\nexpected: %s\ngot: %s\nmend: %s\n", r.Case.Sends, r.Expected, r.Got, r.Hint)
	switch r.Outcome {
	case probe.Fail:
		c.Outcome, c.Message, c.Text = report.TestFailed, fmt.Sprintf("expected %s, got %s", r.Expected, r.Got), long
	case probe.Skip:
		c.Outcome, c.Message = report.TestSkipped, r.Got
	case probe.Warn:
		c.Output = "warning\n" + long
	case probe.Pass:
	}
	return j.suites.Add(c)
}

func (j *junitProbe) end(probe.Summary) error { return j.suites.Close() }

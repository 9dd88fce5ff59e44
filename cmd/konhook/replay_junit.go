package main

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// junitReplay writes the XML that CI servers take for the results of tests: a
// case for each event, which fails when the event was not delivered. A suite
// begins with its counts, so it is held until it ends; a long replay makes
// several suites of the same name, which is how CI servers merge them.
type junitReplay struct {
	out   io.Writer
	begun bool
	suite bytes.Buffer // the cases of the suite

	tests, failures, skipped int
	took                     time.Duration
}

// junitSuite is how many bytes of cases a suite holds.
const junitSuite = 512 << 10

// plan writes a case that was not run.
func (j *junitReplay) plan(_ deliver.Request, _ string, r deliver.Result) error {
	j.skipped++
	j.open(r, 0)
	j.suite.WriteString("<skipped/></testcase>\n")
	return j.full()
}

func (j *junitReplay) result(r deliver.Result) error {
	if !r.Final {
		return nil // the last attempt counts
	}
	j.took += r.Latency
	j.open(r, r.Latency)
	if !r.OK {
		j.failures++
		j.fail(r)
	}
	j.suite.WriteString("</testcase>\n")
	return j.full()
}

// open begins a case.
func (j *junitReplay) open(r deliver.Result, took time.Duration) {
	j.tests++
	name := r.Event
	if name == "" {
		name = event.Type{}.String()
	}
	fmt.Fprintf(&j.suite, `<testcase classname="%s" name="%s" time="%s">`,
		escapedXML(name), escapedXML(strings.TrimSpace(r.Source+" "+name)), xmlSeconds(took))
}

// fail writes why an event was not delivered.
func (j *junitReplay) fail(r deliver.Result) {
	kind := "network"
	if r.Status != 0 {
		kind = strconv.Itoa(r.Status)
	}
	fmt.Fprintf(&j.suite, `<failure message="%s" type="%s">`, escapedXML(r.Err.Error()), kind)
	if r.Attempt > 1 {
		fmt.Fprintf(&j.suite, "%d attempts\n", r.Attempt)
	}
	_ = xml.EscapeText(&j.suite, render.CleanBytes(r.Answer)) // a buffer takes everything
	j.suite.WriteString("</failure>")
}

// full ends a suite that is long enough.
func (j *junitReplay) full() error {
	if j.suite.Len() < junitSuite {
		return nil
	}
	return j.flush()
}

// flush writes the suite and begins the next.
func (j *junitReplay) flush() error {
	head := ""
	if !j.begun {
		j.begun = true
		head = xml.Header + "<testsuites name=\"konhook replay\">\n"
	}
	_, err := fmt.Fprintf(j.out, "%s<testsuite name=\"replay\" tests=\"%d\" failures=\"%d\" errors=\"0\" skipped=\"%d\" time=\"%s\">\n%s</testsuite>\n",
		head, j.tests, j.failures, j.skipped, xmlSeconds(j.took), j.suite.Bytes())
	*j = junitReplay{out: j.out, begun: true, suite: j.suite}
	j.suite.Reset()
	return err
}

func (j *junitReplay) end(deliver.Summary) error {
	if j.tests > 0 || !j.begun {
		if err := j.flush(); err != nil {
			return err
		}
	}
	_, err := io.WriteString(j.out, "</testsuites>\n")
	return err
}

func xmlSeconds(d time.Duration) string { return strconv.FormatFloat(d.Seconds(), 'f', 6, 64) }

// escapedXML is one line of text as it stands in XML, also in the value of an
// attribute.
func escapedXML(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(render.CleanLine(text))) // a builder takes everything
	return b.String()
}

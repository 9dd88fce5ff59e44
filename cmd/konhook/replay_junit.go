package main

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/report"
)

// junitReplay writes a suite with a test for each event, which fails when the event
// was not delivered.
type junitReplay struct {
	suites *report.Suites
	begun  bool
}

// plan writes a test that was not run.
func (j *junitReplay) plan(_ deliver.Request, _ string, r deliver.Result) error {
	c := caseOf(r)
	c.Outcome = report.TestSkipped
	return j.add(c)
}

func (j *junitReplay) result(r deliver.Result) error {
	if !r.Final {
		return nil // the last attempt counts
	}
	c := caseOf(r)
	c.Took = r.Latency
	if r.OK {
		return j.add(c)
	}
	c.Outcome, c.Message, c.Kind, c.Text = report.TestFailed, r.Err.Error(), "network", string(r.Answer)
	if r.Status != 0 {
		c.Kind = strconv.Itoa(r.Status)
	}
	if r.Attempt > 1 {
		c.Text = fmt.Sprintf("%d attempts\n%s", r.Attempt, r.Answer)
	}
	return j.add(c)
}

func caseOf(r deliver.Result) report.TestCase {
	name := r.Event
	if name == "" {
		name = event.Type{}.String()
	}
	return report.TestCase{Class: name, Name: strings.TrimSpace(r.Source + " " + name)}
}

func (j *junitReplay) add(c report.TestCase) error {
	if err := j.begin(); err != nil {
		return err
	}
	return j.suites.Add(c)
}

func (j *junitReplay) begin() error {
	if j.begun {
		return nil
	}
	j.begun = true
	return j.suites.Begin("replay")
}

func (j *junitReplay) end(deliver.Summary) error {
	if err := j.begin(); err != nil {
		return err
	}
	return j.suites.Close()
}

package report_test

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/report"
)

func TestSuites(t *testing.T) {
	var b bytes.Buffer
	s := report.NewSuites(&b, "konhook <test>")
	hostile := "<\x1b[2J\u202e]]>&\"\n"
	for _, err := range []error{
		s.Begin("first " + hostile),
		s.Add(report.TestCase{Name: "passes"}),
		s.Add(report.TestCase{Name: "fails", Outcome: report.TestFailed, Message: "no " + hostile, Kind: "must", Text: "line\n" + hostile}),
		s.Add(report.TestCase{Name: "breaks", Outcome: report.TestErred, Message: "x", Kind: "y"}),
		s.Begin("second"),
		s.Add(report.TestCase{Name: "is skipped", Outcome: report.TestSkipped, Message: "why " + hostile}),
		s.Add(report.TestCase{Name: "says", Output: "more " + hostile}),
		s.Add(report.TestCase{Name: "took", Class: "class " + hostile, Took: 1500 * time.Microsecond}),
		s.Add(report.TestCase{Name: "took longer", Took: 2 * time.Second}),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	s.Output("note: " + hostile)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	golden(t, "suites.xml", b.String())
}

// TestSuitesOfAnyLength: a long suite becomes several whose counts are right.
func TestSuitesOfAnyLength(t *testing.T) {
	const cases = 12_000
	var b bytes.Buffer
	s := report.NewSuites(&b, "many")
	if err := s.Begin("long"); err != nil {
		t.Fatal(err)
	}
	for i := range cases {
		c := report.TestCase{Name: fmt.Sprint(i)}
		if i%3 == 0 {
			c.Outcome = report.TestSkipped
		}
		if err := s.Add(c); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	var document struct {
		Suites []struct {
			Name    string `xml:"name,attr"`
			Tests   int    `xml:"tests,attr"`
			Skipped int    `xml:"skipped,attr"`
			Cases   []struct {
				Skipped *struct{} `xml:"skipped"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal(b.Bytes(), &document); err != nil {
		t.Fatal(err)
	}
	all := 0
	for _, suite := range document.Suites {
		skipped := 0
		for _, c := range suite.Cases {
			if c.Skipped != nil {
				skipped++
			}
		}
		if suite.Name != "long" || suite.Tests != len(suite.Cases) || suite.Skipped != skipped {
			t.Errorf("%s: %d tests, %d skipped; found %d, %d", suite.Name, suite.Tests, suite.Skipped, len(suite.Cases), skipped)
		}
		all += suite.Tests
	}
	if all != cases || len(document.Suites) < 2 {
		t.Errorf("%d cases in %d suites", all, len(document.Suites))
	}
}

func TestSuitesWithoutAny(t *testing.T) {
	var b strings.Builder
	if err := report.NewSuites(&b, "none").Close(); err != nil || !strings.HasSuffix(b.String(), "<testsuites name=\"none\">\n</testsuites>\n") {
		t.Errorf("%v: %q", err, b.String())
	}
}

func TestSuitesTellOfAFullDisk(t *testing.T) {
	r, w := io.Pipe()
	full := errors.New("full")
	r.CloseWithError(full)
	if err := report.NewSuites(w, "x").Begin("y"); !errors.Is(err, full) {
		t.Error(err)
	}
}

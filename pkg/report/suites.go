package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/render"
)

// Suites writes results of tests as the XML that CI servers take, in suites of
// any length: a suite begins with its counts, so it is held until it ends; one
// with many cases makes several of the same name, which is how CI servers merge
// them. It is made by [NewSuites]. Source: the XML Schema that Jenkins publishes.
//
// Texts may come from outside: names and messages are cleaned to one line, and
// all is escaped.
type Suites struct {
	w     io.Writer
	name  string
	begun bool
	open  bool // a suite is

	suite  string // its name, cleaned and escaped
	cases  bytes.Buffer
	output bytes.Buffer
	counts map[TestOutcome]int
	tests  int
	took   time.Duration
}

// TestOutcome is what became of a test.
type TestOutcome string

// The outcomes; the zero value is that of a test that passed.
const (
	TestPassed  TestOutcome = ""
	TestFailed  TestOutcome = "failure"
	TestErred   TestOutcome = "error" // it could not be carried out
	TestSkipped TestOutcome = "skipped"
)

// TestCase is the result of one test.
type TestCase struct {
	Name    string
	Class   string // empty: the name of the suite
	Outcome TestOutcome
	// Message says in a line why it did not pass, Kind in a word, for failures
	// and errors, and Text at length.
	Message, Kind, Text string
	// Output is what else is to be told of it, also when it passed.
	Output string
	// Took is how long it took. 0: nobody knows.
	Took time.Duration
}

// A suite holds no more than these.
const (
	suiteCases = 5_000
	suiteBytes = 512 << 10
)

// NewSuites writes the suites of a report with a name.
func NewSuites(w io.Writer, name string) *Suites {
	return &Suites{w: w, name: name, counts: map[TestOutcome]int{}}
}

// Begin ends the suite that is open and begins the next.
func (s *Suites) Begin(name string) error {
	if err := s.end(); err != nil {
		return err
	}
	s.open, s.suite = true, escaped(render.CleanLine(name))
	return nil
}

// Add adds a case to the suite.
func (s *Suites) Add(c TestCase) error {
	if s.tests >= suiteCases || s.cases.Len() >= suiteBytes {
		if err := s.flush(); err != nil {
			return err
		}
	}
	s.tests++
	s.took += c.Took
	s.counts[c.Outcome]++
	c.encode(&s.cases, s.suite)
	return nil
}

// Output adds a line to what the suite has to tell beside its cases.
func (s *Suites) Output(line string) { s.output.WriteString(escaped(render.CleanLine(line)) + "\n") }

// Close ends the report.
func (s *Suites) Close() error {
	if err := s.end(); err != nil {
		return err
	}
	_, err := io.WriteString(s.w, "</testsuites>\n")
	return err
}

// end ends the last suite.
func (s *Suites) end() error {
	if !s.begun {
		s.begun = true
		if _, err := fmt.Fprintf(s.w, "%s<testsuites name=\"%s\">\n", xml.Header, escaped(s.name)); err != nil {
			return err
		}
	}
	if !s.open {
		return nil
	}
	s.open = false
	if s.output.Len() > 0 {
		s.cases.WriteString("<system-out>" + s.output.String() + "</system-out>\n")
		s.output.Reset()
	}
	return s.flush()
}

// flush writes what there is of the suite.
func (s *Suites) flush() error {
	s.cases.WriteString("</testsuite>\n")
	more := seconds(s.took)
	if n := s.counts[TestSkipped]; n > 0 {
		more = fmt.Sprintf(" skipped=\"%d\"", n) + more
	}
	_, err := fmt.Fprintf(s.w, "<testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"%d\"%s>\n",
		s.suite, s.tests, s.counts[TestFailed], s.counts[TestErred], more)
	if err == nil {
		_, err = s.w.Write(s.cases.Bytes())
	}
	s.cases.Reset()
	clear(s.counts)
	s.tests, s.took = 0, 0
	return err
}

// encode writes the element of a case. suite is the name of that, escaped already.
func (c TestCase) encode(b *bytes.Buffer, suite string) {
	class := suite
	if c.Class != "" {
		class = escaped(render.CleanLine(c.Class))
	}
	fmt.Fprintf(b, `<testcase classname="%s" name="%s"%s>`, class, escaped(render.CleanLine(c.Name)), seconds(c.Took))
	switch c.Outcome {
	case TestFailed, TestErred:
		fmt.Fprintf(b, `<%s message="%s" type="%s">`, c.Outcome, escaped(render.CleanLine(c.Message)), escaped(c.Kind))
		_ = xml.EscapeText(b, []byte(render.Clean(c.Text))) // a buffer takes everything
		fmt.Fprintf(b, "</%s>", c.Outcome)
	case TestSkipped:
		if c.Message == "" {
			b.WriteString("<skipped/>")
			break
		}
		fmt.Fprintf(b, "<skipped>%s</skipped>", escaped(render.CleanLine(c.Message)))
	}
	if c.Output != "" {
		b.WriteString("<system-out>" + escaped(render.Clean(c.Output)) + "</system-out>")
	}
	b.WriteString("</testcase>\n")
}

// seconds is the attribute for a time, nothing for none.
func seconds(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return ` time="` + strconv.FormatFloat(d.Seconds(), 'f', 6, 64) + `"`
}

// escaped is a text as it stands in XML, also in the value of an attribute.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}

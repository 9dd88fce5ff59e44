package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

// DocumentReporter is a reporter that wants to know of every document, also of
// those on which there is no finding.
type DocumentReporter interface {
	Reporter
	// Begin starts the next file. It comes before all that is told of the file.
	Begin(file string) error
	// Documents says that the next n documents of the file are done; all that was
	// found in them has been told.
	Documents(n int) error
	// Failed says that a document could not be read, by its number in the file;
	// with 0 the file itself.
	Failed(document int, err error) error
}

// NewJUnit writes the XML that CI servers take for the results of tests: a suite
// for each file and in it a case for each document, which fails when the
// document is invalid. A suite begins with its counts, so it is held until it
// ends; a long file makes several suites of the same name, which is how CI
// servers merge them. What it returns is a [DocumentReporter]. Source: the XML
// Schema that Jenkins publishes.
func NewJUnit(w io.Writer) DocumentReporter { return &junitReporter{w: w, most: -1} }

type junitReporter struct {
	w     io.Writer
	begun bool
	open  bool   // a file is
	file  string // cleaned and escaped
	notes notes  // of the file
	// documents are those of the file that are written, told those that Documents
	// was called for.
	documents, told int
	pending         *junitCase // the first that is not written, when it is not valid

	suite                   bytes.Buffer // the cases of the suite
	tests, failures, errors int
	most                    int // findings to be shown, -1 for all
}

// junitCase is the case of a document that is not valid.
type junitCase struct {
	document      int
	element       string // "failure" or "error"
	message, kind string
	text          strings.Builder
	hidden        int
}

const junitHead = xml.Header + "<testsuites name=\"konhook validate\">\n"

// A suite holds no more than these.
const (
	suiteCases = 5_000
	suiteBytes = 512 << 10
)

func (r *junitReporter) Begin(file string) error {
	if err := r.end(); err != nil {
		return err
	}
	*r = junitReporter{w: r.w, begun: true, open: true, suite: r.suite, most: r.most}
	r.file = escaped(render.CleanLine(event.Place{File: file}.Name()))
	return nil
}

// head is written once.
func (r *junitReporter) head() error {
	if r.begun {
		return nil
	}
	r.begun = true
	_, err := io.WriteString(r.w, junitHead)
	return err
}

// end ends the last suite of a file: with the notes on its documents, which are
// valid all the same.
func (r *junitReporter) end() error {
	if err := r.head(); err != nil || !r.open {
		return err
	}
	r.open = false
	if len(r.notes.kinds) > 0 {
		r.suite.WriteString("<system-out>")
		for _, n := range r.notes.kinds[:min(len(r.notes.kinds), shownNotes)] {
			r.suite.WriteString(escaped(n.line(nil)) + "\n")
		}
		if more := r.notes.uncounted(shownNotes); more > 0 {
			r.suite.WriteString("note: " + plural(more, "note") + " of other kinds\n")
		}
		r.suite.WriteString("</system-out>\n")
	}
	return r.flush()
}

// flush writes the suite and begins the next.
func (r *junitReporter) flush() error {
	r.suite.WriteString("</testsuite>\n")
	_, err := fmt.Fprintf(r.w, "<testsuite name=\"%s\" tests=\"%d\" failures=\"%d\" errors=\"%d\">\n", r.file, r.tests, r.failures, r.errors)
	if err == nil {
		_, err = r.w.Write(r.suite.Bytes())
	}
	r.suite.Reset()
	r.tests, r.failures, r.errors = 0, 0, 0
	return err
}

func (r *junitReporter) Close(Summary) error {
	if err := r.end(); err != nil {
		return err
	}
	_, err := io.WriteString(r.w, "</testsuites>\n")
	return err
}

func (r *junitReporter) Finding(f schema.Finding, more int) error {
	if f.Severity == schema.Note {
		r.notes.add(f, 1+more)
		return nil
	}
	c, err := r.of(f.Document)
	if err != nil {
		return err
	}
	if c.element == "" {
		c.element, c.message, c.kind = "failure", render.CleanLine(f.Message), f.Keyword
	}
	if r.most == 0 {
		c.hidden++
	} else {
		r.most = max(r.most-1, -1)
		c.text.WriteString("\n" + Text(f, TextOptions{Width: junitWidth}))
	}
	if f.Document == 0 {
		return r.write(c)
	}
	return nil
}

// junitWidth is how many columns there are for the excerpts in a report.
const junitWidth = 120

func (r *junitReporter) Failed(document int, err error) error {
	c, wrong := r.of(document)
	if wrong != nil {
		return wrong
	}
	c.element, c.message, c.kind = "error", render.CleanLine(err.Error()), "unreadable"
	c.text.WriteString(c.message)
	if document == 0 {
		return r.write(c)
	}
	return nil
}

// of returns the case of a document that is not valid, once those before it are
// written.
func (r *junitReporter) of(document int) (*junitCase, error) {
	if document == 0 {
		return &junitCase{}, nil
	}
	if r.pending != nil && r.pending.document == document {
		return r.pending, nil
	}
	if err := r.upTo(document - 1); err != nil {
		return nil, err
	}
	r.pending = &junitCase{document: document}
	return r.pending, nil
}

// Documents writes the cases of n documents.
func (r *junitReporter) Documents(n int) error {
	r.told += n
	return r.upTo(r.told)
}

// upTo writes the cases up to that of a document.
func (r *junitReporter) upTo(document int) error {
	for r.documents < document {
		r.documents++
		c := r.pending
		if c == nil || c.document != r.documents {
			c = &junitCase{document: r.documents}
		} else {
			r.pending = nil
		}
		if err := r.write(c); err != nil {
			return err
		}
	}
	return nil
}

// write adds a case to the suite, or to a new one when that is full.
func (r *junitReporter) write(c *junitCase) error {
	if r.tests >= suiteCases || r.suite.Len() >= suiteBytes {
		if err := r.flush(); err != nil {
			return err
		}
	}
	r.tests++
	switch c.element {
	case "failure":
		r.failures++
	case "error":
		r.errors++
	}
	c.encode(&r.suite, r.file)
	return nil
}

func (c *junitCase) encode(b *bytes.Buffer, class string) {
	name := "file"
	if c.document > 0 {
		name = "document " + strconv.Itoa(c.document)
	}
	b.WriteString(`<testcase classname="` + class + `" name="` + name + `">`)
	if c.element != "" {
		if c.hidden > 0 {
			c.text.WriteString("\n" + plural(c.hidden, "more finding") + ", see --max-errors\n")
		}
		b.WriteString("<" + c.element + ` message="` + escaped(c.message) + `" type="` + escaped(c.kind) + `">`)
		_ = xml.EscapeText(b, []byte(c.text.String())) // a buffer takes everything
		b.WriteString("</" + c.element + ">")
	}
	b.WriteString("</testcase>\n")
}

// escaped is a text as it stands in XML, also in the value of an attribute.
func escaped(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}

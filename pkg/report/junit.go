package report

import (
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

// NewJUnit writes the XML that CI servers take for the results of tests, see
// [Suites]: a suite for each file and in it a case for each document, which fails
// when the document is invalid. What it returns is a [DocumentReporter].
func NewJUnit(w io.Writer) DocumentReporter {
	return &junitReporter{suites: NewSuites(w, "konhook validate"), most: -1}
}

type junitReporter struct {
	suites *Suites
	open   bool  // a file is
	notes  notes // of the file
	// documents are those of the file that are written, told those that Documents
	// was called for.
	documents, told int
	pending         *junitCase // the first that is not written, when it is not valid
	most            int        // findings to be shown, -1 for all
}

// junitCase is the case of a document that is not valid.
type junitCase struct {
	document      int
	outcome       TestOutcome
	message, kind string
	text          strings.Builder
	hidden        int
}

func (r *junitReporter) Begin(file string) error {
	r.end()
	*r = junitReporter{suites: r.suites, open: true, most: r.most}
	return r.suites.Begin(event.Place{File: file}.Name())
}

// end tells of the notes on the documents of a file, which are valid all the
// same.
func (r *junitReporter) end() {
	if !r.open {
		return
	}
	r.open = false
	for _, n := range r.notes.kinds[:min(len(r.notes.kinds), shownNotes)] {
		r.suites.Output(n.line(nil))
	}
	if more := r.notes.uncounted(shownNotes); more > 0 {
		r.suites.Output("note: " + plural(more, "note") + " of other kinds")
	}
}

func (r *junitReporter) Close(Summary) error {
	r.end()
	return r.suites.Close()
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
	if c.outcome == TestPassed {
		c.outcome, c.message, c.kind = TestFailed, render.CleanLine(f.Message), f.Keyword
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
	c.outcome, c.message, c.kind = TestErred, render.CleanLine(err.Error()), "unreadable"
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

// write adds a case to the suite.
func (r *junitReporter) write(c *junitCase) error {
	name := "file"
	if c.document > 0 {
		name = "document " + strconv.Itoa(c.document)
	}
	if c.hidden > 0 {
		c.text.WriteString("\n" + plural(c.hidden, "more finding") + ", see --max-errors\n")
	}
	return r.suites.Add(TestCase{Name: name, Outcome: c.outcome, Message: c.message, Kind: c.kind, Text: c.text.String()})
}

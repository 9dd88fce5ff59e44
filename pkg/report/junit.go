package report

import (
	"bytes"
	"encoding/xml"
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
// document is invalid. Cases are written as they come; for that the counts,
// which are optional, are left out. What it returns is a [DocumentReporter].
func NewJUnit(w io.Writer) DocumentReporter {
	return &junitReporter{w: w, most: -1, cases: map[int]*junitCase{}}
}

type junitReporter struct {
	w         io.Writer
	begun     bool
	open      bool   // a suite is
	file      string // cleaned
	documents int    // of the file so far
	notes     notes  // of the file
	// cases are those of documents that are not valid, until Documents is told of
	// them, by the number of the document.
	cases map[int]*junitCase
	most  int // findings to be shown, -1 for all
}

type junitCase struct {
	XMLName xml.Name      `xml:"testcase"`
	Class   string        `xml:"classname,attr"`
	Name    string        `xml:"name,attr"`
	Failure *junitFailure `xml:"failure,omitempty"`
	Error   *junitFailure `xml:"error,omitempty"`

	hidden int
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr"`
	Text    string `xml:",chardata"`
}

func (r *junitReporter) Begin(file string) error {
	before := r.endSuite()
	if !r.begun {
		before = junitHead
	}
	r.begun, r.open = true, true
	r.file, r.documents, r.notes = render.CleanLine(event.Place{File: file}.Name()), 0, notes{}
	_, err := io.WriteString(r.w, before+`<testsuite name="`+attribute(r.file)+"\">\n")
	return err
}

const junitHead = xml.Header + "<testsuites name=\"konhook validate\">\n"

// endSuite is the end of a suite: the notes on its documents, which are valid
// all the same.
func (r *junitReporter) endSuite() string {
	if !r.open {
		return ""
	}
	r.open = false
	var b strings.Builder
	if len(r.notes.kinds) > 0 {
		b.WriteString("<system-out>")
		for _, n := range r.notes.kinds[:min(len(r.notes.kinds), shownNotes)] {
			_ = xml.EscapeText(&b, []byte(n.line(nil))) // a builder takes everything
			b.WriteByte('\n')
		}
		if more := r.notes.uncounted(shownNotes); more > 0 {
			b.WriteString("note: " + plural(more, "note") + " of other kinds\n")
		}
		b.WriteString("</system-out>\n")
	}
	b.WriteString("</testsuite>\n")
	return b.String()
}

func (r *junitReporter) Close(Summary) error {
	text := r.endSuite()
	if !r.begun {
		text = junitHead
	}
	_, err := io.WriteString(r.w, text+"</testsuites>\n")
	return err
}

func (r *junitReporter) Finding(f schema.Finding, more int) error {
	if f.Severity == schema.Note {
		r.notes.add(f, 1+more)
		return nil
	}
	c := r.of(f.Document)
	if c.Failure == nil {
		c.Failure = &junitFailure{Message: render.CleanLine(f.Message), Type: f.Keyword}
	}
	if r.most == 0 {
		c.hidden++
	} else {
		r.most = max(r.most-1, -1)
		c.Failure.Text += "\n" + Text(f, TextOptions{Width: junitWidth})
	}
	if f.Document == 0 {
		return r.write(c)
	}
	return nil
}

// junitWidth is how many columns there are for the excerpts in a report.
const junitWidth = 120

func (r *junitReporter) Failed(document int, err error) error {
	c := r.of(document)
	text := render.CleanLine(err.Error())
	c.Error = &junitFailure{Message: text, Type: "unreadable", Text: text}
	if document == 0 {
		return r.write(c)
	}
	return nil
}

// of returns the case of a document that is not valid.
func (r *junitReporter) of(document int) *junitCase {
	if document == 0 {
		return &junitCase{Class: r.file, Name: "file"}
	}
	c := r.cases[document]
	if c == nil {
		c = &junitCase{Class: r.file, Name: documentName(document)}
		r.cases[document] = c
	}
	return c
}

func documentName(number int) string { return "document " + strconv.Itoa(number) }

// Documents writes the cases of n documents, some at a time.
func (r *junitReporter) Documents(n int) error {
	var b bytes.Buffer
	class := attribute(r.file)
	for range n {
		r.documents++
		if c := r.cases[r.documents]; c != nil {
			c.encode(&b)
		} else {
			b.WriteString(`<testcase classname="` + class + `" name="` + documentName(r.documents) + "\"></testcase>\n")
		}
		if b.Len() >= writeSize {
			if _, err := b.WriteTo(r.w); err != nil {
				return err
			}
		}
	}
	clear(r.cases)
	_, err := b.WriteTo(r.w)
	return err
}

// writeSize is how many bytes are written at a time.
const writeSize = 64 << 10

func (r *junitReporter) write(c *junitCase) error {
	var b bytes.Buffer
	c.encode(&b)
	_, err := b.WriteTo(r.w)
	return err
}

func (c *junitCase) encode(b *bytes.Buffer) {
	if c.hidden > 0 {
		c.Failure.Text += "\n" + plural(c.hidden, "more finding") + ", see --max-errors\n"
	}
	text, err := xml.Marshal(c)
	if err != nil {
		panic(err) // texts always marshal
	}
	b.Write(append(text, '\n'))
}

// attribute escapes the value of an attribute.
func attribute(text string) string {
	var b strings.Builder
	_ = xml.EscapeText(&b, []byte(text)) // a builder takes everything
	return b.String()
}

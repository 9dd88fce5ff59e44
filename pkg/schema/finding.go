package schema

import (
	"slices"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/event"
)

// Severity says what a finding means for its event.
type Severity string

// The severities.
const (
	// Error makes the event invalid.
	Error Severity = "error"
	// Note is worth knowing and leaves the event valid.
	Note Severity = "note"
)

// Keywords of findings that are none of JSON Schema.
const (
	KeywordSyntax    = "syntax"    // not JSON at all
	KeywordDuplicate = "duplicate" // an object has two members of one name
	KeywordLimit     = "limit"     // more than can be checked
)

// Finding is one thing that is wrong with an event, or worth knowing of it.
// Encoded as JSON it has the shape that scripts rely on.
type Finding struct {
	// File, Line and Column are where it is, see [event.Place]: empty and 0 for
	// an event that came from no file.
	File   string `json:"file"`
	Line   int    `json:"line"`
	Column int    `json:"column"`
	// Document is the number of the event in its file, from 1; 0 for an event
	// that came from no file.
	Document int `json:"document"`
	// Event is the slug of the type whose schema was used, nil when none is
	// known.
	Event *string `json:"event"`
	// Pointer is the JSON Pointer (RFC 6901), from the root of the event, of the
	// value that the finding is about. For a missing member it is the object that
	// lacks it. Where it would be longer than 1024 bytes it is that of the
	// nearest value around.
	Pointer string `json:"pointer"`
	// Keyword is the keyword of JSON Schema that is not met, or one of the
	// Keyword constants.
	Keyword  string   `json:"keyword"`
	Severity Severity `json:"severity"`
	// Message says what was expected and what was found: at most 1000 bytes of
	// text from konhook and from the event, which must be cleaned before it is
	// shown on a terminal.
	Message string `json:"message"`
	// Hint says what can be done about it, nil when that is not obvious.
	Hint *string `json:"hint"`

	source func() (line []byte, at int)
}

// Place is where the finding is.
func (f *Finding) Place() event.Place {
	return event.Place{File: f.File, Line: f.Line, Column: f.Column}
}

// Source returns the line of the source that the finding is about and the offset
// in it where a caret belongs. Of a long line only a part around the caret is
// returned. It is nil for a finding that was made without one. The text is as it
// was read: it must be cleaned before it is shown on a terminal.
func (f *Finding) Source() (line []byte, at int) {
	if f.source == nil {
		return nil, 0
	}
	return f.source()
}

// Invalid reports whether one of the findings is an error.
func Invalid(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == Error })
}

// FromSyntax makes a finding of what a reader could not read.
func FromSyntax(e *event.SyntaxError) Finding {
	f := Finding{
		File: e.Place.File, Line: e.Place.Line, Column: e.Place.Column, Document: e.Document,
		Keyword: KeywordSyntax, Severity: Error, Message: cut(e.Reason, maxMessage),
		source: func() ([]byte, int) { return around(e.Line, e.At) },
	}
	f.Hint = optional(syntaxHint(e.Line, e.At))
	return f
}

// FromEmpty makes a finding of a file that holds no document.
func FromEmpty(e *event.EmptyError) Finding {
	return Finding{File: e.File, Line: 1, Column: 1, Keyword: KeywordSyntax, Severity: Error, Message: "no JSON document in it"}
}

func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// aroundCaret is how many bytes of a line are kept on each side of a caret.
const aroundCaret = 1024

// around returns the part of a line around its byte at.
func around(line []byte, at int) ([]byte, int) {
	at = max(0, min(at, len(line)))
	from, to := max(0, at-aroundCaret), min(len(line), at+aroundCaret)
	for from < at && !utf8.RuneStart(line[from]) {
		from++
	}
	for to > at && to < len(line) && !utf8.RuneStart(line[to]) {
		to--
	}
	return line[from:to:to], at - from
}

// cut shortens s to at most n bytes, an ellipsis included, at the boundary of a
// character.
func cut(s string, n int) string {
	if len(s) <= n {
		return s
	}
	const ellipsis = "…"
	n -= len(ellipsis)
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + ellipsis
}

package report

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

// TextOptions say how a report for people looks. The zero value is 80 columns
// without colour.
type TextOptions struct {
	Palette *render.Palette
	// Width is how many columns there are; 0 stands for 80.
	Width int
}

// NewText writes a report for people: each error with the line it is about and a
// caret below, notes that say the same as one line with their number, and the
// summary.
func NewText(w io.Writer, o TextOptions) Reporter { return &textReporter{w: w, options: o} }

type textReporter struct {
	w       io.Writer
	options TextOptions
	notes   notes
	errors  notes
}

// hidden counts an error that is not shown.
func (r *textReporter) hidden(f schema.Finding) { r.errors.addAs(errorKind(f), f, 1) }

func (r *textReporter) Finding(f schema.Finding, more int) error {
	if f.Severity == schema.Note {
		r.notes.add(f, 1+more)
		return nil
	}
	r.errors.addAs(errorKind(f), f, 1)
	_, err := io.WriteString(r.w, Text(f, r.options)+"\n")
	return err
}

// shownNotes is how many kinds of notes are shown.
const shownNotes = 20

func (r *textReporter) Close(s Summary) error {
	p := r.options.Palette
	var b strings.Builder
	if s.Hidden > 0 {
		fmt.Fprintf(&b, "%s, see --max-errors\n\n", plural(s.Hidden, "more finding"))
		b.WriteString(r.errors.table(p) + "\n")
	}
	for _, n := range r.notes.kinds[:min(len(r.notes.kinds), shownNotes)] {
		b.WriteString(n.line(p) + "\n")
	}
	if more := r.notes.uncounted(shownNotes); more > 0 {
		fmt.Fprintf(&b, "%s %s of other kinds\n", p.Warn("note:"), plural(more, "note"))
	}
	if len(r.notes.kinds) > 0 {
		b.WriteByte('\n')
	}
	paint := p.Good
	if s.Invalid > 0 {
		paint = p.Bad
	}
	b.WriteString(paint(s.line()) + "\n")
	_, err := io.WriteString(r.w, b.String())
	return err
}

// Text writes one finding for people: its place and message, the line that it is
// about with a caret below, the JSON Pointer and a hint, each on a line of its
// own. The result is clean, see package render.
func Text(f schema.Finding, o TextOptions) string {
	p := o.Palette
	var b strings.Builder
	if place := f.Place().String(); place != "" {
		b.WriteString(p.Bold(render.CleanLine(place)) + ": ")
	}
	b.WriteString(render.CleanLine(f.Message) + "\n")
	if line, at := f.Source(); line != nil {
		text, column := excerpt(line, at, o.columns()-len(indent))
		fmt.Fprintf(&b, "%s%s\n%s%s\n", indent, text, indent, strings.Repeat(" ", column)+p.Bad("^"))
	}
	if f.Keyword != schema.KeywordSyntax {
		fmt.Fprintf(&b, "%s%s\n", indent, p.Dim("at "+where(f)))
	}
	if f.Hint != nil {
		fmt.Fprintf(&b, "%s%s %s\n", indent, p.Accent("hint:"), render.CleanLine(*f.Hint))
	}
	return b.String()
}

const indent = "    "

func (o TextOptions) columns() int {
	if o.Width <= 0 {
		return 80
	}
	return max(o.Width, 30)
}

// where says which value of which event a finding is about.
func where(f schema.Finding) string {
	if f.Event != nil {
		return shownPointer(f) + " of " + *f.Event
	}
	return shownPointer(f)
}

func shownPointer(f schema.Finding) string {
	if f.Pointer == "" {
		return "the root"
	}
	return render.CleanLine(f.Pointer)
}

// line is the summary in words.
func (s Summary) line() string {
	text := fmt.Sprintf("%s in %s: %s valid", plural(s.Documents, "document"), plural(s.Files, "file"), render.Count(s.Valid))
	if s.Invalid > 0 {
		text += ", " + render.Count(s.Invalid) + " invalid"
	}
	var found []string
	if s.Findings > 0 {
		found = append(found, plural(s.Findings, "finding"))
	}
	if s.Notes > 0 {
		found = append(found, plural(s.Notes, "note"))
	}
	if found != nil {
		text += "; " + strings.Join(found, ", ")
	}
	return text
}

func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return render.Count(n) + " " + noun
}

// excerpt cuts a line around its byte at so that it takes at most so many cells,
// and returns the cell that the caret belongs under.
func excerpt(line []byte, at, cells int) (text string, caret int) {
	left := render.CleanLine(strings.TrimLeft(string(line[:at]), " \t"))
	right := render.CleanLine(string(line[at:]))
	room := max(cells-render.Width(right), cells*3/5)
	left = lastCells(left, room)
	caret = render.Width(left)
	return left + render.Truncate(right, cells-caret), caret
}

// lastCells returns the end of s that fits into so many cells, with an ellipsis
// for what is missing.
func lastCells(s string, cells int) string {
	left := render.Width(s)
	if left <= cells {
		return s
	}
	for left > cells-1 {
		_, n := utf8.DecodeRuneInString(s)
		left -= render.Width(s[:n])
		s = s[n:]
	}
	return "…" + s
}

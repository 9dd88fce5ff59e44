package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/probe"
	"github.com/konhook/konhook/pkg/render"
)

// textProbe tells people: a row for each case that was tried, with what is to be
// said of those that are not as they should be below it, then why the others were
// not tried, and the verdict.
type textProbe struct {
	a       *app
	out     io.Writer
	url     string
	begun   bool
	skipped []skippedCases
	mend    string // what was said last
}

// skippedCases are those that were not tried for the same reason.
type skippedCases struct {
	why string
	n   int
}

// The cells of the columns before the text of a row.
const (
	outcomeCells = 6
	nameCells    = 21
)

func (t *textProbe) result(r probe.Result) error {
	var b strings.Builder
	if !t.begun {
		t.begun = true
		fmt.Fprintf(&b, "probing %s\n\n", t.a.outPalette().Accent(render.CleanLine(t.url)))
	}
	if r.Outcome == probe.Skip {
		t.skip(r.Got)
	} else {
		t.row(&b, r)
	}
	_, err := io.WriteString(t.out, b.String())
	return err
}

// row writes the row of a case.
func (t *textProbe) row(b *strings.Builder, r probe.Result) {
	p, look := t.a.outPalette(), (*render.Palette).Good
	switch r.Outcome {
	case probe.Fail:
		look = (*render.Palette).Bad
	case probe.Warn:
		look = (*render.Palette).Warn
	}
	lines := folded(r.Case.Sends, t.a.width-outcomeCells-nameCells)
	fmt.Fprintf(b, "%s  %s  %s\n", look(p, string(r.Outcome)), p.Bold(fmt.Sprintf("%-*s", nameCells-2, r.Case.Name)),
		strings.Join(lines, "\n"+strings.Repeat(" ", outcomeCells+nameCells)))
	if r.Outcome == probe.Pass {
		return
	}
	mend := r.Hint
	if mend == t.mend {
		mend = "as above"
	}
	t.mend = r.Hint
	for _, part := range []struct{ name, text string }{{"expected", r.Expected}, {"got", r.Got}, {"mend", mend}} {
		b.WriteString(labelled(p, part.name, part.text, t.a.width, outcomeCells))
	}
}

func (t *textProbe) skip(why string) {
	for i := range t.skipped {
		if t.skipped[i].why == why {
			t.skipped[i].n++
			return
		}
	}
	t.skipped = append(t.skipped, skippedCases{why, 1})
}

// end writes why cases were skipped, and the verdict.
func (t *textProbe) end(s probe.Summary) error {
	p := t.a.outPalette()
	var b strings.Builder
	for _, skipped := range t.skipped {
		more := ""
		if skipped.why == probe.NotSigned {
			more = ": --sign SCHEME --secret-file FILE"
		}
		fmt.Fprintf(&b, "%s  %s, %s%s\n", p.Dim("skip"), many(skipped.n, "case", "cases"), skipped.why, more)
	}
	var parts []string
	if s.Failed > 0 {
		parts = append(parts, counted(s.Failed, "failed", p.Bad))
	}
	parts = append(parts, counted(s.Passed, "passed", p.Good))
	if s.Warned > 0 {
		parts = append(parts, p.Warn(many(s.Warned, "warning", "warnings")))
	}
	if s.Skipped > 0 {
		parts = append(parts, render.Count(s.Skipped)+" skipped")
	}
	fmt.Fprintf(&b, "\n%s %s (%s)\n", p.Bold("verdict:"), t.verdict(s), strings.Join(parts, ", "))
	_, err := io.WriteString(t.out, b.String())
	return err
}

// verdict is the answer in a word or two.
func (t *textProbe) verdict(s probe.Summary) string {
	isInterrupted := slices.ContainsFunc(t.skipped, func(s skippedCases) bool { return s.why == probe.Interrupted })
	switch p := t.a.outPalette(); {
	case s.Failed > 0:
		return p.Bad("not good")
	case isInterrupted, s.Passed+s.Warned == 0:
		return p.Warn("none yet")
	default:
		return p.Good("good")
	}
}

package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

// NewGitHub writes the workflow commands that GitHub Actions makes annotations
// of: one for each error, one for notes that say the same, and a line with the
// summary. Source: GitHub's documentation, "Workflow commands".
func NewGitHub(w io.Writer) Reporter {
	return &githubReporter{
		w:        w,
		data:     strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A"),
		property: strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C"),
	}
}

type githubReporter struct {
	w     io.Writer
	notes notes
	// data escapes the message of a workflow command, property what stands in
	// front of it.
	data, property *strings.Replacer
}

func (r *githubReporter) Finding(f schema.Finding, more int) error {
	if f.Severity == schema.Note {
		r.notes.add(f, 1+more)
		return nil
	}
	return r.annotate("error", f, "")
}

func (r *githubReporter) Close(s Summary) error {
	for _, n := range r.notes.kinds[:min(len(r.notes.kinds), shownNotes)] {
		if err := r.annotate("notice", n.first, n.times()); err != nil {
			return err
		}
	}
	_, err := io.WriteString(r.w, s.line()+"\n")
	return err
}

func (r *githubReporter) annotate(command string, f schema.Finding, times string) error {
	var properties []string
	add := func(name, value string) {
		properties = append(properties, name+"="+r.property.Replace(render.CleanLine(value)))
	}
	if f.File != "" && f.File != event.Stdin {
		add("file", f.File)
	}
	if f.Line > 0 {
		add("line", strconv.Itoa(f.Line))
		add("col", strconv.Itoa(f.Column))
	}
	if f.Keyword != schema.KeywordSyntax {
		add("title", where(f))
	}
	text := render.CleanLine(f.Message) + times
	if f.Hint != nil {
		text += "\n" + render.CleanLine(*f.Hint)
	}
	_, err := fmt.Fprintf(r.w, "::%s %s::%s\n", command, strings.Join(properties, ","), r.data.Replace(text))
	return err
}

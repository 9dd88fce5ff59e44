package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/render"
)

// showsTable reports whether the command ends with a table on standard error:
// for people, when there was more than one thing to ask for.
func (f *fetching) showsTable() bool {
	forPeople := f.out.o.format == "pretty" || f.a.errTTY
	return forPeople && !f.a.settings.Quiet && len(f.results) > 1
}

// table says in a line each what came of the types that were asked for.
func (f *fetching) table() {
	rows := [][]string{{"EVENT", "WHEN", "SIZE", "STATE"}}
	for _, r := range f.results {
		rows = append(rows, r.row(time.Now()))
	}
	for i, line := range columns(rows) {
		text := render.Truncate(line, min(f.a.width, 80))
		if i == 0 {
			text = f.a.errPalette().Dim(text)
		}
		fmt.Fprintln(f.a.err, text)
	}
}

// row is what the table says of a type: when the event happened, in the time
// zone of the machine, its size, and what the schema says of it.
func (r *fetched) row(now time.Time) []string {
	var none *api.NoEventError
	switch {
	case errors.As(r.err, &none):
		return []string{r.kind.Slug, "none in the last 30 days", "", ""}
	case errors.Is(r.err, errGivenUp):
		return []string{r.kind.Slug, "not asked for", "", ""}
	case r.err != nil:
		return []string{r.kind.Slug, "failed", "", ""}
	}
	when := "unknown"
	if at, ok := r.answer.Event.Occurred(); ok {
		when = at.Local().Format("2006-01-02 15:04") + ", " + render.Ago(now.Sub(at))
	}
	return []string{r.kind.Slug, when, render.Bytes(int64(len(r.answer.Event.Body))), render.CleanLine(r.state())}
}

// state is what the table says last: whether the file in the folder had it all
// before, and what the schema says.
func (r *fetched) state() string {
	switch {
	case r.unchanged == "":
		return r.verdict
	case r.verdict == "":
		return "unchanged"
	}
	return "unchanged, " + r.verdict
}

// tellSaved says where events are.
func (f *fetching) tellSaved() {
	changed := slices.ContainsFunc(f.results, func(r *fetched) bool { return r.answer != nil && r.unchanged == "" })
	if f.out.o.save != "" && f.came > 0 {
		f.a.note("saved to %s", f.out.o.save)
	}
	if f.out.o.saveDir != "" && changed {
		f.a.note("saved to %s", f.out.o.saveDir)
	}
}

// tellUnchanged names the files in the folder that were left as they are, where
// there is no table to say so.
func (f *fetching) tellUnchanged() {
	var same []string
	for _, r := range f.results {
		if r.unchanged != "" {
			same = append(same, r.unchanged)
		}
	}
	switch {
	case len(same) == 0:
	case len(f.results) == 1:
		f.a.note("note: %s: unchanged", render.CleanLine(same[0]))
	default:
		f.a.note("note: %s: %d of %d files unchanged", render.CleanLine(f.out.o.saveDir), len(same), len(f.results))
	}
}

package main

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/latency"
	"github.com/konhook/konhook/pkg/render"
)

// end writes the summary.
func (t *textReplay) end(s deliver.Summary) error {
	var b strings.Builder
	if s.Sent > 0 {
		b.WriteByte('\n')
	}
	parts := []string{counted(s.OK, "ok", t.palette.Good), counted(s.Failed, "failed", t.palette.Bad)}
	if s.Retried > 0 {
		parts = append(parts, counted(s.Retried, "retried", t.palette.Warn))
	}
	fmt.Fprintf(&b, "%s sent: %s\n", render.Count(s.Sent), strings.Join(parts, ", "))
	if s.Sent > 0 {
		fmt.Fprintf(&b, "latency %s\n", quantiles(s.Latency))
	}
	if s.Sent > 1 { // of one all has been said
		t.spread(&b, s)
		t.types(&b, s)
		t.failures(&b, s)
	}
	_, err := io.WriteString(t.out, b.String())
	return err
}

// counted colours a count unless it is 0.
func counted(n int, what string, colour func(string) string) string {
	text := render.Count(n) + " " + what
	if n == 0 {
		return text
	}
	return colour(text)
}

const (
	// spreadFrom is how many requests are worth a picture.
	spreadFrom = 20
	spreadBar  = 30
)

// spread draws how the latencies are spread.
func (t *textReplay) spread(b *strings.Builder, s deliver.Summary) {
	if s.Sent+s.Retried < spreadFrom {
		return
	}
	const beside = 36 // cells of what is not the bar
	longest := min(spreadBar, max(4, t.width-beside))
	most := slices.MaxFunc(s.Spread, func(a, b latency.Band) int { return int(a.N) - int(b.N) }).N
	for _, band := range s.Spread {
		bar := strings.Repeat("#", int((band.N*uint64(longest)+most-1)/most))
		fmt.Fprintf(b, "  %10s to %-10s  %s %s\n", exactly(band.From), exactly(roundUp(band.To)), t.palette.Accent(padded(bar, -longest)), render.Count(int(band.N)))
	}
}

// roundUp is the next of 1, 2 and 5 times a power of ten: the last band ends with the
// longest of what is in it.
func roundUp(d time.Duration) time.Duration {
	for power := int64(1); power < math.MaxInt64/50; power *= 10 {
		for _, step := range []int64{1, 2, 5} {
			if border := time.Duration(step * power); border >= d {
				return border
			}
		}
	}
	return d
}

// exactly shows a border of a band.
func exactly(d time.Duration) string {
	if d >= time.Millisecond || d == 0 {
		return render.Latency(d)
	}
	return strings.NewReplacer("µs", " µs", "ns", " ns").Replace(d.String())
}

// column is one of the table of types.
type column struct {
	name  string
	cells int // with a space before it
	drop  int // where the terminal is narrow, those with the highest go first
	cell  func(deliver.Count) string
}

// columns are those that a line has room for.
func (t *textReplay) columns() []column {
	const name = 20
	all := []column{
		{"sent", 8, 0, func(c deliver.Count) string { return render.Count(c.Sent) }},
		{"ok", 8, 1, func(c deliver.Count) string { return number(c.OK, t.palette.Good) }},
		{"failed", 8, 0, func(c deliver.Count) string { return number(c.Sent-c.OK, t.palette.Bad) }},
		{"retried", 8, 5, func(c deliver.Count) string { return number(c.Retried, t.palette.Warn) }},
		{"p50", 9, 4, func(c deliver.Count) string { return render.Latency(c.Latency.P50) }},
		{"p99", 9, 3, func(c deliver.Count) string { return render.Latency(c.Latency.P99) }},
		{"max", 9, 2, func(c deliver.Count) string { return render.Latency(c.Latency.Max) }},
	}
	for drop := 5; drop > 0; drop-- {
		cells := name
		for _, c := range all {
			cells += c.cells
		}
		if cells <= t.width {
			break
		}
		all = slices.DeleteFunc(all, func(c column) bool { return c.drop == drop })
	}
	return all
}

// types writes a line for each type of event, in the order of konhook events.
func (t *textReplay) types(b *strings.Builder, s deliver.Summary) {
	columns := t.columns()
	head := padded("  event", -20)
	for _, c := range columns {
		head += padded(c.name, c.cells)
	}
	fmt.Fprintln(b, t.palette.Dim(head))
	line := func(name string) {
		count, ok := s.Events[name]
		if !ok {
			return
		}
		b.WriteString("  " + padded(name, -18))
		for _, c := range columns {
			b.WriteString(padded(c.cell(count), c.cells))
		}
		b.WriteByte('\n')
	}
	for _, known := range event.Types() {
		line(known.Slug)
	}
	line(event.Type{}.String())
}

// number is a count in a table, coloured unless it is 0.
func number(n int, colour func(string) string) string {
	text := padded(render.Count(n), 8)
	if n == 0 {
		return text
	}
	return colour(text)
}

// failures writes why events were not delivered, most frequent first.
func (t *textReplay) failures(b *strings.Builder, s deliver.Summary) {
	if s.Failed == 0 {
		return
	}
	b.WriteString("failed\n")
	for _, f := range s.Failures {
		text := f.First.Err.Error()
		if answer := strings.TrimSpace(string(f.First.Answer)); answer != "" {
			text += ": " + answer
		}
		if f.First.Source != "" {
			text = "first " + f.First.Source + ": " + text
		}
		fmt.Fprintf(b, "  %s  %s\n", t.palette.Bad(padded(render.Count(f.Count), 7)), render.Truncate(render.CleanLine(text), min(t.width, 120)-11))
	}
	if s.OtherFailures > 0 {
		fmt.Fprintf(b, "  %7s  of other kinds\n", render.Count(s.OtherFailures))
	}
}

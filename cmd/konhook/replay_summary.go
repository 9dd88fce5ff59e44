package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
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
	most := slices.MaxFunc(s.Spread, func(a, b latency.Band) int { return int(a.N) - int(b.N) }).N
	for _, band := range s.Spread {
		bar := strings.Repeat("#", int((band.N*spreadBar+most-1)/most))
		fmt.Fprintf(b, "  %10s to %-10s  %s %s\n", exactly(band.From), exactly(band.To), t.palette.Accent(padded(bar, -spreadBar)), render.Count(int(band.N)))
	}
}

// exactly shows a border of a band, and of others the first digits.
func exactly(d time.Duration) string {
	switch {
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	case d >= time.Millisecond:
		return strings.Replace(d.Round(10*time.Microsecond).String(), "ms", " ms", 1)
	}
	return strings.Replace(d.Round(10*time.Nanosecond).String(), "µs", " µs", 1)
}

// types writes a line for each type of event.
func (t *textReplay) types(b *strings.Builder, s deliver.Summary) {
	fmt.Fprintf(b, "%s\n", t.palette.Dim(fmt.Sprintf("  %-18s %7s %7s %7s %7s %8s %8s %8s", "event", "sent", "ok", "failed", "retried", "p50", "p99", "max")))
	for _, name := range slices.Sorted(maps.Keys(s.Events)) {
		c := s.Events[name]
		fmt.Fprintf(b, "  %-18s %7s %s %s %s %8s %8s %8s\n", name, render.Count(c.Sent),
			number(c.OK, t.palette.Good), number(c.Sent-c.OK, t.palette.Bad), number(c.Retried, t.palette.Warn),
			render.Latency(c.Latency.P50), render.Latency(c.Latency.P99), render.Latency(c.Latency.Max))
	}
}

// number is a count in a table, coloured unless it is 0.
func number(n int, colour func(string) string) string {
	text := padded(render.Count(n), 7)
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
		fmt.Fprintf(b, "  %7s  %s\n", t.palette.Bad(render.Count(f.Count)), render.Truncate(render.CleanLine(text), min(t.width, 120)-11))
	}
	if s.OtherFailures > 0 {
		fmt.Fprintf(b, "  %7s  of other kinds\n", render.Count(s.OtherFailures))
	}
}

package main

import (
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/latency"
	"github.com/konhook/konhook/pkg/render"
)

func summaryOf(t *testing.T, width int) string {
	t.Helper()
	count := deliver.Count{Sent: 12345, OK: 12344, Retried: 3, Latency: latency.Quantiles{P50: time.Millisecond, P99: 2 * time.Second, Max: 35 * time.Second}}
	var b strings.Builder
	report := &textReplay{out: &b, palette: render.NewPalette(false), width: width}
	err := report.end(deliver.Summary{
		Sent: 49380, OK: 49376, Failed: 4,
		Events: map[string]deliver.Count{"course.published": count, "unknown": count, "user.created": count, "group.user.created": count},
		Spread: []latency.Band{
			{From: 500 * time.Microsecond, To: time.Millisecond, N: 10},
			{From: time.Millisecond, To: 20 * time.Millisecond, N: 49369},
			{From: 20 * time.Millisecond, To: 35400 * time.Microsecond, N: 1},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestReplaySummaryFits: no line is longer than the terminal is wide, and what is
// sent and failed is always there.
func TestReplaySummaryFits(t *testing.T) {
	for _, width := range []int{200, 80, 79, 78, 72, 60, 50, 45} {
		text := summaryOf(t, width)
		_, pictures, _ := strings.Cut(text, ", max 0 ms\n")
		for line := range strings.Lines(pictures) {
			if n := render.Width(strings.TrimRight(line, "\n")); n > width {
				t.Errorf("%d cells on a terminal of %d: %s", n, width, line)
			}
		}
		_, table, ok := strings.Cut(text, "\n  event ")
		if !ok || !strings.HasPrefix(strings.TrimLeft(table, " "), "sent ") || !strings.Contains(table, " failed ") && !strings.Contains(table, " failed\n") {
			t.Errorf("at %d there is no number of those sent or failed:\n%s", width, text)
		}
	}
}

func TestReplaySummary(t *testing.T) {
	text := summaryOf(t, 200)
	last := -1
	for _, name := range []string{"course.published", "user.created", "group.user.created", "unknown"} { // as konhook events has them
		at := strings.Index(text, "\n  "+name+" ")
		if at <= last {
			t.Errorf("%s is not where it should be:\n%s", name, text)
		}
		last = at
	}
	for _, want := range []string{"      500 µs to 1 ms       ", "       20 ms to 50 ms      "} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in:\n%s", want, text)
		}
	}
}

func TestRoundUp(t *testing.T) {
	for d, want := range map[time.Duration]time.Duration{
		1: 1, 3: 5, 695260: time.Millisecond, 35400 * time.Microsecond: 50 * time.Millisecond,
		20 * time.Millisecond: 20 * time.Millisecond, 1<<63 - 1: 1<<63 - 1,
	} {
		if got := roundUp(d); got != want {
			t.Errorf("roundUp(%d) = %d, want %d", d, got, want)
		}
	}
}

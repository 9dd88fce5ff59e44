package main

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/latency"
	"github.com/konhook/konhook/pkg/render"
)

// many is a number of things, of which one has a word of its own.
func many(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return render.Count(n) + " " + several
}

// padded is a short text with spaces before it, or behind it when width is below
// 0.
func padded(text string, width int) string {
	const spaces = "                              "
	cells := utf8.RuneCountInString(text)
	if n := width - cells; n > 0 {
		return spaces[:min(n, len(spaces))] + text
	}
	if n := -width - cells; n > 0 {
		return text + spaces[:min(n, len(spaces))]
	}
	return text
}

// labelled is a text behind a label, in as many lines as it takes, indented by so
// many cells.
func labelled(p *render.Palette, label, text string, width, indent int) string {
	const column = 9 // cells of a label
	lead := strings.Repeat(" ", indent)
	lines := folded(text, width-column-indent)
	return fmt.Sprintf("%s%s%s\n", lead, p.Dim(fmt.Sprintf("%-*s", column, label)),
		strings.Join(lines, "\n"+lead+strings.Repeat(" ", column)))
}

// folded are the lines of a text at a width that people like to read. Of a word
// that is longer, the end is left out.
func folded(text string, width int) []string {
	width = min(max(width, 20), maxProse)
	lines := strings.Split(wrapped(text, 0, width), "\n")
	for i, line := range lines {
		lines[i] = render.Truncate(line, width)
	}
	return lines
}

// quantiles says how latencies are spread.
func quantiles(q latency.Quantiles) string {
	return fmt.Sprintf("p50 %s, p90 %s, p99 %s, max %s",
		render.Latency(q.P50), render.Latency(q.P90), render.Latency(q.P99), render.Latency(q.Max))
}

package main

import (
	"strings"

	"github.com/konhook/konhook/pkg/render"
)

// maxProse is how wide prose is set at most, however wide the terminal is.
const maxProse = 90

// reflow sets the prose of a help text to a width: lines that follow each other
// make a paragraph, indented ones stay lines of their own and go on below their
// second column.
func reflow(text string, width int) string {
	width = min(width, maxProse)
	var out, paragraph []string
	flush := func() {
		if paragraph != nil {
			out = append(out, wrapped(strings.Join(paragraph, " "), 0, width))
			paragraph = nil
		}
	}
	for line := range strings.SplitSeq(text, "\n") {
		switch {
		case line == "":
			flush()
			out = append(out, "")
		case line[0] == ' ':
			flush()
			out = append(out, wrapped(line, secondColumn(line), width))
		default:
			paragraph = append(paragraph, line)
		}
	}
	flush()
	return strings.Join(out, "\n")
}

// secondColumn returns where in an indented line the text behind the first word
// begins.
func secondColumn(line string) int {
	rest := strings.TrimLeft(line, " ")
	indent := len(line) - len(rest)
	word, behind, ok := strings.Cut(rest, "  ")
	if !ok {
		return indent
	}
	return indent + len(word) + 2 + len(behind) - len(strings.TrimLeft(behind, " "))
}

// wrapped breaks a line at spaces so that it fits into width; what follows a
// break is indented by hang.
func wrapped(line string, hang, width int) string {
	var b strings.Builder
	for render.Width(line) > width {
		cut := strings.LastIndexByte(line[:min(len(line), width+1)], ' ')
		if cut <= hang {
			break
		}
		b.WriteString(strings.TrimRight(line[:cut], " ") + "\n")
		line = strings.Repeat(" ", hang) + strings.TrimLeft(line[cut:], " ")
	}
	return b.String() + line
}

package main

import (
	"bytes"
	"encoding/json"
	"io"
	"strings"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// jsonPrinter prints JSON values on standard output as they come, in one of the
// formats pretty, json, ndjson, compact and raw.
type jsonPrinter struct {
	a      *app
	format string
	n      int    // how many values came
	first  []byte // json: the first value, until it is known whether it is the only one
}

// print prints one JSON value.
func (p *jsonPrinter) print(value []byte) error {
	p.n++
	switch p.format {
	case "pretty":
		return p.a.printBytes(render.JSON(value, p.a.outPalette()))
	case "compact":
		return p.a.printBytes(append(render.Compact(value, p.a.outPalette()), '\n'))
	case "raw":
		return p.a.printBytes(p.a.forTerminal(unquoted(value)))
	}
	line := bytes.TrimRight(render.Minify(value), "\n")
	if p.a.outTTY {
		line = render.Safe(line)
	}
	if p.format == "json" {
		return p.element(line)
	}
	return p.a.printBytes(append(line[:len(line):len(line)], '\n'))
}

// element prints a value of the one document that json is. The first is held
// back until there is a second, which makes them an array.
func (p *jsonPrinter) element(value []byte) error {
	switch p.n {
	case 1:
		p.first = value
		return nil
	case 2:
		value = bytes.Join([][]byte{[]byte("["), p.first, []byte(",\n"), value}, nil)
		p.first = nil
		return p.a.printBytes(value)
	}
	return p.a.printBytes(append([]byte(",\n"), value...))
}

// end prints what completes the output.
func (p *jsonPrinter) end() error {
	switch {
	case p.format != "json":
		return nil
	case p.n == 0:
		return p.a.printBytes([]byte("[]\n"))
	case p.n == 1:
		return p.a.printBytes(append(p.first[:len(p.first):len(p.first)], '\n'))
	}
	return p.a.printBytes([]byte("]\n"))
}

// unquoted returns the text of a JSON string, and other JSON as it is, with a
// line break.
func unquoted(value []byte) []byte {
	var text string
	if value[0] == '"' && json.Unmarshal(value, &text) == nil {
		value = []byte(text)
	}
	return append(value[:len(value):len(value)], '\n')
}

// printBytes writes to standard output, at once: whoever reads it may wait.
func (a *app) printBytes(b []byte) error {
	_, err := a.out.Write(b)
	return err
}

// printLines writes lines to standard output.
func (a *app) printLines(lines []string) error {
	return a.printBytes([]byte(strings.Join(lines, "\n") + "\n"))
}

// columns returns rows of as many cells each as lines, in which the cells of a
// column begin below each other.
func columns(rows [][]string) []string {
	widths := make([]int, len(rows[0]))
	for _, row := range rows {
		for i, cell := range row {
			widths[i] = max(widths[i], render.Width(cell))
		}
	}
	var lines []string
	for _, row := range rows {
		var line strings.Builder
		for i, cell := range row {
			line.WriteString(cell + strings.Repeat(" ", widths[i]-render.Width(cell)+2))
		}
		lines = append(lines, strings.TrimRight(line.String(), " "))
	}
	return lines
}

// forTerminal cleans bytes that are printed as they are, where a terminal shows
// them.
func (a *app) forTerminal(b []byte) []byte {
	if a.outTTY {
		return render.CleanBytes(b)
	}
	return b
}

// printCapture prints a line of a capture file.
func (a *app) printCapture(d *event.Delivery) error {
	line := d.AppendJSON(nil)
	if a.outTTY {
		line = render.Safe(line)
	}
	return a.printBytes(line)
}

// writeLine writes JSON on a line of its own.
func writeLine(out io.Writer, v any) error {
	e := json.NewEncoder(out)
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func jsonText(text string) string {
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always marshals
	}
	return string(quoted)
}

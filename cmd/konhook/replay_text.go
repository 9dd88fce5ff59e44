package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/capture"
	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// textReplay tells people of a replay: a line for each attempt, and a summary.
type textReplay struct {
	out     io.Writer
	palette *render.Palette
	width   int // cells of a line
	planned int // how many deliveries of a dry run were shown
	line    []byte
	second  int64  // of the last line
	clock   string // the same, as it is shown
}

// unseenWidth is how long lines may be that go to no terminal.
const unseenWidth = 200

func newTextReplay(a *app, out io.Writer) *textReplay {
	t := &textReplay{out: out, palette: a.outPalette(), width: unseenWidth}
	if a.outTTY {
		t.width = a.width
	}
	return t
}

// result writes the line of an attempt: when, which event, what was answered,
// how long that took, how large the body was, and what went wrong.
func (t *textReplay) result(r deliver.Result) error {
	const prefix = 54 // cells of what stands before the trouble
	status, colour := "-", t.palette.Good
	if r.Status != 0 {
		status = strconv.Itoa(r.Status)
	}
	switch {
	case !r.OK && r.Final:
		colour = t.palette.Bad
	case !r.OK:
		colour = t.palette.Warn
	}
	name := r.Event
	if name == "" {
		name = event.Type{}.String()
	}
	line := t.line[:0]
	line = append(line, t.time(r.At)...)
	line = append(append(line, "  "...), t.palette.Accent(padded(name, -18))...)
	line = append(append(line, "  "...), colour(padded(status, 3))...)
	line = append(append(line, "  "...), padded(render.Latency(r.Latency), 7)...)
	line = append(append(line, "  "...), padded(render.Bytes(int64(r.Bytes)), 8)...)
	switch text := trouble(r); {
	case text == "":
	case t.width-prefix < render.Width(text) && !r.OK: // the reason matters more than the room
		line = append(append(line, "\n          "...), render.Truncate(text, t.width-10)...)
	default:
		line = append(append(line, "  "...), render.Truncate(text, t.width-prefix)...)
	}
	line = append(line, '\n')
	t.line = line
	_, err := t.out.Write(line)
	return err
}

// time is when an attempt began, which is the same for many.
func (t *textReplay) time(at time.Time) string {
	if second := at.Unix(); second != t.second || t.clock == "" {
		t.second, t.clock = second, t.palette.Dim(at.Format("15:04:05"))
	}
	return t.clock
}

// trouble is what a line says of an attempt that was not the first, or failed.
func trouble(r deliver.Result) string {
	var where, what string
	if r.Attempt > 1 {
		where = "attempt " + strconv.Itoa(r.Attempt)
	}
	if r.OK {
		return where
	}
	if where != "" && r.Source != "" {
		where = ", " + where
	}
	where = r.Source + where
	what = strings.TrimSpace(string(r.Answer))
	var status *deliver.StatusError
	if what == "" || !errors.As(r.Err, &status) || status.Status/100 == 3 {
		what = r.Err.Error()
	}
	if where != "" {
		what = where + ": " + what
	}
	return render.CleanLine(what)
}

// plan shows a request that a dry run would send, but for secrets.
func (t *textReplay) plan(req deliver.Request, to string, r deliver.Result) error {
	var b strings.Builder
	if t.planned > 0 {
		b.WriteByte('\n')
	}
	t.planned++
	fmt.Fprintf(&b, "%s %s  %s\n", t.palette.Bold("POST"), t.palette.Accent(render.CleanLine(to)),
		t.palette.Dim(render.CleanLine(strings.TrimSpace(r.Source+" "+r.Event))))
	for _, h := range capture.Redact(req.Headers) {
		fmt.Fprintf(&b, "%s: %s\n", t.palette.Key(render.CleanLine(h.Name)), render.CleanLine(h.Value))
	}
	fmt.Fprintf(&b, "%s: %d\n\n%s\n", t.palette.Key("Content-Length"), r.Bytes, render.CleanBytes(req.Body))
	_, err := io.WriteString(t.out, b.String())
	return err
}

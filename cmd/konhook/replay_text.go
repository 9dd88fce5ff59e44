package main

import (
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

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
}

// unseenWidth is how long lines may be that go to no terminal.
const unseenWidth = 200

func newTextReplay(a *app) *textReplay {
	t := &textReplay{out: a.out, palette: a.outPalette(), width: unseenWidth}
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
	line := fmt.Sprintf("%s  %s  %s  %s  %s", t.palette.Dim(r.At.Format("15:04:05")),
		t.palette.Accent(fmt.Sprintf("%-18s", name)), colour(fmt.Sprintf("%3s", status)),
		fmt.Sprintf("%7s", render.Latency(r.Latency)), fmt.Sprintf("%8s", render.Bytes(int64(r.Bytes))))
	switch text := trouble(r); {
	case text == "":
	case t.width-prefix < render.Width(text) && !r.OK: // the reason matters more than the room
		line += "\n          " + render.Truncate(text, t.width-10)
	default:
		line += "  " + render.Truncate(text, t.width-prefix)
	}
	_, err := fmt.Fprintln(t.out, line)
	return err
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
		q := s.Latency
		fmt.Fprintf(&b, "latency p50 %s, p90 %s, p99 %s, max %s\n",
			render.Latency(q.P50), render.Latency(q.P90), render.Latency(q.P99), render.Latency(q.Max))
	}
	for _, name := range slices.Sorted(maps.Keys(s.Events)) {
		c := s.Events[name]
		fmt.Fprintf(&b, "  %-18s  %s sent, %s\n", name, render.Count(c.Sent), counted(c.OK, "ok", t.palette.Good))
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

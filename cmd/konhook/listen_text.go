package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/render"
)

// columns of a line: the widest name of an event, the widest of the usual
// latencies and sizes.
const (
	nameColumn    = 18
	latencyColumn = 5
	sizeColumn    = 6
	// longName is how much of a name is shown where it need not fit a column.
	longName = 40
)

// seeing is a delivery as it is shown: with what a query made of it, and with what
// is peculiar about it among the others.
type seeing struct {
	listen.Observed
	marks
	results [][]byte
}

// line says on one line what came and what was answered.
func (x *seeing) line(name int) []render.Span {
	d := x.Delivery
	status := statusWord(x.Status)
	latency, size := tight(render.Latency(tookOf(x.Observed))), tight(render.Bytes(int64(len(d.Body))))
	if x.Status == statusNew {
		latency = ""
	}
	spans := append(make([]render.Span, 0, usualSpans),
		render.Span{Text: string(append(appendClock(nil, d.At), ' ')), Look: (*render.Palette).Dim},
		render.Span{Text: pad(render.Truncate(render.CleanLine(nameOf(x.Observed)), name), nameColumn) + " ", Look: (*render.Palette).Accent},
		render.Span{Text: status, Look: statusLook(x.Status)},
		// A wider word than a status takes the room before the latency.
		render.Span{Text: blank(latencyColumn+3-len(status)-len(latency)) + " " + latency + " " + blank(sizeColumn-len(size)) + size + " ",
			Look: (*render.Palette).Dim},
		render.Span{Text: tagOf(d.ID), Look: (*render.Palette).Dim},
	)
	return x.judge(spans)
}

// usualSpans is how many spans a line hardly ever has more than.
const usualSpans = 12

func clock(at time.Time) string { return string(appendClock(nil, at)) }

// appendClock appends the time of day, as "15:04:05.000" has it.
func appendClock(dst []byte, at time.Time) []byte {
	at = at.Local()
	hour, minute, second := at.Clock()
	for _, n := range [...]int{hour, minute, second} {
		dst = append(dst, '0'+byte(n/10), '0'+byte(n%10), ':')
	}
	dst[len(dst)-1] = '.'
	ms := at.Nanosecond() / int(time.Millisecond)
	return append(dst, '0'+byte(ms/100), '0'+byte(ms/10%10), '0'+byte(ms%10))
}

// tight takes the space out of a number and its unit, so that columns can be cut
// at spaces.
func tight(s string) string { return strings.ReplaceAll(s, " ", "") }

// blank returns so many spaces, none for less than one.
func blank(n int) string {
	const some = "                "
	if n <= len(some) {
		return some[:max(0, n)]
	}
	return strings.Repeat(" ", n)
}

func tookOf(x listen.Observed) time.Duration {
	if x.Delivery.Response == nil {
		return x.Forwarded
	}
	return x.Delivery.Response.Took
}

// statusNew is the status of what nobody was to answer.
const statusNew = -1

func statusWord(status int) string {
	switch status {
	case int(listen.Drop):
		return "drop"
	case statusNew:
		return "new"
	}
	return strconv.Itoa(status)
}

func statusLook(status int) func(*render.Palette, string) string {
	if status/100 == 2 || status == statusNew {
		return (*render.Palette).Good
	}
	return (*render.Palette).Bad
}

// judge appends in a word or two what became of a delivery. Whether it is valid
// comes first: of a line that is cut off, that is left.
func (x *seeing) judge(words []render.Span) []render.Span {
	before := " "
	add := func(look func(*render.Palette, string) string, text string) {
		words = append(words, render.Span{Text: before}, render.Span{Text: text, Look: look})
		before = ", "
	}
	_, failed := errors.AsType[*listen.ForwardError](x.Err)
	v, judged := x.Verdict.(verdict)
	switch {
	case judged && v.Valid():
		add((*render.Palette).Good, "valid")
	case judged:
		add((*render.Palette).Bad, "invalid")
	}
	if x.duplicate != "" {
		add((*render.Palette).Warn, "duplicate of "+x.duplicate)
	}
	if x.late {
		add((*render.Palette).Warn, "out of order")
	}
	switch {
	case failed:
		add((*render.Palette).Bad, "not forwarded")
	case x.Forwarded > 0:
		add((*render.Palette).Dim, "forwarded in "+render.Latency(x.Forwarded))
	}
	x.fate(add)
	if !x.Stored() {
		add((*render.Palette).Bad, "not stored")
	}
	return words
}

// refusedLine tells of what is no delivery.
func refusedLine(x listen.Observed) []render.Span {
	name := render.Truncate(render.CleanLine(nameOf(x)), longName)
	return []render.Span{
		{Text: clock(x.Delivery.At) + " ", Look: (*render.Palette).Dim},
		{Text: pad(name, nameColumn) + " "},
		{Text: statusWord(x.Status) + " ", Look: statusLook(x.Status)},
		{Text: "refused: " + render.CleanLine(x.Refused), Look: (*render.Palette).Bad},
	}
}

// cells is how long a line may be: as the terminal is wide. 0 where there is none,
// and nothing is cut.
func (s *listening) cells() int {
	if !s.a.outTTY {
		return 0
	}
	cells, _ := s.a.screen()
	return cells
}

// compact is the line of a delivery, the first thing that is wrong with it, and
// what a query made of it.
func (s *listening) compact(x *seeing) string {
	p, cells := s.a.outPalette(), s.cells()
	spans := x.line(nameColumn)
	if v, ok := x.Verdict.(verdict); ok && !v.Valid() {
		spans = append(spans, inline(v, spans[len(spans)-1].Text == "invalid")...)
	}
	var b strings.Builder
	b.WriteString(render.Line(p, cells, spans...))
	b.WriteByte('\n')
	for _, r := range x.results {
		b.WriteString("  " + compactResult(r, p, cells-2) + "\n")
	}
	return b.String()
}

// maxInline is how much of a finding stands in a line that nothing cuts.
const maxInline = 160

// inline is the first error of an event, with its hint. at says that it follows
// the word it explains.
func inline(v verdict, at bool) []render.Span {
	f, before := firstError(v), "; "
	if at {
		before = ": "
	}
	spans := []render.Span{{Text: before + render.Truncate(render.CleanLine(asText(f)), maxInline)}}
	if f.Hint != nil {
		spans = append(spans, render.Span{Text: " (" + render.Truncate(render.CleanLine(*f.Hint), maxInline) + ")", Look: (*render.Palette).Accent})
	}
	return spans
}

// compactResult is JSON on one line, in colours as long as it need not be cut.
func compactResult(r []byte, p *render.Palette, cells int) string {
	plain := string(render.Compact(r, nil))
	if cells > 0 && render.Width(plain) > cells {
		return render.Truncate(plain, cells)
	}
	return string(render.Compact(r, p))
}

// showRefused prints the line of what is no delivery. Where it is cut, what helps
// is told in full beside it, once.
func (s *listening) showRefused(x listen.Observed) {
	spans, cells := refusedLine(x), s.cells()
	s.print([]byte(render.Line(s.a.outPalette(), cells, spans...) + "\n"))
	isCut := cells > 0 && strings.HasSuffix(render.Line(nil, cells, spans...), "…")
	if isCut && s.reasons.isNew(x.Refused) {
		s.a.note("note: %s", x.Refused)
	}
}

// once knows which of a few texts it has had already.
type once map[string]bool

// maxOnce ends it: whoever makes up new ones need not be answered for ever.
const maxOnce = 20

func (o once) isNew(text string) bool {
	if o[text] || len(o) >= maxOnce {
		return false
	}
	o[text] = true
	return true
}

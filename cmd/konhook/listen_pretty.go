package main

import (
	"bytes"
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

const (
	// maxShown is how many bytes of a delivery's JSON are shown unasked. In colour
	// they may be three times as many.
	maxShown = 16 << 10
	// leastRows of a body are shown however small the terminal is.
	leastRows = 5
)

// pretty is a delivery with its headers, its body, or what a query made of it,
// and everything that is wrong with it. What does not fit the terminal is folded.
func (s *listening) pretty(x *seeing) string {
	var head, tail strings.Builder
	head.WriteString(render.Line(s.a.outPalette(), 0, x.line(longName)...) + "\n")
	bodies := x.results
	if s.query == nil {
		s.headers(&head, x.Delivery)
		bodies = [][]byte{x.Event.Body}
	}
	if v, ok := x.Verdict.(verdict); ok {
		s.findings(&tail, v)
	}
	tail.WriteByte('\n')
	room := s.room(strings.Count(head.String(), "\n") + strings.Count(tail.String(), "\n"))
	s.bodies(&head, bodies, room)
	return head.String() + tail.String()
}

// whole is pretty with nothing left out, and without a query.
func (s *listening) whole(x *seeing) string {
	var b strings.Builder
	b.WriteString(render.Line(s.a.outPalette(), 0, x.line(longName)...) + "\n")
	s.headers(&b, x.Delivery)
	b.Write(render.JSON(x.Event.Body, s.a.outPalette()))
	if v, ok := x.Verdict.(verdict); ok {
		s.findings(&b, v)
	}
	b.WriteByte('\n')
	return b.String()
}

// room is what the bodies of a delivery may take of the screen beside so many
// other lines, one that tells how to see the rest, and that of the cursor.
func (s *listening) room(others int) *room {
	r := &room{rows: math.MaxInt, bytes: maxShown}
	if !s.a.outTTY {
		return r
	}
	var rows int
	if r.cells, rows = s.a.screen(); rows > 0 {
		r.rows = max(leastRows, rows-others-2)
	}
	return r
}

// bodies writes JSON for people, as much of it as there is room for.
func (s *listening) bodies(b *strings.Builder, bodies [][]byte, left *room) {
	for i, body := range bodies {
		if left.rows <= 0 || left.bytes <= 0 {
			fmt.Fprintf(b, "… %s more: %s\n", many(len(bodies)-i, "result", "results"), s.howToSee())
			return
		}
		plain := render.JSON(body, nil)
		end := left.take(plain)
		text := render.JSON(body, s.a.outPalette())
		if end == len(plain) {
			b.Write(text)
			continue
		}
		lines := bytes.Count(plain[:end], []byte("\n"))
		rest := many(bytes.Count(plain[end:], []byte("\n")), "line", "lines") + " more"
		if lines == 0 { // part of a line, which could be cut within a colour
			b.Write(plain[:end])
			b.WriteByte('\n')
			rest = render.Bytes(int64(len(plain)-end)) + " more"
		} else {
			b.Write(firstLines(text, lines))
		}
		fmt.Fprintf(b, "… %s: %s\n", rest, s.howToSee())
	}
}

// howToSee says how to see what is folded.
func (s *listening) howToSee() string {
	switch kept := s.o.save; {
	case s.keys != nil:
		return "p shows it whole"
	case kept == "" && s.o.saveDir == "":
		return "konhook show shows it whole, with --save FILE"
	case kept == "":
		kept = s.o.saveDir
		fallthrough
	default:
		return "konhook show " + render.CleanLine(shellWord(kept)) + " shows it whole"
	}
}

// firstLines returns the first n lines of a text that has at least as many.
func firstLines(text []byte, n int) []byte {
	end := 0
	for range n {
		end += bytes.IndexByte(text[end:], '\n') + 1
	}
	return text[:end]
}

// room is what is left of a screen.
type room struct {
	cells int // of a row, 0 when that does not matter
	rows  int
	bytes int
}

// take uses the room for whole lines of a text, or for a part of its first one,
// and returns the end of what fits.
func (r *room) take(text []byte) (end int) {
	for end < len(text) {
		line := text[end:]
		if i := bytes.IndexByte(line, '\n'); i >= 0 {
			line = line[:i+1]
		}
		rows := 1
		if len(line) <= r.bytes && r.cells > 0 {
			rows = max(1, (render.Width(string(bytes.TrimRight(line, "\n")))+r.cells-1)/r.cells)
		}
		if len(line) > r.bytes || rows > r.rows {
			if end == 0 {
				end = r.part(line)
			}
			r.rows, r.bytes = 0, 0
			return end
		}
		end += len(line)
		r.rows -= rows
		r.bytes -= len(line)
	}
	return end
}

// part returns how much of a line fits.
func (r *room) part(line []byte) int {
	end := min(len(line), r.bytes)
	if r.cells > 0 && r.rows < math.MaxInt/r.cells {
		end = min(end, r.rows*r.cells) // no character is wider than it is long
	}
	for end > 0 && end < len(line) && !utf8.RuneStart(line[end]) {
		end--
	}
	return end
}

// headers lists the headers that tell something.
func (s *listening) headers(b *strings.Builder, d *event.Delivery) {
	if s.polls {
		return // nobody sent it here: there is no more than the body
	}
	p, cells := s.a.outPalette(), s.cells()
	line := func(spans ...render.Span) { b.WriteString(render.Line(p, cells, spans...) + "\n") }
	line(render.Span{Text: render.CleanLine(d.Method + " " + d.URL + " from " + d.Remote), Look: (*render.Palette).Dim})
	for _, h := range d.Headers {
		if s.a.settings.Verbose || !isOrdinary(h) {
			line(render.Span{Text: render.CleanLine(h.Name) + ":", Look: (*render.Palette).Key}, render.Span{Text: " " + render.CleanLine(h.Value)})
		}
	}
}

// isOrdinary reports whether a header is one that nearly every request has.
func isOrdinary(h event.Header) bool {
	ordinary := []string{"Host", "Content-Length", "Connection", "Keep-Alive", "Accept", "Accept-Encoding", "Transfer-Encoding", "Expect"}
	return slices.ContainsFunc(ordinary, func(name string) bool { return strings.EqualFold(name, h.Name) })
}

// maxFindings is how many findings of one delivery are shown.
const maxFindings = 10

// findings lists what is wrong with an event.
func (s *listening) findings(b *strings.Builder, v verdict) {
	p := s.a.outPalette()
	for i, f := range v {
		if i == maxFindings {
			fmt.Fprintf(b, "  %d more\n", len(v)-i)
			return
		}
		label := p.Bad("invalid:")
		if f.Severity == schema.Note {
			label = p.Warn("note:")
		}
		fmt.Fprintf(b, "%s %s\n", label, render.CleanLine(asText(f)))
		if f.Hint != nil {
			fmt.Fprintf(b, "  %s %s\n", p.Accent("hint:"), render.CleanLine(*f.Hint))
		}
	}
}

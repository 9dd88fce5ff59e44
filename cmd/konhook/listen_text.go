package main

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

// columns of a line: the widest name of an event, the widest latency and size.
const (
	nameColumn    = 18
	latencyColumn = 7
	sizeColumn    = 8
)

// line says on one line what came and what was answered.
func (s *listening) line(x listen.Observed) string {
	p := s.a.outPalette()
	d := x.Delivery
	columns := []string{
		p.Dim(d.At.Local().Format("15:04:05.000")),
		p.Accent(pad(render.Truncate(render.CleanLine(nameOf(x)), 40), nameColumn)),
		statusText(x.Status, p),
		p.Dim(fmt.Sprintf("%*s", latencyColumn, tight(render.Latency(tookOf(x))))),
		p.Dim(fmt.Sprintf("%*s", sizeColumn, tight(render.Bytes(int64(len(d.Body)))))),
		p.Dim("#" + d.ID[len(d.ID)-4:]),
	}
	return strings.TrimRight(strings.Join(append(columns, s.judgement(x)), " "), " ")
}

// tight takes the space out of a number and its unit, so that columns can be cut
// at spaces.
func tight(s string) string { return strings.ReplaceAll(s, " ", "") }

func tookOf(x listen.Observed) time.Duration {
	if x.Delivery.Response == nil {
		return 0
	}
	return x.Delivery.Response.Took
}

func statusText(status int, p *render.Palette) string {
	switch {
	case status == int(listen.Drop):
		return p.Bad("drop")
	case status/100 == 2:
		return p.Good(fmt.Sprint(status))
	default:
		return p.Bad(fmt.Sprint(status))
	}
}

// judgement says in a word or two what became of a delivery.
func (s *listening) judgement(x listen.Observed) string {
	p := s.a.outPalette()
	var words []string
	switch v, ok := x.Verdict.(verdict); {
	case !ok:
	case v.Valid():
		words = append(words, p.Good("valid"))
	default:
		words = append(words, p.Bad("invalid"))
	}
	var failed *listen.ForwardError
	switch {
	case errors.As(x.Err, &failed):
		words = append(words, p.Bad("not forwarded"))
	case x.Forwarded > 0:
		words = append(words, p.Dim("forwarded in "+tight(render.Latency(x.Forwarded))))
	}
	if !x.Stored() {
		words = append(words, p.Bad("not stored"))
	}
	return strings.Join(words, ", ")
}

// refusedLine tells of what is no delivery.
func (s *listening) refusedLine(x listen.Observed) string {
	p := s.a.outPalette()
	name := render.Truncate(render.CleanLine(nameOf(x)), 40)
	return fmt.Sprintf("%s %s %s %s\n", p.Dim(x.Delivery.At.Local().Format("15:04:05.000")), pad(name, nameColumn),
		statusText(x.Status, p), p.Bad("refused: "+render.CleanLine(x.Refused)))
}

// compact is the line of a delivery, what a query made of it, and the first thing
// that is wrong with it.
func (s *listening) compact(x listen.Observed, results [][]byte) string {
	var b strings.Builder
	b.WriteString(s.line(x))
	if v, ok := x.Verdict.(verdict); ok && !v.Valid() {
		b.WriteString(": " + render.Truncate(render.CleanLine(asText(firstError(v))), 120))
	}
	b.WriteByte('\n')
	for _, r := range results {
		b.WriteString("  " + string(render.Compact(r, s.a.outPalette())) + "\n")
	}
	return b.String()
}

// pretty is a delivery with its headers, its body, or what a query made of it,
// and everything that is wrong with it.
func (s *listening) pretty(x listen.Observed, results [][]byte) string {
	p := s.a.outPalette()
	var b strings.Builder
	b.WriteString(s.line(x) + "\n")
	if s.query == nil {
		s.headers(&b, x.Delivery)
		results = [][]byte{x.Event.Body}
	}
	for _, r := range results {
		b.Write(limitedJSON(r, p))
	}
	if v, ok := x.Verdict.(verdict); ok {
		s.findings(&b, v)
	}
	b.WriteByte('\n')
	return b.String()
}

// headers lists the headers that tell something.
func (s *listening) headers(b *strings.Builder, d *event.Delivery) {
	p := s.a.outPalette()
	fmt.Fprintf(b, "%s\n", p.Dim(render.Truncate(render.CleanLine(d.Method+" "+d.URL+" from "+d.Remote), s.a.width)))
	for _, h := range d.Headers {
		if !s.a.settings.Verbose && isOrdinary(h) {
			continue
		}
		name := render.CleanLine(h.Name)
		fmt.Fprintf(b, "%s %s\n", p.Key(name+":"), render.Truncate(render.CleanLine(h.Value), max(20, s.a.width-len(name)-2)))
	}
}

// isOrdinary reports whether a header is one that nearly every request has.
func isOrdinary(h event.Header) bool {
	ordinary := []string{"Host", "Content-Length", "Connection", "Keep-Alive", "Accept", "Accept-Encoding", "Transfer-Encoding", "Expect"}
	return slices.ContainsFunc(ordinary, func(name string) bool { return strings.EqualFold(name, h.Name) })
}

// maxShown is how many bytes of a body are shown.
const maxShown = 32 << 10

// limitedJSON returns JSON for people, cut when it is too long to be read.
func limitedJSON(body []byte, p *render.Palette) []byte {
	text := render.JSON(body, p)
	if len(text) <= maxShown {
		return text
	}
	end := bytes.LastIndexByte(text[:maxShown], '\n') + 1
	if end == 0 { // one line, which could be cut within a colour
		text = render.JSON(body, nil)
		for end = min(len(text)-1, maxShown); end > 0 && !utf8.RuneStart(text[end]); end-- {
		}
	}
	return fmt.Appendf(bytes.Clone(text[:end]), "… and %s more\n", render.Bytes(int64(len(text)-end)))
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

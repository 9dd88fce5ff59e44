package render

import "strings"

// Span is a piece of a line that has one look.
type Span struct {
	// Text expects what [CleanLine] returns, without colours.
	Text string
	// Look is a method of Palette, such as (*Palette).Dim; nil: none.
	Look func(*Palette, string) string
}

// Line puts spans one after the other, in the colours of p, and cuts the line to
// so many cells, with an ellipsis for what is missing; 0 or less cuts nothing.
// What is cut is text, never a colour.
func Line(p *Palette, cells int, spans ...Span) string {
	var b strings.Builder
	length := 0
	for _, s := range spans {
		length += len(s.Text)
	}
	b.Grow(length)
	left := cells
	for i, s := range spans {
		if cells > 0 {
			width := Width(s.Text)
			if width > left || width == left && hasText(spans[i+1:]) {
				b.WriteString(s.in(p, cut(s.Text, left)))
				break
			}
			left -= width
		}
		b.WriteString(s.in(p, s.Text))
	}
	return b.String()
}

func (s Span) in(p *Palette, text string) string {
	if s.Look == nil {
		return text
	}
	return s.Look(p, text)
}

func hasText(spans []Span) bool {
	for _, s := range spans {
		if s.Text != "" {
			return true
		}
	}
	return false
}

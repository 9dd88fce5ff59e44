package render

import (
	"strings"

	"github.com/fatih/color"
	"github.com/tidwall/pretty"
)

// Palette holds the colours of one stream. What a colour means is the same
// everywhere: see its methods, which return their text in that colour.
//
// A nil Palette, like one that is off, colours nothing. A Palette never changes
// and may be used from several goroutines. It does not clean its text: colours
// go on last.
type Palette struct {
	good, bad, warn, dim, bold, key, accent *color.Color

	json *pretty.Style
}

// NewPalette returns the colours for a stream that shows them when on is true.
func NewPalette(on bool) *Palette {
	c := func(attributes ...color.Attribute) *color.Color {
		c := color.New(attributes...)
		// Decided for this one: what the package itself makes of standard
		// output and the environment must not count.
		if on {
			c.EnableColor()
		} else {
			c.DisableColor()
		}
		return c
	}
	p := &Palette{
		good:   c(color.FgGreen),
		bad:    c(color.FgRed),
		warn:   c(color.FgYellow),
		dim:    c(color.Faint),
		bold:   c(color.Bold),
		key:    c(color.FgBlue, color.Bold),
		accent: c(color.FgCyan),
	}
	if on {
		p.json = &pretty.Style{
			Key: around(p.key), String: around(p.good), Escape: around(p.good), Number: around(p.accent),
			True: around(p.warn), False: around(p.warn), Null: around(p.dim),
		}
	}
	return p
}

// around returns what stands before and behind a text in the colour c.
func around(c *color.Color) [2]string {
	before, after, _ := strings.Cut(c.Sprint("|"), "|")
	return [2]string{before, after}
}

// On reports whether p colours.
func (p *Palette) On() bool { return p != nil && p.json != nil }

// Good is for what is as it should be: green.
func (p *Palette) Good(s string) string {
	if !p.On() {
		return s
	}
	return paint(p.good, s)
}

// Bad is for errors and failures: red.
func (p *Palette) Bad(s string) string {
	if !p.On() {
		return s
	}
	return paint(p.bad, s)
}

// Warn is for what deserves a look: yellow.
func (p *Palette) Warn(s string) string {
	if !p.On() {
		return s
	}
	return paint(p.warn, s)
}

// Dim is for what may be passed over, such as times and places.
func (p *Palette) Dim(s string) string {
	if !p.On() {
		return s
	}
	return paint(p.dim, s)
}

// Bold is for headings and for what a line is about.
func (p *Palette) Bold(s string) string {
	if !p.On() {
		return s
	}
	return paint(p.bold, s)
}

// Key is for the names of values, such as the members of an object.
func (p *Palette) Key(s string) string {
	if !p.On() {
		return s
	}
	return paint(p.key, s)
}

// Accent is for what a person may copy: a URL, a command, the name of an event.
func (p *Palette) Accent(s string) string {
	if !p.On() {
		return s
	}
	return paint(p.accent, s)
}

func paint(c *color.Color, s string) string {
	if s == "" {
		return s
	}
	return c.Sprint(s)
}

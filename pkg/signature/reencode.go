package signature

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"sort"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// style is how a library writes JSON.
type style struct {
	form         string // as a person reads it
	comma, colon string
	sorted       bool
	escaped      func(rune) bool // written as \uXXXX, or \/ for a slash; nil: none
}

// styles are those of the libraries most senders and receivers are written with.
// The simplest come first, as a body without special characters is the same in
// several.
func styles() []style {
	spaced := []style{
		{form: "compact", comma: ",", colon: ":"},
		{form: "a space behind commas and colons", comma: ", ", colon: ": "},
	}
	var all []style
	for _, s := range spaced {
		all = append(all, s)
		s.form += ", characters beyond ASCII escaped"
		s.escaped = beyondASCII // Python: ensure_ascii
		all = append(all, s)
	}
	html, php := spaced[0], spaced[0]
	html.form += ", <, > and & escaped"
	html.escaped = inHTML // Go
	php.form += ", slashes and characters beyond ASCII escaped"
	php.escaped = func(r rune) bool { return r == '/' || r >= utf8.RuneSelf } // PHP
	all = append(all, html, php)
	for _, s := range all[:len(all):len(all)] {
		s.sorted = true
		s.form += ", sorted keys"
		all = append(all, s)
	}
	return all
}

func beyondASCII(r rune) bool { return r > '~' }

func inHTML(r rune) bool { return strings.ContainsRune("<>&\u2028\u2029", r) }

// reencoded yields the JSON in body as libraries write it, and what tells their
// ways apart. It yields nothing for what is not JSON, has duplicate names, or is
// nested deeper than maxNesting. The text is good until the next is asked for.
func reencoded(body []byte) iter.Seq2[string, []byte] {
	return func(yield func(string, []byte) bool) {
		d := jsontext.NewDecoder(bytes.NewReader(body))
		root, err := readNode(d, 0)
		if err != nil {
			return
		}
		if _, err := d.ReadToken(); err != io.EOF {
			return
		}
		var text []byte
		for _, s := range styles() {
			text = s.append(text[:0], root)
			if !yield(s.form, text) {
				return
			}
		}
	}
}

// maxNesting is how deep JSON may be nested to be written anew.
const maxNesting = 64

// node is a JSON value. Numbers keep the way they are written.
type node struct {
	kind     jsontext.Kind
	text     string // of a string without escapes, of other scalars as written
	names    []string
	children []node
	order    []int // of the children by name
}

func readNode(d *jsontext.Decoder, depth int) (node, error) {
	n := node{kind: d.PeekKind()}
	switch {
	case depth > maxNesting:
		return n, errors.New("nested too deep")
	case n.kind == '{' || n.kind == '[':
		err := n.readChildren(d, depth+1)
		return n, err
	case n.kind == '"':
		t, err := d.ReadToken()
		if err == nil {
			n.text = t.String()
		}
		return n, err
	}
	v, err := d.ReadValue()
	n.text = string(v)
	return n, err
}

func (n *node) readChildren(d *jsontext.Decoder, depth int) error {
	if _, err := d.ReadToken(); err != nil {
		return err
	}
	for d.PeekKind() != n.kind+2 { // the closing bracket
		if n.kind == '{' {
			name, err := d.ReadToken()
			if err != nil {
				return err
			}
			n.names = append(n.names, name.String())
		}
		child, err := readNode(d, depth)
		if err != nil {
			return err
		}
		n.children = append(n.children, child)
		n.order = append(n.order, len(n.order))
	}
	if n.kind == '{' {
		sort.SliceStable(n.order, func(a, b int) bool { return n.names[n.order[a]] < n.names[n.order[b]] })
	}
	_, err := d.ReadToken()
	return err
}

func (s *style) append(dst []byte, n node) []byte {
	if n.kind == '"' {
		return s.quote(dst, n.text)
	}
	if n.kind != '{' && n.kind != '[' {
		return append(dst, n.text...)
	}
	dst = append(dst, byte(n.kind))
	for i := range n.children {
		if i > 0 {
			dst = append(dst, s.comma...)
		}
		at := i
		if s.sorted {
			at = n.order[i]
		}
		if n.kind == '{' {
			dst = append(s.quote(dst, n.names[at]), s.colon...)
		}
		dst = s.append(dst, n.children[at])
	}
	return append(dst, byte(n.kind)+2)
}

// quote writes a string with the escapes that all libraries agree on, and with
// those of the style.
func (s *style) quote(dst []byte, text string) []byte {
	start := len(dst)
	dst, _ = jsontext.AppendQuote(dst, text) // fails for bad UTF-8 only, which was refused
	if s.escaped == nil || !strings.ContainsFunc(text, s.escaped) {
		return dst
	}
	quoted := string(dst[start:])
	dst = dst[:start]
	for _, r := range quoted {
		switch {
		case !s.escaped(r):
			dst = utf8.AppendRune(dst, r)
		case r == '/':
			dst = append(dst, `\/`...)
		case r > 0xffff:
			high, low := utf16.EncodeRune(r)
			dst = fmt.Appendf(dst, `\u%04x\u%04x`, high, low)
		default:
			dst = fmt.Appendf(dst, `\u%04x`, r)
		}
	}
	return dst
}

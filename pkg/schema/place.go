package schema

import (
	"bytes"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
)

// span is where a value stands in its text, and the name that it has there.
type span struct {
	start, end int // of the value
	name       int // of the name of a member; start where there is none
}

// wanted is a tree of the paths that are looked for.
type wanted struct {
	span
	found bool
	below map[string]*wanted
}

// want adds a path to the tree and returns its end.
func (w *wanted) want(path []string) *wanted {
	for _, name := range path {
		next := w.below[name]
		if next == nil {
			if w.below == nil {
				w.below = map[string]*wanted{}
			}
			next = &wanted{}
			w.below[name] = next
		}
		w = next
	}
	return w
}

// locate finds in one pass where the values of a tree of paths stand in a valid
// JSON text. Of members that have the same name the last counts.
func locate(text []byte, root *wanted) {
	l := locator{text, jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true))}
	_ = l.value(root, l.next()) // the text was read before: it is valid
}

type locator struct {
	text []byte
	dec  *jsontext.Decoder
}

// next returns where the next token begins.
func (l *locator) next() int {
	l.dec.PeekKind()
	i := int(l.dec.InputOffset())
	for i < len(l.text) && bytes.IndexByte([]byte(" \t\r\n,:"), l.text[i]) >= 0 {
		i++
	}
	return i
}

// value walks over the next value. name is where its name stands.
func (l *locator) value(w *wanted, name int) error {
	if w == nil {
		return l.dec.SkipValue()
	}
	start := l.next()
	var err error
	switch {
	case w.below == nil:
		err = l.dec.SkipValue()
	case l.text[start] == '{':
		err = l.object(w)
	case l.text[start] == '[':
		err = l.array(w)
	default:
		err = l.dec.SkipValue()
	}
	w.span, w.found = span{start, int(l.dec.InputOffset()), name}, true
	return err
}

func (l *locator) object(w *wanted) error {
	if _, err := l.dec.ReadToken(); err != nil {
		return err
	}
	for l.dec.PeekKind() != '}' {
		name := l.next()
		token, err := l.dec.ReadToken()
		if err != nil {
			return err
		}
		if err := l.value(w.below[token.String()], name); err != nil {
			return err
		}
	}
	_, err := l.dec.ReadToken()
	return err
}

func (l *locator) array(w *wanted) error {
	if _, err := l.dec.ReadToken(); err != nil {
		return err
	}
	for i := 0; l.dec.PeekKind() != ']'; i++ {
		if err := l.value(w.below[strconv.Itoa(i)], l.next()); err != nil {
			return err
		}
	}
	_, err := l.dec.ReadToken()
	return err
}

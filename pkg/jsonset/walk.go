package jsonset

import (
	"bytes"
	"errors"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// walker stands on one value of body, which is valid JSON.
type walker struct {
	body    []byte
	at, end int // where the value begins and ends
	scanner jsonscan.Scanner
	last    child // the last child of the value, once it was stepped into
	index   int   // how many children it has
}

// child is where a member or an element stands. Offsets are into the body.
type child struct {
	behind  int // where the comma or bracket before it ends
	name    int // where its name begins and ends, with its quotes; both 0 in an array
	nameEnd int
	at, end int // its value
}

// errScalar says that a pointer leads into a value that holds no others.
var errScalar = errors.New("neither an object nor an array, so there is nothing in it to set")

// enter goes to the value at i or behind the white space there.
func (w *walker) enter(i int) {
	w.at = jsonscan.SkipSpace(w.body, i)
	w.end = w.skip(w.at)
}

// skip returns the end of the value, or the name, at i.
func (w *walker) skip(i int) int {
	w.scanner.Reset()
	n, _ := w.scanner.Scan(w.body[i:], true) // body is valid
	return i + n
}

// step goes to a child of the value. found is false, and the walker stays, where
// the child can be added.
func (w *walker) step(token string) (found bool, err error) {
	w.index, w.last = 0, child{}
	switch w.body[w.at] {
	case '{':
		var match child
		w.children(func(c child) {
			if w.named(c, token) {
				match, found = c, true
			}
		})
		if found {
			w.at, w.end = match.at, match.end
		}
		return found, nil
	case '[':
		return w.stepArray(token)
	default:
		return false, errScalar
	}
}

func (w *walker) stepArray(token string) (found bool, err error) {
	var all []child
	w.children(func(c child) { all = append(all, c) })
	if token == "-" {
		return false, nil
	}
	i, err := index(token, len(all))
	if err != nil {
		return false, err
	}
	w.at, w.end = all[i].at, all[i].end
	return true, nil
}

// children visits all children of the object or array.
func (w *walker) children(each func(child)) {
	isObject := w.body[w.at] == '{'
	for i := w.at + 1; ; {
		c := child{behind: i}
		i = jsonscan.SkipSpace(w.body, i)
		if w.body[i] == '}' || w.body[i] == ']' {
			return
		}
		if isObject {
			c.name, c.nameEnd = i, w.skip(i)
			i = jsonscan.SkipSpace(w.body, c.nameEnd) + 1 // the colon
			i = jsonscan.SkipSpace(w.body, i)
		}
		c.at, c.end = i, w.skip(i)
		w.last = c
		w.index++
		each(c)
		i = jsonscan.SkipSpace(w.body, c.end)
		if w.body[i] != ',' {
			return
		}
		i++
	}
}

// named reports whether a member has the name.
func (w *walker) named(c child, name string) bool {
	written := w.body[c.name:c.nameEnd]
	if bytes.IndexByte(written, '\\') < 0 {
		return string(written[1:len(written)-1]) == name
	}
	text, err := jsontext.AppendUnquote(nil, written)
	return err == nil && string(text) == name
}

// add returns body with a child added behind the last one of the value that was
// stepped into, laid out as that one is.
func (w *walker) add(name string, value []byte) []byte {
	isObject := w.body[w.at] == '{'
	var before, between []byte
	i := w.at + 1
	if isObject {
		between = []byte{':'}
	}
	if w.index > 0 {
		start := w.last.at
		if isObject {
			start = w.last.name
			between = w.body[w.last.nameEnd:w.last.at]
		}
		before = append([]byte{','}, w.body[w.last.behind:start]...)
		i = w.last.end
	}
	if !isObject {
		return w.splice(i, i, slices.Concat(before, value))
	}
	return w.splice(i, i, slices.Concat(before, quote(name), between, value))
}

// splice returns body with what stands from i to j replaced.
func (w *walker) splice(i, j int, by []byte) []byte {
	return slices.Concat(w.body[:i], by, w.body[j:])
}

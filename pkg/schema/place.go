package schema

import (
	"strconv"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// span is where a value stands in its text, and the name that it has there.
type span struct {
	start, end int // of the value
	name       int // of the name of a member; start where there is none
}

// wanted is a tree of the paths that are looked for.
type wanted struct {
	span
	name  string
	below []*wanted
	index map[string]*wanted // of below, once that is long
}

// manyBelow is how many values below another are looked for one by one.
const manyBelow = 8

// want adds a path to the tree and returns its end.
func (w *wanted) want(path []string) *wanted {
	for _, name := range path {
		next := w.child(name)
		if next == nil {
			next = w.add(name)
		}
		w = next
	}
	return w
}

func (w *wanted) add(name string) *wanted {
	next := &wanted{name: name}
	w.below = append(w.below, next)
	switch n := len(w.below); {
	case n > manyBelow:
		w.index[name] = next
	case n == manyBelow:
		w.index = make(map[string]*wanted, 2*n)
		for _, next := range w.below {
			w.index[next.name] = next
		}
	}
	return next
}

// child returns what is looked for under a name, nil when nothing is.
func (w *wanted) child(name string) *wanted {
	if w.index != nil {
		return w.index[name]
	}
	for _, next := range w.below {
		if next.name == name {
			return next
		}
	}
	return nil
}

// locate finds in one pass where the values of a tree of paths stand in a JSON
// text that was found valid. Of members that have the same name the last counts.
func locate(text []byte, root *wanted) {
	l := locator{text}
	at := l.next(0)
	l.value(root, at, at)
}

type locator struct{ text []byte }

// next returns where the next token begins, at i or behind it.
func (l *locator) next(i int) int { return jsonscan.SkipSpace(l.text, i) }

// value walks over the value at i and returns the offset behind it. name is
// where its name stands.
func (l *locator) value(w *wanted, name, i int) (end int) {
	switch {
	case w == nil:
		return skipValue(l.text, i)
	case w.below != nil && l.text[i] == '{':
		end = l.object(w, i)
	case w.below != nil && l.text[i] == '[':
		end = l.array(w, i)
	default:
		end = skipValue(l.text, i)
	}
	w.span = span{i, end, name}
	return end
}

func (l *locator) object(w *wanted, i int) (end int) {
	for i = l.next(i + 1); l.text[i] != '}'; {
		name := i
		i = skipString(l.text, name)
		below := l.member(w, l.text[name:i])
		i = l.next(l.next(i) + 1) // behind the colon
		if i = l.next(l.value(below, name, i)); l.text[i] == ',' {
			i = l.next(i + 1)
		}
	}
	return i + 1
}

func (l *locator) member(w *wanted, quoted []byte) *wanted {
	if isEscaped(quoted) {
		return w.child(string(decoded(quoted)))
	}
	return w.child(string(quoted[1 : len(quoted)-1]))
}

func (l *locator) array(w *wanted, i int) (end int) {
	i = l.next(i + 1)
	for n := 0; l.text[i] != ']'; n++ {
		if i = l.next(l.value(w.child(strconv.Itoa(n)), i, i)); l.text[i] == ',' {
			i = l.next(i + 1)
		}
	}
	return i + 1
}

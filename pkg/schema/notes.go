package schema

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
)

// tooLate is the least number of Unix seconds that no event has: the year 5138.
// Milliseconds of any time since 1973 are more.
const tooLate = 100_000_000_000

// noter finds what a schema of konhook's does not forbid and a person wants to
// know of: members that nobody documents, and times in milliseconds.
type noter struct {
	severity Severity
	// sorted makes the order of the problems that of the names. It matters where
	// there may be more than are taken.
	sorted   bool
	path     []string // of the present value
	problems []problem
}

// walk notes what is worth it of v, which the shapes apply to.
func (n *noter) walk(v any, shapes []*shape) {
	if len(n.problems) >= maxProblems {
		return
	}
	var room [8]*shape
	switch v := v.(type) {
	case map[string]any:
		n.object(v, applying(room[:0], shapes, kindObject))
	case []any:
		n.array(v, applying(room[:0], shapes, kindArray))
	case json.Number:
		if len(v) >= len("100000000000") { // no shorter number is tooLate
			n.number(v, applying(room[:0], shapes, kindNumber))
		}
	}
}

// below walks on to a member or an item.
func (n *noter) below(name string, v any, shapes []*shape) {
	n.path = append(n.path, name)
	n.walk(v, shapes)
	n.path = n.path[:len(n.path)-1]
}

func (n *noter) array(items []any, shapes []*shape) {
	var known []*shape
	for _, s := range shapes {
		known = append(known, s.items...)
	}
	if len(known) == 0 {
		return
	}
	for i, item := range items {
		n.below(strconv.Itoa(i), item, known)
	}
}

// object goes through the members that are known. Where none is, the object is
// free in what it holds.
func (n *noter) object(object map[string]any, shapes []*shape) {
	closed := slices.ContainsFunc(shapes, func(s *shape) bool { return s.properties != nil })
	if !closed {
		return
	}
	if n.sorted {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			n.member(name, object[name], shapes)
		}
		return
	}
	for name, v := range object {
		n.member(name, v, shapes)
	}
}

func (n *noter) member(name string, v any, shapes []*shape) {
	var room [8]*shape
	known := room[:0]
	for _, s := range shapes {
		if sub := s.properties[name]; sub != nil {
			known = append(known, sub)
		}
	}
	if len(known) > 0 {
		n.below(name, v, known)
		return
	}
	path := append(slices.Clone(n.path), name)
	n.add(problem{path: path, keyword: "additionalProperties", name: name, text: "unknown field " + shown(name)})
}

func (n *noter) number(v json.Number, shapes []*shape) {
	seconds, err := v.Int64()
	if err != nil || seconds < tooLate {
		return
	}
	if slices.ContainsFunc(shapes, func(s *shape) bool { return defines(s.source, "timestamp") }) {
		n.add(problem{
			path: slices.Clone(n.path), keyword: "maximum", expected: "Unix seconds",
			found: v.String() + ", which looks like milliseconds", hint: "divide it by 1000",
		})
	}
}

func (n *noter) add(p problem) {
	p.severity = n.severity
	n.problems = append(n.problems, p)
}

// applying appends the shapes that say anything of a value of a kind, and those
// that they bring along.
func applying(dst, shapes []*shape, k kinds) []*shape {
	for _, s := range shapes {
		if s.fits(k) {
			dst = applying(append(dst, s), s.here, k)
		}
	}
	return dst
}

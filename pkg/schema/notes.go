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
	problems []problem
}

// walk notes what is worth it of v, which the shapes apply to.
func (n *noter) walk(path []string, v any, shapes []*shape) {
	if len(n.problems) >= maxProblems {
		return
	}
	shapes = applying(nil, shapes, kindOf(v))
	path = slices.Clip(path)
	switch v := v.(type) {
	case map[string]any:
		n.object(path, v, shapes)
	case []any:
		var items []*shape
		for _, s := range shapes {
			items = append(items, s.items...)
		}
		if len(items) == 0 {
			return
		}
		for i, item := range v {
			n.walk(append(path, strconv.Itoa(i)), item, items)
		}
	case json.Number:
		n.number(path, v, shapes)
	}
}

// object goes through the members that are known. Where none is, the object is
// free in what it holds.
func (n *noter) object(path []string, object map[string]any, shapes []*shape) {
	closed := slices.ContainsFunc(shapes, func(s *shape) bool { return s.properties != nil })
	if !closed {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		var known []*shape
		for _, s := range shapes {
			if sub := s.properties[name]; sub != nil {
				known = append(known, sub)
			}
		}
		if known == nil {
			n.add(problem{path: append(slices.Clone(path), name), keyword: "additionalProperties", name: name, text: "unknown field " + shown(name)})
			continue
		}
		n.walk(append(path, name), object[name], known)
	}
}

func (n *noter) number(path []string, v json.Number, shapes []*shape) {
	seconds, err := v.Int64()
	if err != nil || seconds < tooLate {
		return
	}
	if slices.ContainsFunc(shapes, func(s *shape) bool { return s.defines("timestamp") }) {
		n.add(problem{
			path: slices.Clone(path), keyword: "maximum", expected: "Unix seconds",
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

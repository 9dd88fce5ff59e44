package schema

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// instance is a JSON value the way package jsonschema takes it: objects are
// map[string]any, arrays []any and numbers json.Number.
type instance struct {
	value any
	// repeated are the paths of members that their object has twice or more.
	// The last counts.
	repeated [][]string
	// values is how many values there are in it.
	values int
}

// parse reads JSON that was found valid, of at most limit values, at most depth
// deep. The error is a [*limitError].
func parse(text []byte, limit, depth int) (instance, error) {
	p := parser{text: text, shared: string(text), left: limit, depth: depth}
	v, err := p.value()
	if p.left < 0 {
		err = &limitError{reason: fmt.Sprintf("more than %d values are too many to check", limit)}
	}
	return instance{v, p.repeated, limit - p.left}, err
}

type parser struct {
	text     []byte
	shared   string // text again: what names and values are cut out of
	at       int    // the offset of what comes next
	path     []string
	left     int // how many more values there may be
	depth    int // how deep they may nest
	repeated [][]string
}

var errTooMany = errors.New("too many values")

// value reads the value that comes next.
func (p *parser) value() (any, error) {
	if p.left--; p.left < 0 {
		return nil, errTooMany
	}
	p.skipSpace()
	switch p.text[p.at] {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return p.str(), nil
	}
	start := p.at
	p.at = skipScalar(p.text, start)
	switch c := p.text[start]; c {
	case 'n':
		return nil, nil
	case 't', 'f':
		return c == 't', nil
	}
	if reason := checkNumber(p.text[start:p.at]); reason != "" {
		return nil, &limitError{p.here(), reason}
	}
	return json.Number(p.shared[start:p.at]), nil
}

func (p *parser) skipSpace() { p.at = jsonscan.SkipSpace(p.text, p.at) }

func (p *parser) here() []string { return slices.Clone(p.path) }

// enter notes that what follows stands one level deeper, under name.
func (p *parser) enter(name string) error {
	p.path = append(p.path, name)
	if len(p.path) > p.depth {
		return &limitError{p.here(), fmt.Sprintf("nested deeper than %d", p.depth)}
	}
	return nil
}

func (p *parser) leave() { p.path = p.path[:len(p.path)-1] }

// str reads a string.
func (p *parser) str() string {
	start := p.at
	p.at = skipString(p.text, start)
	if quoted := p.text[start:p.at]; isEscaped(quoted) {
		return string(decoded(quoted))
	}
	return p.shared[start+1 : p.at-1]
}

// more goes to the next member or item of what ends with end, and reports
// whether there is one.
func (p *parser) more(end byte) bool {
	p.at++ // what opens it, or the comma
	p.skipSpace()
	if p.text[p.at] != end {
		return true
	}
	p.at++
	return false
}

// goesOn reports whether a comma follows, else goes behind what ends here.
func (p *parser) goesOn() bool {
	p.skipSpace()
	if p.text[p.at] == ',' {
		return true
	}
	p.at++
	return false
}

func (p *parser) object() (any, error) {
	members := map[string]any{}
	for more := p.more('}'); more; more = p.goesOn() && p.more('}') {
		name := p.str()
		p.skipSpace()
		p.at++ // the colon
		if err := p.enter(name); err != nil {
			return nil, err
		}
		if _, again := members[name]; again && len(p.repeated) < maxProblems {
			p.repeated = append(p.repeated, p.here())
		}
		value, err := p.value()
		if err != nil {
			return nil, err
		}
		members[name] = value
		p.leave()
	}
	return members, nil
}

func (p *parser) array() (any, error) {
	items := []any{}
	for more := p.more(']'); more; more = p.goesOn() && p.more(']') {
		if err := p.enter(strconv.Itoa(len(items))); err != nil {
			return nil, err
		}
		item, err := p.value()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		p.leave()
	}
	return items, nil
}

// get returns the value at a path, nil when there is none.
func get(v any, path []string) any {
	for _, name := range path {
		switch parent := v.(type) {
		case map[string]any:
			v = parent[name]
		case []any:
			i, err := strconv.Atoi(name)
			if err != nil || i < 0 || i >= len(parent) {
				return nil
			}
			v = parent[i]
		default:
			return nil
		}
	}
	return v
}

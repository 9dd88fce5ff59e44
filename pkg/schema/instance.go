package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/go-json-experiment/json/jsontext"
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

// parse reads valid JSON of at most limit values, at most depth deep. The error
// is a [*limitError].
func parse(text []byte, limit, depth int) (instance, error) {
	p := parser{dec: jsontext.NewDecoder(bytes.NewBuffer(text), jsontext.AllowDuplicateNames(true)), left: limit, depth: depth}
	v, err := p.parse()
	var beyond *limitError
	if err != nil && !errors.As(err, &beyond) {
		err = &limitError{reason: "cannot be read: " + err.Error()}
	}
	if p.left < 0 {
		err = &limitError{reason: fmt.Sprintf("more than %d values are too many to check", limit)}
	}
	return instance{v, p.repeated, limit - p.left}, err
}

type parser struct {
	dec      *jsontext.Decoder
	path     []string
	left     int // how many more values there may be
	depth    int // how deep they may nest
	repeated [][]string
}

var errTooMany = errors.New("too many values")

func (p *parser) parse() (any, error) {
	if p.left--; p.left < 0 {
		return nil, errTooMany
	}
	token, err := p.dec.ReadToken()
	if err != nil {
		return nil, err
	}
	switch token.Kind() {
	case '{':
		return p.object()
	case '[':
		return p.array()
	case '"':
		return token.String(), nil
	case '0':
		text := token.String()
		if reason := checkNumber([]byte(text)); reason != "" {
			return nil, &limitError{p.here(), reason}
		}
		return json.Number(text), nil
	case 'n':
		return nil, nil
	default:
		return token.Kind() == 't', nil
	}
}

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

func (p *parser) object() (any, error) {
	members := map[string]any{}
	for p.dec.PeekKind() != '}' {
		token, err := p.dec.ReadToken()
		if err != nil {
			return nil, err
		}
		name := token.String()
		if err := p.enter(name); err != nil {
			return nil, err
		}
		if _, again := members[name]; again && len(p.repeated) < maxProblems {
			p.repeated = append(p.repeated, p.here())
		}
		if members[name], err = p.parse(); err != nil {
			return nil, err
		}
		p.leave()
	}
	_, err := p.dec.ReadToken()
	return members, err
}

func (p *parser) array() (any, error) {
	items := []any{}
	for p.dec.PeekKind() != ']' {
		if err := p.enter(strconv.Itoa(len(items))); err != nil {
			return nil, err
		}
		item, err := p.parse()
		if err != nil {
			return nil, err
		}
		items = append(items, item)
		p.leave()
	}
	_, err := p.dec.ReadToken()
	return items, err
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

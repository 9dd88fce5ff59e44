package schema

import (
	"slices"
	"strconv"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// Difference is one thing in which an event is not what its schema documents.
type Difference struct {
	// Keyword is the keyword of JSON Schema that is not met, or one of the
	// Keyword constants; additionalProperties for a member that nobody documents.
	Keyword string
	// Pointer is the JSON Pointer (RFC 6901) of what is different, a missing
	// member too, with a star in place of every index of an array, so that it is
	// the same for the same field of other events. It is cut at 1024 bytes.
	Pointer string
	// Expected says what is documented, empty where the keyword says it all.
	Expected string
	// Value is the text of the value in the event, nil where there is none.
	Value []byte
	// Offset is where in the body that value, or its name, stands; where there is
	// none, the object that lacks it.
	Offset int
}

// Differences compares an event with the schema that its type names, or the one
// that the options of v ask for. Unlike [Validator.Check] it leaves nothing out
// because something else explains it, and takes members that nobody documents for
// a difference, Strict or not. The error says why a body is no JSON, or too large.
func (v *Validator) Differences(e *event.Event) ([]Difference, error) {
	if err := jsonscan.Valid(e.Body); err != nil {
		return nil, err
	}
	if valid, noted := v.Sure(e.Body); valid && !noted {
		return nil, nil
	}
	in, err := parse(e.Body, maxValues, jsonscan.MaxDepth)
	if err != nil {
		return nil, err
	}
	problems := v.problems(e, in)
	var tree wanted
	spans := make([]*wanted, len(problems))
	for i, p := range problems {
		spans[i] = tree.want(p.path)
	}
	locate(e.Body, &tree)
	all := make([]Difference, 0, min(len(problems), maxFindings))
	for i, p := range problems[:min(len(problems), maxFindings)] {
		all = append(all, difference(e.Body, in.value, p, spans[i]))
	}
	return all, nil
}

func difference(body []byte, root any, p problem, at *wanted) Difference {
	d := Difference{Keyword: p.keyword, Expected: p.expected, Offset: placed{p, at}.at()}
	path := p.path
	if isMissing(p.keyword) {
		path = append(slices.Clip(path), p.name)
	} else {
		d.Value = body[at.start:at.end]
	}
	if d.Expected == "" && p.keyword != "additionalProperties" && !isMissing(p.keyword) {
		d.Expected = p.text
	}
	d.Pointer = cut(pointer(starred(root, path)), maxPointer)
	return d
}

func isMissing(keyword string) bool {
	return keyword == "required" || keyword == "dependentRequired" || keyword == "dependencies"
}

// starred replaces the indexes in a path.
func starred(root any, path []string) []string {
	out := slices.Clone(path)
	for i, name := range path {
		switch v := root.(type) {
		case []any:
			n, err := strconv.Atoi(name)
			if err != nil || n < 0 || n >= len(v) {
				return out
			}
			out[i], root = "*", v[n]
		case map[string]any:
			root = v[name]
		default:
			return out
		}
	}
	return out
}

package schema

import (
	"bytes"
	"cmp"
	"errors"
	"slices"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// check makes findings of one event.
type check struct {
	event *event.Event
	body  []byte
	slug  *string
	// builtIn says that the schema is one of konhook's.
	builtIn bool
}

// syntax makes the finding of a body that is no JSON.
func (c *check) syntax(err error) []Finding {
	at, reason := 0, err.Error()
	var wrong *jsonscan.Error
	if errors.As(err, &wrong) {
		at, reason = min(wrong.Offset, len(c.body)), wrong.Reason
	}
	line, column := c.event.Line(at)
	f := c.finding(at)
	f.Keyword, f.Severity, f.Message = KeywordSyntax, Error, cut(reason, maxMessage)
	f.Hint = optional(syntaxHint(line, column))
	return []Finding{f}
}

// placed is a problem and where it stands in the body.
type placed struct {
	problem
	*wanted
}

// at is where a finding of it points to: the name of a member that is too much,
// else the value.
func (p placed) at() int {
	if p.keyword == KeywordDuplicate || p.keyword == "additionalProperties" || p.keyword == "propertyNames" {
		return p.span.name
	}
	return p.start
}

// findings makes findings of problems, in the order of their places.
func (c *check) findings(root any, problems []problem) []Finding {
	if len(problems) == 0 {
		return nil
	}
	problems = withHints(root, problems, c.builtIn)
	var tree wanted
	all := make([]*placed, len(problems))
	for i, p := range problems {
		all[i] = &placed{p, tree.want(p.path)}
	}
	locate(c.body, &tree)
	slices.SortStableFunc(all, func(a, b *placed) int {
		return cmp.Or(cmp.Compare(a.at(), b.at()), strings.Compare(string(a.severity), string(b.severity)),
			strings.Compare(a.keyword, b.keyword))
	})
	all = slices.CompactFunc(all, func(a, b *placed) bool {
		return a.wanted == b.wanted && a.keyword == b.keyword && a.expected == b.expected && a.text == b.text
	})
	findings := make([]Finding, 0, min(len(all), maxFindings)+1)
	for _, p := range all[:min(len(all), maxFindings)] {
		findings = append(findings, c.describe(*p))
	}
	if len(all) > maxFindings {
		rest := worst(all[maxFindings:])
		rest.problem.keyword, rest.text, rest.expected = KeywordLimit, "the rest is left out: "+strconv.Itoa(maxFindings)+" findings are listed for one document", ""
		rest.hint = ""
		findings = append(findings, c.describe(rest))
	}
	return findings
}

// worst returns the first error, or the first of all when there is none.
func worst(all []*placed) placed {
	if i := slices.IndexFunc(all, func(p *placed) bool { return p.severity == Error }); i >= 0 {
		return *all[i]
	}
	return *all[0]
}

func (c *check) describe(p placed) Finding {
	f := c.finding(p.at())
	f.Keyword, f.Severity, f.Hint = p.keyword, p.severity, optional(p.hint)
	f.Message = p.text
	if p.expected != "" {
		found := p.problem.found
		if found == "" {
			found = describeFound(c.body[p.start:p.end])
		}
		f.Message = "expected " + cut(p.expected, maxMessage-maxShown-100) + ", found " + found
	}
	path := p.path
	for f.Pointer = pointer(path); len(f.Pointer) > maxPointer; f.Pointer = pointer(path) {
		path = path[:len(path)-1-len(path)/8]
	}
	if below := len(p.path) - len(path); below > 0 {
		f.Message += " (" + counted(below, "level") + " below)"
	}
	f.Message = cut(f.Message, maxMessage)
	return f
}

// describeFound says in a few words what a JSON value is.
func describeFound(value []byte) string {
	switch value[0] {
	case '{':
		if isEmpty(value) {
			return "an empty object"
		}
		return "an object"
	case '[':
		if isEmpty(value) {
			return "an empty array"
		}
		return "an array"
	case '"':
		return "string " + cut(string(value[:min(len(value), 2*maxShown)]), maxShown)
	case 't', 'f', 'n':
		return string(value)
	default:
		return "number " + cut(string(value[:min(len(value), 2*maxShown)]), maxShown)
	}
}

func isEmpty(value []byte) bool {
	return len(bytes.TrimSpace(value[1:len(value)-1])) == 0
}

// finding makes the parts of a finding that say where it is.
func (c *check) finding(at int) Finding {
	place := c.event.At(at)
	return Finding{
		File: place.File, Line: place.Line, Column: place.Column, Document: c.event.Document, Event: c.slug,
		source: func() ([]byte, int) { return around(c.event.Line(at)) },
	}
}

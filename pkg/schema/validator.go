package schema

import (
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/accept"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// Options say what events are checked against. The zero value checks each event
// against the built-in schema of its type.
type Options struct {
	// Strict makes errors of notes: unknown members, repeated members, and times
	// that look like milliseconds.
	Strict bool
	// As checks every event against the schema of this type, whatever its own
	// "type" says.
	As event.Type
	// Schema replaces the built-in schemas. It excludes As.
	Schema *Custom
}

// Validator checks events. It may be used from several goroutines.
type Validator struct {
	options  Options
	severity Severity // of what is a note unless strict
	// builtIn holds the built-in schemas, compiled when they are first needed;
	// the zero Type stands for the envelope alone.
	builtIn map[event.Type]func() (*Custom, error)
	// program is what [Quick] walks along, compiled when it is first needed.
	program func() (*accept.Program, error)
	quicks  sync.Pool // of what Sure has used
}

// NewValidator makes a validator. Schemas are compiled when they are first
// needed.
func NewValidator(o Options) (*Validator, error) {
	if o.Schema != nil && o.As.Known() {
		return nil, errors.New("an event type and a schema of one's own exclude each other")
	}
	v := &Validator{options: o, severity: Note, builtIn: map[event.Type]func() (*Custom, error){}}
	if o.Strict {
		v.severity = Error
	}
	if o.As.Known() && !slices.Contains(event.Types(), o.As) {
		return nil, fmt.Errorf("no schema for the event type %q", o.As.Name)
	}
	for _, t := range append(event.Types(), event.Type{}) {
		v.builtIn[t] = sync.OnceValues(func() (*Custom, error) { return v.compileBuiltIn(t) })
	}
	v.program = sync.OnceValues(v.compileProgram)
	return v, nil
}

func (v *Validator) compileBuiltIn(t event.Type) (*Custom, error) {
	document := envelopeDocument
	switch {
	case t.Known() && t == v.options.As:
		document = func() []byte { return asType(t) }
	case t.Known():
		document = func() []byte { return Document(t) }
	}
	return Compile("konhook:"+t.String(), inlined(document()))
}

// Check returns what is wrong with an event and what is worth knowing of it, in
// the order of the places in its text; nothing for one that is as documented. Of
// more than 1000 findings the rest is left out, which the last one says.
func (v *Validator) Check(e *event.Event) []Finding {
	c := check{event: e, body: e.Body, builtIn: v.options.Schema == nil}
	if s := v.schemaType(e); s.Known() {
		c.slug = &s.Slug
	}
	if err := jsonscan.Valid(e.Body); err != nil {
		return c.syntax(err)
	}
	in, err := parse(e.Body, maxValues, jsonscan.MaxDepth)
	if err != nil {
		return c.findings(in.value, []problem{limitProblem(err)})
	}
	return c.findings(in.value, v.problems(e, in))
}

// schemaType is the type whose schema an event is checked against, and with a
// schema of one's own the type that the event names.
func (v *Validator) schemaType(e *event.Event) event.Type {
	switch {
	case v.options.As.Known():
		return v.options.As
	case v.builtIn[e.Type] == nil:
		return event.Type{}
	}
	return e.Type
}

// problems holds a parsed event against its schema.
func (v *Validator) problems(e *event.Event, in instance) []problem {
	s, err := v.options.Schema, error(nil)
	if s == nil {
		s, err = v.builtIn[v.schemaType(e)]()
	}
	if err != nil {
		return []problem{limitProblem(err)}
	}
	problems := s.check(in, len(e.Body))
	for _, path := range in.repeated {
		name := path[len(path)-1]
		problems = append(problems, problem{
			path: path, severity: v.severity, keyword: KeywordDuplicate, name: name,
			text: shown(name) + " is there more than once: the last one counts",
		})
	}
	if v.options.Schema == nil {
		n := noter{severity: v.severity, sorted: in.values > maxProblems}
		n.walk(in.value, []*shape{s.shape})
		problems = append(problems, n.problems...)
	}
	return problems
}

// check holds a value against the schema.
func (c *Custom) check(in instance, length int) []problem {
	value := in.value
	if !c.shape.isCheap(in.values, length) && c.shape.work(value, 0, maxWork) < 0 {
		return []problem{limitProblem(&limitError{reason: "too large to check against this schema"})}
	}
	err := c.validate(value)
	var wrong *jsonschema.ValidationError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &wrong):
		return explain(wrong, value)
	}
	return []problem{limitProblem(err)}
}

// validate turns a panic of the library into an error: one odd payload must not
// end the program.
func (c *Custom) validate(value any) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("cannot be checked: %.200v", v)
		}
	}()
	return c.compiled.Validate(value)
}

func limitProblem(err error) problem {
	p := problem{severity: Error, keyword: KeywordLimit, text: err.Error()}
	var limit *limitError
	if errors.As(err, &limit) {
		p.path = limit.path
	}
	return p
}

// withHints adds what helps against problems, and drops the notes on members
// that a hint speaks of already.
func withHints(root any, problems []problem, builtIn bool) []problem {
	h := hinter{root: root, builtIn: builtIn}
	for i, p := range problems {
		if p.hint == "" {
			problems[i].hint = h.hint(p)
		}
	}
	return slices.DeleteFunc(problems, func(p problem) bool {
		return p.keyword == "additionalProperties" && (len(h.renamed) > 0 && h.renamed[pointer(p.path)] || h.noEnvelope && len(p.path) == 1)
	})
}

package schema

import (
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/konhook/konhook/pkg/internal/accept"
)

// Quick says of payloads that they are surely valid, many times as fast as
// [Validator.Check], which has to be asked about all others. It is not safe for
// concurrent use: every goroutine has one of its own.
type Quick struct {
	walker  *accept.Walker
	strict  bool
	builtIn bool
}

// QuickNote is worth knowing of a payload that is valid: what Check would say at
// its place in a finding of severity Note. Notes with the same Kind are about
// the same thing in different payloads.
type QuickNote struct {
	Offset int // in the payload
	Kind   QuickKind
}

// QuickKind tells apart what notes are about. Kinds can be compared.
type QuickKind struct {
	node int
	name string
}

// Quick returns a Quick for the schema of v, or why there is none: the schema
// has a keyword that only the library knows.
func (v *Validator) Quick() (*Quick, error) {
	p, err := v.program()
	if err != nil {
		return nil, err
	}
	return &Quick{p.NewWalker(), v.options.Strict, v.options.Schema == nil}, nil
}

// Sure reports whether a payload is surely valid, without saying anything of the
// others, and whether [Validator.Check] has notes on it all the same. It may be
// used from several goroutines.
func (v *Validator) Sure(payload []byte) (valid, noted bool) {
	q, _ := v.quicks.Get().(*Quick)
	if q == nil {
		var err error
		if q, err = v.Quick(); err != nil {
			return false, false
		}
	}
	defer v.quicks.Put(q)
	valid = q.Accept(payload)
	return valid, valid && q.Noted() > 0
}

// compileProgram makes the program of the schema that v checks against; with the
// built-in ones, of the schema that covers all types.
func (v *Validator) compileProgram() (*accept.Program, error) {
	if s := v.options.Schema; s != nil {
		return accept.Compile(s.compiled, accept.Options{FreeFormats: !s.assertFormat})
	}
	s, err := v.quickSchema()
	if err != nil {
		return nil, err
	}
	return accept.Compile(s, accept.Options{Unknown: true, Time: isTimestamp, TimeLimit: tooLate})
}

func (v *Validator) quickSchema() (*jsonschema.Schema, error) {
	if t := v.options.As; t.Known() {
		return directly(asType(t))
	}
	return directly(anyEvent())
}

func isTimestamp(s *jsonschema.Schema) bool {
	return defines(s, "timestamp")
}

// Accept reports whether a payload is surely valid. False says nothing.
func (q *Quick) Accept(payload []byte) bool {
	return q.walker.Accept(payload) && (!q.strict || len(q.walker.Notes) == 0)
}

// NotesMembers reports whether there are notes on members that the schema does
// not name: there are with the built-in schemas.
func (q *Quick) NotesMembers() bool { return q.builtIn }

// Noted returns how many notes there are on the payload that was accepted last.
func (q *Quick) Noted() int { return len(q.walker.Notes) }

// Note returns one of the notes on payload, which was accepted last.
func (q *Quick) Note(payload []byte, i int) QuickNote {
	n := q.walker.Notes[i]
	note := QuickNote{Offset: n.Offset, Kind: QuickKind{node: n.Node}}
	if n.Kind == accept.UnknownMember {
		name := payload[n.Offset+1:]
		note.Kind.name = string(name[:strings.IndexByte(string(name), '"')])
	}
	return note
}

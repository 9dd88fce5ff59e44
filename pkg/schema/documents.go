package schema

import (
	"bytes"
	_ "embed" // for the definitions
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// definitions holds what all built-in schemas are put together from.
//
//go:embed konstantly.json
var definitions []byte

const (
	dialect = "https://json-schema.org/draft/2020-12/schema"
	defsAt  = "#/$defs/"
	refTo   = `"` + defsAt
)

// part is a member of an object: schemas are put together in the order in which
// people read them.
type part struct {
	name string
	text []byte
}

// parts are the definitions, taken apart once.
var parts = sync.OnceValue(func() (p struct{ defs, bodies []part }) {
	jsonscan.Members(definitions, func(name, value []byte, _ int) bool {
		if string(name) == "$defs" {
			p.defs = membersOf(value)
		} else {
			p.bodies = membersOf(value)
		}
		return true
	})
	return p
})

func membersOf(object []byte) (all []part) {
	jsonscan.Members(object, func(name, value []byte, _ int) bool {
		all = append(all, part{string(name), value})
		return true
	})
	return all
}

// Document returns the JSON Schema, of draft 2020-12, of one type of event. It
// refers to nothing outside itself. For the zero Type it is [EventDocument].
func Document(t event.Type) []byte {
	if !t.Known() {
		return EventDocument()
	}
	return indented(typeDocument(t, fmt.Appendf(nil, `{"const":%s}`, quoted(t.Name))))
}

// asType is the schema of a type for events that may say they are of another.
func asType(t event.Type) []byte { return typeDocument(t, []byte(`{"type":"string"}`)) }

// typeDocument is the schema of a type; kind is the schema of its "type" member.
func typeDocument(t event.Type, kind []byte) []byte {
	return assemble(t.Slug, t.Name+": "+t.Description, kind, bodyOf(t), nil)
}

// EventDocument returns the JSON Schema, of draft 2020-12, that covers all types
// of event: the "type" of a payload says what its body must be.
func EventDocument() []byte { return indented(anyEvent()) }

func anyEvent() []byte {
	var cases [][]byte
	for _, t := range event.Types() {
		cases = append(cases, fmt.Appendf(nil,
			`{"if":{"required":["type"],"properties":{"type":{"const":%s}}},"then":{"properties":{"body":%s}}}`,
			quoted(t.Name), bodyOf(t)))
	}
	return assemble("event", "any webhook event of Konstantly", anyKind(), []byte(`{"type":"object"}`), cases)
}

// envelopeDocument is the schema of what all events have in common.
func envelopeDocument() []byte {
	return assemble("envelope", "the envelope of a webhook event", anyKind(), []byte(`{"type":"object"}`), nil)
}

// anyKind is the schema of a "type" member that names any of the types.
func anyKind() []byte {
	var names [][]byte
	for _, t := range event.Types() {
		names = append(names, quoted(t.Name))
	}
	return fmt.Appendf(nil, `{"enum":[%s]}`, bytes.Join(names, []byte(",")))
}

func quoted(name string) []byte {
	text, err := jsontext.AppendQuote(nil, name)
	if err != nil {
		panic(err) // our names are UTF-8
	}
	return text
}

func bodyOf(t event.Type) []byte {
	i := slices.IndexFunc(parts().bodies, func(p part) bool { return p.name == t.Name })
	if i < 0 {
		panic("no schema for " + t.Name)
	}
	return parts().bodies[i].text
}

// assemble writes a schema: the envelope, what its type and body must be, the
// cases, and the definitions that these need.
func assemble(name, title string, kind, body []byte, cases [][]byte) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"$schema":%q,"$id":"urn:konhook:%s","title":%q,"type":"object",`, dialect, name, title)
	fmt.Fprintf(&b, `"required":["occuredAt","type","body"],"properties":{"occuredAt":{"$ref":"#/$defs/timestamp"},"type":%s,"body":%s}`, kind, body)
	if cases != nil {
		fmt.Fprintf(&b, `,"allOf":[%s]`, bytes.Join(cases, []byte(",")))
	}
	b.WriteString(`,"$defs":{`)
	for i, d := range needed(b.String()) {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, "%q:%s", d.name, d.text)
	}
	b.WriteString("}}")
	return b.Bytes()
}

// indented makes a document one that people read.
func indented(text []byte) []byte {
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, text, "", "  "); err != nil {
		panic(err) // a test prints every document
	}
	pretty.WriteByte('\n')
	return pretty.Bytes()
}

// needed returns the definitions that a text refers to, and those that they
// refer to, in the order in which they stand in the source.
func needed(text string) (found []part) {
	wanted := map[string]bool{}
	for grown := true; grown; {
		grown = false
		for _, d := range parts().defs {
			if !wanted[d.name] && strings.Contains(text, refTo+d.name+`"`) {
				wanted[d.name], grown = true, true
				text += string(d.text)
			}
		}
	}
	for _, d := range parts().defs {
		if wanted[d.name] {
			found = append(found, d)
		}
	}
	return found
}

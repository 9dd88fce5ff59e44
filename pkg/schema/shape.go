package schema

import (
	"encoding/json"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// shape is what of a compiled schema decides which schemas are held against
// which values: the graph that is walked to see what a check will cost, and to
// find fields that nobody documents.
type shape struct {
	source     *jsonschema.Schema
	types      kinds                        // what it is about, 0 for anything
	here       []*shape                     // apply to the same value
	properties map[string]*shape            // apply to members by their names
	patterns   map[jsonschema.Regexp]*shape // apply to members by a pattern
	rest       []*shape                     // apply to members not named so far
	names      []*shape                     // apply to the names of members
	items      []*shape                     // apply to every item
	prefix     []*shape                     // apply to items by their place
	// weight is what it costs to hold the schema against a value of no size,
	// and branching how many branches remember what was evaluated, 0 for none.
	weight, branching int
	// most is what work takes at most for each value, maxMost when that is not
	// known. It is set for the root alone.
	most int
}

// kinds is a set of kinds of JSON values.
type kinds uint8

const (
	kindNull kinds = 1 << iota
	kindBoolean
	kindNumber
	kindString
	kindArray
	kindObject
)

func kindOf(v any) kinds {
	switch v.(type) {
	case nil:
		return kindNull
	case bool:
		return kindBoolean
	case json.Number:
		return kindNumber
	case string:
		return kindString
	case []any:
		return kindArray
	default:
		return kindObject
	}
}

// fits reports whether s says anything of values of a kind but their type.
func (s *shape) fits(k kinds) bool { return s.types == 0 || s.types&k != 0 }

// shapes makes shapes of schemas, one of each.
type shapes map[*jsonschema.Schema]*shape

// of returns the shape of a schema and makes those of all that it leads to.
func (all shapes) of(root *jsonschema.Schema) *shape {
	todo := []*shape{all.add(root, &[]*shape{})}
	for len(todo) > 0 {
		s := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		all.fill(s, root, &todo)
	}
	state := map[*shape]visit{}
	for _, s := range all {
		s.cutCycles(state)
	}
	all.weigh()
	all[root].most = all[root].mostWork(0, map[*shape]bool{}, maxMost)
	return all[root]
}

type visit uint8

const (
	unseen visit = iota
	open
	closed
)

// cutCycles takes away what leads from a schema back to itself without going
// deeper into the value: the validation stops there with an error.
func (s *shape) cutCycles(state map[*shape]visit) {
	if state[s] != unseen {
		return
	}
	state[s] = open
	s.here = slices.DeleteFunc(s.here, func(sub *shape) bool {
		sub.cutCycles(state)
		return state[sub] == open
	})
	state[s] = closed
}

// add returns the shape of a schema, and puts it on the list when it is new.
func (all shapes) add(s *jsonschema.Schema, todo *[]*shape) *shape {
	known := all[s]
	if known == nil {
		known = &shape{source: s}
		all[s] = known
		*todo = append(*todo, known)
	}
	return known
}

func (all shapes) fill(s *shape, root *jsonschema.Schema, todo *[]*shape) {
	source := s.source
	if source.Types != nil {
		s.types = kindsOf(source.Types.ToStrings())
	}
	list := func(schemas ...*jsonschema.Schema) (list []*shape) {
		for _, sub := range schemas {
			if sub != nil {
				list = append(list, all.add(sub, todo))
			}
		}
		return list
	}
	s.here = list(source.Ref, source.RecursiveRef, dynamicTarget(source.DynamicRef, root), source.Not, source.If, source.Then, source.Else)
	s.here = append(s.here, list(source.AllOf...)...)
	s.here = append(s.here, list(source.AnyOf...)...)
	s.here = append(s.here, list(source.OneOf...)...)
	for _, sub := range source.DependentSchemas {
		s.here = append(s.here, list(sub)...)
	}
	for _, sub := range source.Dependencies {
		s.here = append(s.here, list(asSchema(sub))...)
	}
	for name, sub := range source.Properties {
		if s.properties == nil {
			s.properties = map[string]*shape{}
		}
		s.properties[name] = all.add(sub, todo)
	}
	for pattern, sub := range source.PatternProperties {
		if s.patterns == nil {
			s.patterns = map[jsonschema.Regexp]*shape{}
		}
		s.patterns[pattern] = all.add(sub, todo)
	}
	s.rest = list(asSchema(source.AdditionalProperties), source.UnevaluatedProperties)
	s.names = list(source.PropertyNames)
	s.items = list(source.Contains, source.Items2020, asSchema(source.Items), asSchema(source.AdditionalItems), source.UnevaluatedItems)
	s.prefix = list(source.PrefixItems...)
	if items, ok := source.Items.([]*jsonschema.Schema); ok {
		s.prefix = list(items...)
	}
}

// dynamicTarget returns the schema that a $dynamicRef most likely leads to: the
// outermost, when it has the anchor, else the one that it names.
func dynamicTarget(ref *jsonschema.DynamicRef, root *jsonschema.Schema) *jsonschema.Schema {
	switch {
	case ref == nil:
		return nil
	case ref.Anchor != "" && root.DynamicAnchor == ref.Anchor:
		return root
	default:
		return ref.Ref
	}
}

func asSchema(v any) *jsonschema.Schema {
	s, _ := v.(*jsonschema.Schema)
	return s
}

func kindsOf(names []string) (k kinds) {
	for _, name := range names {
		switch name {
		case "null":
			k |= kindNull
		case "boolean":
			k |= kindBoolean
		case "number", "integer":
			k |= kindNumber
		case "string":
			k |= kindString
		case "array":
			k |= kindArray
		case "object":
			k |= kindObject
		}
	}
	return k
}

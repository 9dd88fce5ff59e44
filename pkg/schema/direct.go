package schema

import (
	"encoding/json"
	"fmt"
	"math/big"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// direct makes the schema of a document of our own without the compiler of the
// library, which holds every schema against its metaschema first and takes ten
// times as long: most of the start of a program that checks one payload. What it
// makes is for package accept, which looks at the exported fields; the library
// cannot validate with it. It knows the keywords that our documents have, and a
// test compares its schemas with those of the compiler.
type direct struct {
	defs    map[string]any
	made    map[string]*jsonschema.Schema // by location
	unknown string                        // a keyword that it does not know
}

// directly returns the schema of a document that is known to be sound.
func directly(text []byte) (*jsonschema.Schema, error) {
	in, err := parse(text, maxSchemaValues, maxSchemaDepth)
	if err != nil {
		return nil, err
	}
	root, _ := in.value.(map[string]any)
	defs, _ := root["$defs"].(map[string]any)
	d := direct{defs: defs, made: map[string]*jsonschema.Schema{}}
	s := d.schema(in.value, "#")
	if d.unknown != "" {
		return nil, fmt.Errorf("the keyword %s is left to the library", d.unknown)
	}
	return s, nil
}

// schema returns the schema that stands at a location, one for each.
func (d *direct) schema(v any, at string) *jsonschema.Schema {
	if s := d.made[at]; s != nil {
		return s
	}
	s := &jsonschema.Schema{DraftVersion: 2020, Location: documentURL + at}
	d.made[at] = s
	switch v := v.(type) {
	case bool:
		s.Bool = &v
	case map[string]any:
		for name, member := range v {
			d.keyword(s, name, member, at+"/"+name)
		}
	}
	return s
}

// keyword sets what a keyword says.
func (d *direct) keyword(s *jsonschema.Schema, name string, v any, at string) {
	switch name {
	case "$schema", "$defs":
	case "$id":
		s.ID, _ = v.(string)
	case "title":
		s.Title, _ = v.(string)
	case "description":
		s.Description, _ = v.(string)
	case "$ref":
		ref, _ := v.(string)
		s.Ref = d.schema(d.defs[strings.TrimPrefix(ref, defsAt)], ref)
	case "type":
		s.Types = typesOf(v)
	case "const":
		s.Const = &v
	case "enum":
		values, _ := v.([]any)
		s.Enum = &jsonschema.Enum{Values: values}
	case "required":
		s.Required = words(v)
	case "minimum":
		s.Minimum = ratOf(v)
	case "maximum":
		s.Maximum = ratOf(v)
	default:
		d.below(s, name, v, at)
	}
}

// below sets what a keyword says that holds schemas.
func (d *direct) below(s *jsonschema.Schema, name string, v any, at string) {
	switch name {
	case "properties":
		members, _ := v.(map[string]any)
		s.Properties = make(map[string]*jsonschema.Schema, len(members))
		for name, member := range members {
			s.Properties[name] = d.schema(member, at+"/"+name)
		}
	case "items":
		s.Items2020 = d.schema(v, at)
	case "allOf":
		s.AllOf = d.list(v, at)
	case "anyOf":
		s.AnyOf = d.list(v, at)
	case "if":
		s.If = d.schema(v, at)
	case "then":
		s.Then = d.schema(v, at)
	default:
		d.unknown = name
	}
}

func (d *direct) list(v any, at string) (all []*jsonschema.Schema) {
	items, _ := v.([]any)
	for i, item := range items {
		all = append(all, d.schema(item, fmt.Sprintf("%s/%d", at, i)))
	}
	return all
}

// words returns a string, or the strings of an array.
func words(v any) (all []string) {
	if word, ok := v.(string); ok {
		return []string{word}
	}
	items, _ := v.([]any)
	for _, item := range items {
		if word, ok := item.(string); ok {
			all = append(all, word)
		}
	}
	return all
}

func typesOf(v any) *jsonschema.Types {
	types := new(jsonschema.Types)
	for _, word := range words(v) {
		types.Add(word)
	}
	return types
}

func ratOf(v any) *big.Rat {
	number, _ := v.(json.Number)
	r, _ := new(big.Rat).SetString(number.String())
	return r
}

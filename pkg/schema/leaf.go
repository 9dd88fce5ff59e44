package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// The words that lists in messages are put together with.
const (
	or    = " or "
	oneOf = "one of "
)

// leaf explains one leaf of what the validation returned.
func leaf(err *jsonschema.ValidationError) []problem {
	at := err.InstanceLocation
	switch k := err.ErrorKind.(type) {
	case *kind.Type:
		return expecting(at, "type", typeNames(k.Want))
	case *kind.Const:
		return expecting(at, "const", shown(k.Want))
	case *kind.Enum:
		return expecting(at, "enum", listed(k.Want))
	case *kind.Required:
		return missing(at, "required", k.Missing, "")
	case *kind.DependentRequired:
		return missing(at, "dependentRequired", k.Missing, k.Prop)
	case *kind.Dependency:
		return missing(at, "dependencies", k.Missing, k.Prop)
	case *kind.AdditionalProperties:
		return tooMany(at, k.Properties)
	case *kind.Format:
		return expecting(at, "format", "the format "+k.Want)
	case *kind.Not:
		return saying(at, "not", "matches what it must not match")
	case *kind.FalseSchema:
		return saying(at, keywordOf(err.SchemaURL), "nothing is allowed here")
	case *kind.RefCycle:
		return saying(at, "$ref", "the schema refers to itself without end")
	}
	if p := numberLeaf(at, err.ErrorKind); p != nil {
		return p
	}
	if p := sizeLeaf(at, err.ErrorKind); p != nil {
		return p
	}
	keyword := "schema"
	if names := err.ErrorKind.KeywordPath(); len(names) > 0 {
		keyword = names[0]
	}
	return saying(at, keyword, "does not match the schema")
}

func numberLeaf(at []string, k jsonschema.ErrorKind) []problem {
	switch k := k.(type) {
	case *kind.Minimum:
		return expecting(at, "minimum", "at least "+decimal(k.Want))
	case *kind.Maximum:
		return expecting(at, "maximum", "at most "+decimal(k.Want))
	case *kind.ExclusiveMinimum:
		return expecting(at, "exclusiveMinimum", "more than "+decimal(k.Want))
	case *kind.ExclusiveMaximum:
		return expecting(at, "exclusiveMaximum", "less than "+decimal(k.Want))
	case *kind.MultipleOf:
		return expecting(at, "multipleOf", "a multiple of "+decimal(k.Want))
	}
	return nil
}

func sizeLeaf(at []string, k jsonschema.ErrorKind) []problem {
	sized := func(keyword, bound string, want, got int, noun string) []problem {
		return []problem{{path: at, keyword: keyword, expected: bound + " " + counted(want, noun), found: counted(got, noun)}}
	}
	switch k := k.(type) {
	case *kind.MinLength:
		return sized("minLength", "at least", k.Want, k.Got, "character")
	case *kind.MaxLength:
		return sized("maxLength", "at most", k.Want, k.Got, "character")
	case *kind.MinItems:
		return sized("minItems", "at least", k.Want, k.Got, "item")
	case *kind.MaxItems:
		return sized("maxItems", "at most", k.Want, k.Got, "item")
	case *kind.MinProperties:
		return sized("minProperties", "at least", k.Want, k.Got, "member")
	case *kind.MaxProperties:
		return sized("maxProperties", "at most", k.Want, k.Got, "member")
	case *kind.MinContains:
		return sized("minContains", "at least", k.Want, len(k.Got), "matching item")
	case *kind.MaxContains:
		return sized("maxContains", "at most", k.Want, len(k.Got), "matching item")
	case *kind.AdditionalItems:
		return saying(at, "additionalItems", counted(k.Count, "item")+" too many")
	case *kind.Contains:
		return saying(at, "contains", "none of the items is what one of them must be")
	case *kind.UniqueItems:
		text := "the items at " + strconv.Itoa(k.Duplicates[0]) + " and " + strconv.Itoa(k.Duplicates[1]) + " are equal"
		return saying(at, "uniqueItems", text)
	case *kind.Pattern:
		return expecting(at, "pattern", "text that matches "+cut(k.Want, maxShown))
	}
	return nil
}

func expecting(at []string, keyword, what string) []problem {
	return []problem{{path: at, keyword: keyword, expected: what}}
}

func saying(at []string, keyword, text string) []problem {
	return []problem{{path: at, keyword: keyword, text: text}}
}

// missing makes a problem of each missing member; because is the member that
// asks for it, empty when it is always needed.
func missing(at []string, keyword string, names []string, because string) (all []problem) {
	for _, name := range names {
		text := "missing " + shown(name)
		if because != "" {
			text += ", which " + shown(because) + " needs"
		}
		all = append(all, problem{path: at, keyword: keyword, name: name, text: text})
	}
	return all
}

func tooMany(at, names []string) (all []problem) {
	slices.Sort(names)
	for _, name := range names {
		path := append(slices.Clone(at), name)
		all = append(all, problem{path: path, keyword: "additionalProperties", name: name, text: shown(name) + " is not allowed here"})
	}
	return all
}

// typeNames lists types. Where numbers are taken, integers need no word.
func typeNames(names []string) string {
	if slices.Contains(names, "number") {
		names = slices.DeleteFunc(slices.Clone(names), func(s string) bool { return s == "integer" })
	}
	return strings.Join(names, or)
}

// maxListed is how many values of an enum are listed.
const maxListed = 20

func listed(values []any) string {
	words := make([]string, 0, maxListed)
	for i, v := range values {
		if i == maxListed {
			words = append(words, fmt.Sprintf("%d more", len(values)-i))
			break
		}
		words = append(words, shown(v))
	}
	if len(words) == 1 {
		return words[0]
	}
	return oneOf + strings.Join(words, ", ")
}

// shown writes a value of a schema as JSON, cut when it is long.
func shown(v any) string {
	switch text, ok := v.(string); {
	case ok && isPlain(text):
		return cut(`"`+text+`"`, maxShown)
	case ok:
		v = cut(text, maxShown)
	case size(v, maxShown) > maxShown:
		return "a certain " + kindName(v)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return "a value"
	}
	return cut(strings.TrimSuffix(b.String(), "\n"), maxShown)
}

// isPlain reports whether JSON writes a text, of those that need not be cut, as
// it is.
func isPlain(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return len(text) <= maxShown
}

// size counts the values in v and the bytes of its texts, up to about most.
func size(v any, most int) int {
	n := 1
	switch v := v.(type) {
	case string:
		n += len(v)
	case json.Number:
		n += len(v)
	case []any:
		for i := 0; i < len(v) && n <= most; i++ {
			n += size(v[i], most)
		}
	case map[string]any:
		for name, member := range v {
			if n += len(name) + size(member, most); n > most {
				break
			}
		}
	}
	return n
}

func kindName(v any) string {
	switch kindOf(v) {
	case kindNull:
		return "null"
	case kindBoolean:
		return "boolean"
	case kindNumber:
		return "number"
	case kindString:
		return "string"
	case kindArray:
		return "array"
	default:
		return "object"
	}
}

func decimal(r *big.Rat) string {
	if r.IsInt() {
		return cut(r.Num().String(), maxShown)
	}
	f, _ := r.Float64()
	return strconv.FormatFloat(f, 'g', -1, 64)
}

func counted(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}

// keywordOf returns the keyword that a schema stands under, such as
// "unevaluatedProperties".
func keywordOf(url string) string {
	names := strings.Split(url[strings.IndexByte(url, '#')+1:], "/")
	for _, name := range slices.Backward(names) {
		switch name {
		case "additionalProperties", "unevaluatedProperties", "patternProperties", "properties", "unevaluatedItems",
			"additionalItems", "prefixItems", "items", "contains", "not", "then", "else", "allOf", "dependentSchemas", "dependencies":
			return name
		}
	}
	return "false"
}

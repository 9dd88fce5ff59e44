package schema

import (
	"bytes"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// token is a value of a JSON text, as a decoder of somebody else finds it.
type token struct {
	path     []string
	span     span
	repeated bool // its object had a member of its name before
}

// tokens returns the values of a valid text in their order.
func tokens(t *testing.T, text []byte) (all []token) {
	t.Helper()
	dec := jsontext.NewDecoder(bytes.NewReader(text), jsontext.AllowDuplicateNames(true))
	next := func() int {
		dec.PeekKind()
		i := int(dec.InputOffset())
		return i + len(text[i:]) - len(bytes.TrimLeft(text[i:], " \t\r\n,:"))
	}
	read := func() string {
		token, err := dec.ReadToken()
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		return token.String()
	}
	var value func(path []string, name int, repeated bool)
	value = func(path []string, name int, repeated bool) {
		start := next()
		name = min(name, start)
		i := len(all)
		all = append(all, token{slices.Clone(path), span{start: start, name: name}, repeated})
		switch read(); text[start] {
		case '{':
			seen := map[string]bool{}
			for dec.PeekKind() != '}' {
				at := next()
				member := read()
				value(append(path, member), at, seen[member])
				seen[member] = true
			}
			read()
		case '[':
			for n := 0; dec.PeekKind() != ']'; n++ {
				value(append(path, strconv.Itoa(n)), len(text), false)
			}
			read()
		}
		all[i].span.end = int(dec.InputOffset())
	}
	value(nil, len(text), false)
	return all
}

// checkParse holds what is made of a valid text against what others make of it.
func checkParse(t *testing.T, text []byte) {
	t.Helper()
	in, err := parse(text, maxValues, jsonscan.MaxDepth)
	if err != nil {
		return // a limit, which others do not have
	}
	want, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%q: the library says %v", text, err)
	}
	if !reflect.DeepEqual(in.value, want) {
		t.Errorf("%q is %v", text, in.value)
	}
	all := tokens(t, text)
	if in.values != len(all) {
		t.Errorf("%q has %d values, not %d", text, len(all), in.values)
	}
	var repeated [][]string
	var tree wanted
	last := map[*wanted]span{}
	for _, token := range all {
		if token.repeated {
			repeated = append(repeated, token.path)
		}
		last[tree.want(token.path)] = token.span
	}
	if diff := cmp.Diff(repeated, in.repeated); diff != "" {
		t.Errorf("%q: members that are repeated: %s", text, diff)
	}
	var sub wanted // of which less is asked
	for i, token := range all {
		if i%3 == 0 {
			sub.want(token.path)
		}
	}
	locate(text, &tree)
	locate(text, &sub)
	for _, token := range all {
		w := tree.want(token.path)
		if !shadowed(all, token) && w.span != last[w] {
			t.Errorf("%q: %q is at %v, not %v", text, token.path, w.span, last[w])
		}
	}
	if sub.span != tree.span {
		t.Errorf("%q: the root is at %v and %v", text, sub.span, tree.span)
	}
}

// shadowed reports whether what stands at or around the token has a namesake:
// of what lies below that it is not said where it stands.
func shadowed(all []token, of token) bool {
	return slices.ContainsFunc(all, func(other token) bool {
		return other.repeated && len(other.path) < len(of.path) && slices.Equal(other.path, of.path[:len(other.path)])
	})
}

var parsed = []string{
	`{}`, `[]`, ` null `, `true`, "\tfalse\r\n", `-0`, `1.50e+3`, `""`, `"a\\"`, `"\\\""`, `"é\u00e9\ud83d\ude00\/\b"`, `"\u0000"`,
	`{"a":1,"b":[1,{"c":[]},"]"],"d":{"}":"{"}}`, ` { "a" : [ 1 , 2 ] , "b" : { } } `, `{"a":1,"a":{"x":1,"x":2},"\u0061":[3]}`,
	`{"a\"":{"b\\":"c\\\\"},"":{"":0}}`, `[[[[1]]],[],{},"",0]`, `[1,2,3,4,5,6,7,8,9,10,11,12]`,
	`{"a":1,"b":2,"c":3,"d":4,"e":5,"f":6,"g":7,"h":8,"i":9,"j":10}`, "{\"k\":\"line\\nbreak\" \n,\"l\":1E-5}",
	`{"a":{"b":1,"c":2},"a":{"b":3}}`,
}

func TestParseAgreesWithTheLibrary(t *testing.T) {
	for _, text := range parsed {
		if err := jsonscan.Valid([]byte(text)); err != nil {
			t.Fatal(err)
		}
		checkParse(t, []byte(text))
	}
}

func FuzzParse(f *testing.F) {
	for _, text := range parsed {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) < 4096 && jsonscan.Valid(text) == nil {
			checkParse(t, text)
		}
	})
}

func TestParseLimits(t *testing.T) {
	for text, want := range map[string]string{
		`[1,[2,[3]]]`:                         "/1/1/0: nested deeper than 2",
		`[1,2,3,4,5,6,7,8]`:                   ": more than 8 values are too many to check",
		`{"a":{"b":1e401}}`:                   "/a/b: the exponent of 1e401 is more than can be checked (400)",
		`[` + strings.Repeat("9", 1001) + `]`: "/0: a number of 1001 characters is more than can be checked (1000)",
	} {
		_, err := parse([]byte(text), 8, 2)
		if err == nil {
			t.Errorf("%.50s: no error", text)
			continue
		}
		if p := limitProblem(err); pointer(p.path)+": "+p.text != want {
			t.Errorf("%.50s: %s: %s", text, pointer(p.path), p.text)
		}
	}
}

func TestMostWorkIsEnough(t *testing.T) {
	documents := []string{
		`{"type":"User/Created","occuredAt":1e3,"body":{"user":{"id":1,"userAttributes":[{"value":[1,2]},{}],"role":{"alias":1}}}}`,
		`[[1,2,3],{"ab":1e300,"ac":{"ab":[1,2,3,4]}},"x",11111111111111111111111111111111111111111111111111111111111111111111111111111]`,
	}
	for _, text := range []string{
		string(EventDocument()), `true`, `{"type":"object"}`,
		`{"items":{"anyOf":[{"items":{"enum":[1,2,{"a":1}]}},{"patternProperties":{"a":{"allOf":[{},{}]},"b":true}},true]},"prefixItems":[{"contains":{"minimum":2}}]}`,
		`{"items":{"properties":{"ab":{"minimum":1}},"additionalProperties":{"unevaluatedProperties":false},"propertyNames":{"pattern":"b"},"anyOf":[{},{}],"unevaluatedProperties":false}}`,
	} {
		c, err := Compile("s.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range documents {
			in, err := parse([]byte(document), maxValues, jsonscan.MaxDepth)
			if err != nil {
				t.Fatal(err)
			}
			took := maxWork - c.shape.work(in.value, 0, maxWork)
			if most := c.shape.most * (in.values + len(document)/64); took > most || c.shape.most >= maxMost {
				t.Errorf("%.80s takes %d of %d (%d for each value)", text, took, most, c.shape.most)
			}
		}
	}
}

func TestMostWorkOfWhatHasNoEnd(t *testing.T) {
	for _, text := range []string{
		`{"items":{"$ref":"#"}}`,
		`{"$ref":"#/$defs/0","$defs":{"0":{"allOf":[{"$ref":"#/$defs/1"},{"items":{"$ref":"#/$defs/1"}}]},"1":{"additionalProperties":{"$ref":"#/$defs/0"}}}}`,
	} {
		c, err := Compile("s.json", []byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if c.shape.isCheap(1, 1) {
			t.Errorf("%s is cheap: %d", text, c.shape.most)
		}
	}
}

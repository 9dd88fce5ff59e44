package jsonset

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

func TestSet(t *testing.T) {
	for _, c := range []struct{ name, body, pointer, value, want string }{
		{"replace", `{"a": 1 ,"b":[ 1.0,2 ]}`, "/b/0", `"x"`, `{"a": 1 ,"b":[ "x",2 ]}`},
		{"the rest stays", " {\"a\":1e5,\t\"b\" : null}\n", "/b", "2", " {\"a\":1e5,\t\"b\" : 2}\n"},
		{"root", " [1] \n", "", "{}", " {} \n"},
		{"add to an object", `{"a":1}`, "/b", "2", `{"a":1,"b":2}`},
		{"add to an empty object", `{ }`, "/b", "2", `{"b":2 }`},
		{"add in the same layout", "{\n  \"a\": 1\n}", "/b", "2", "{\n  \"a\": 1,\n  \"b\": 2\n}"},
		{"add an element", "[1, 2]", "/-", "3", "[1, 2, 3]"},
		{"add a first element", "[]", "/-", "3", "[3]"},
		{"missing parents", `{}`, "/a/b~1c/-/d", "1", `{"a":{"b/c":[{"d":1}]}}`},
		{"escapes in a pointer", `{"~":{"/":1}}`, "/~0/~1", "2", `{"~":{"/":2}}`},
		{"escapes in a name", `{"\u0061\"":1}`, `/a"`, "2", `{"\u0061\"":2}`},
		{"a name is quoted", `{}`, "/a\"\\\n", "2", `{"a\"\\\n":2}`},
		{"the empty name", `{"":1}`, "/", "2", `{"":2}`},
		{"the last of several", `{"a":1,"a":2}`, "/a", "3", `{"a":1,"a":3}`},
		{"a number is a name in an object", `{"0":1}`, "/0", "2", `{"0":2}`},
		{"white space around the value", `{"a":1}`, "/a", " 2\n", `{"a":2}`},
	} {
		got, err := Set([]byte(c.body), c.pointer, []byte(c.value))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v, want %s", c.name, got, err, c.want)
		}
	}
}

func TestSetErrors(t *testing.T) {
	for _, c := range []struct{ name, body, pointer, value, want string }{
		{"no slash", `{}`, "a", "1", "a: a JSON Pointer begins with /"},
		{"bad escape", `{}`, "/a~2", "1", "/a~2: in a JSON Pointer ~ stands before 0 or 1 only"},
		{"into a string", `{"a":"x"}`, "/a/b", "1", "/a: neither an object nor an array, so there is nothing in it to set"},
		{"into the root", `5`, "/a", "1", "neither an object nor an array, so there is nothing in it to set"},
		{"a name in an array", `{"a":[]}`, "/a/b", "1", `/a: an array has no element "b"`},
		{"a leading zero", `[1,2]`, "/01", "1", `an array has no element "01"`},
		{"a negative index", `[1,2]`, "/-1", "1", `an array has no element "-1"`},
		{"behind the end", `{"a":[1,2]}`, "/a/2", "1", "/a: the array has 2 elements and none with the index 2: - adds one"},
		{"too long", `{}`, strings.Repeat("/a", MaxTokens+1), "1", "a JSON Pointer of more than 1000 names"},
	} {
		_, err := Set([]byte(c.body), c.pointer, []byte(c.value))
		var e *Error
		if !errors.As(err, &e) || err.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.name, err, c.want)
		}
	}
	for _, c := range [][2]string{{`{"a":`, "1"}, {"{}", "nope"}, {"", "1"}, {"{}", ""}} {
		_, err := Set([]byte(c[0]), "/a", []byte(c[1]))
		var e *jsonscan.Error
		if !errors.As(err, &e) {
			t.Errorf("%q: %v, want a jsonscan.Error", c, err)
		}
	}
}

func TestParseAssignment(t *testing.T) {
	for _, c := range []struct{ in, pointer, value, wrong string }{
		{in: "/a/b=1", pointer: "/a/b", value: "1"},
		{in: `/a={"b":[null]}`, pointer: "/a", value: `{"b":[null]}`},
		{in: "/a=text", pointer: "/a", value: `"text"`},
		{in: `/a="text"`, pointer: "/a", value: `"text"`},
		{in: "/a=", pointer: "/a", value: `""`},
		{in: "/a=b=c", pointer: "/a", value: `"b=c"`},
		{in: `/a={"b"`, pointer: "/a", value: `"{\"b\""`},
		{in: "/a=01", pointer: "/a", value: `"01"`},
		{in: "/=1", pointer: "/", value: "1"},
		{in: "/a", wrong: "/a: no = between a JSON Pointer and its value"},
		{in: "=1", wrong: "=1: no JSON Pointer before the ="},
		{in: "body.course.id=1", wrong: "body.course.id: a JSON Pointer begins with /, as in /body/course/id"},
		{in: "$.body=1", wrong: "$.body: a JSON Pointer begins with /, as in /body"},
		{in: "/a~=1", wrong: "/a~: in a JSON Pointer ~ stands before 0 or 1 only"},
		{in: "/a=\xff", wrong: "/a: bytes that are not UTF-8"},
	} {
		pointer, value, err := ParseAssignment(c.in)
		if c.wrong != "" {
			if err == nil || err.Error() != c.wrong {
				t.Errorf("%s: %v, want %s", c.in, err, c.wrong)
			}
			continue
		}
		if err != nil || pointer != c.pointer || string(value) != c.value {
			t.Errorf("%s: %s, %s, %v, want %s, %s", c.in, pointer, value, err, c.pointer, c.value)
		}
	}
}

// TestSetAgainstModel sets values in random documents and in the same documents
// decoded.
func TestSetAgainstModel(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		doc := document(3).Draw(t, "doc")
		body, err := json.MarshalIndent(doc, "", rapid.SampledFrom([]string{"", " "}).Draw(t, "indent"))
		if err != nil {
			t.Fatal(err)
		}
		tokens := path(t, doc)
		value := document(1).Draw(t, "value")
		text, _ := json.Marshal(value)
		before, most := bytes.Clone(body), replaced(doc, tokens)
		got, err := Set(body, join(tokens), text)
		if err != nil {
			t.Fatalf("%s in %s: %v", join(tokens), body, err)
		}
		var decoded any
		if err := json.Unmarshal(got, &decoded); err != nil {
			t.Fatalf("%s: %v", got, err)
		}
		if want := model(doc, tokens, value); !reflect.DeepEqual(decoded, want) {
			t.Fatalf("%s = %s in %s gives %s", join(tokens), text, body, got)
		}
		if !bytes.Equal(body, before) {
			t.Fatal("the argument changed")
		}
		prefix, suffix := common(body, got)
		if prefix+suffix < len(body)-most {
			t.Fatalf("%s in %s changes more than one value: %s", join(tokens), body, got)
		}
	})
}

// path draws tokens that name a value of doc, or one that can be added.
func path(t *rapid.T, doc any) (tokens []string) {
	for {
		switch v := doc.(type) {
		case map[string]any:
			name := rapid.SampledFrom([]string{"a", "b", "~", "/", "", "é\"\\"}).Draw(t, "name")
			tokens, doc = append(tokens, name), v[name]
			if _, found := v[name]; !found {
				return tokens
			}
		case []any:
			i := rapid.IntRange(0, len(v)).Draw(t, "index")
			if i == len(v) {
				return append(tokens, "-")
			}
			tokens, doc = append(tokens, string(rune('0'+i))), v[i]
		default:
			return tokens
		}
		if rapid.Bool().Draw(t, "stop") {
			return tokens
		}
	}
}

func model(doc any, tokens []string, value any) any {
	if len(tokens) == 0 {
		return value
	}
	switch v := doc.(type) {
	case map[string]any:
		v[tokens[0]] = model(v[tokens[0]], tokens[1:], value)
	case []any:
		if tokens[0] == "-" {
			return append(v, value)
		}
		i := tokens[0][0] - '0'
		v[i] = model(v[i], tokens[1:], value)
	}
	return doc
}

// replaced returns the most bytes that the value at tokens may have taken.
func replaced(doc any, tokens []string) int {
	for _, token := range tokens {
		switch v := doc.(type) {
		case map[string]any:
			doc = v[token]
		case []any:
			if token == "-" {
				return 0
			}
			doc = v[token[0]-'0']
		}
	}
	text, _ := json.MarshalIndent(doc, strings.Repeat(" ", len(tokens)), " ")
	return len(text)
}

// common returns how many bytes two texts share at their start and at their end.
func common(a, b []byte) (prefix, suffix int) {
	for prefix < min(len(a), len(b)) && a[prefix] == b[prefix] {
		prefix++
	}
	for suffix < min(len(a), len(b))-prefix && a[len(a)-1-suffix] == b[len(b)-1-suffix] {
		suffix++
	}
	return prefix, suffix
}

func document(depth int) *rapid.Generator[any] {
	names := rapid.SampledFrom([]string{"a", "b", "~", "/", "", "é\"\\"})
	leaf := rapid.OneOf(
		rapid.Map(rapid.StringN(0, 5, -1), func(s string) any { return s }),
		rapid.Map(rapid.Int32(), func(n int32) any { return float64(n) }),
		rapid.Just[any](nil), rapid.Just[any](true),
	)
	if depth == 0 {
		return leaf
	}
	return rapid.OneOf(leaf,
		rapid.Map(rapid.MapOfN(names, document(depth-1), 0, 4), func(m map[string]any) any { return m }),
		rapid.Map(rapid.SliceOfN(document(depth-1), 0, 4), func(s []any) any { return s }),
	)
}

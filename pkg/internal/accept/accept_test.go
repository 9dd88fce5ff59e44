package accept

import (
	"bytes"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// compileText compiles a schema with the library, and to a program if that can
// be.
func compileText(t testing.TB, text string, o Options) (*jsonschema.Schema, *Program, error) {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	if err := c.AddResource("urn:test", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("urn:test")
	if err != nil {
		return nil, nil, err
	}
	p, err := Compile(s, o)
	return s, p, err
}

// library is what the library says of a document that is JSON.
func library(s *jsonschema.Schema, doc []byte) bool {
	v, err := jsonschema.UnmarshalJSON(bytes.NewReader(doc))
	return err == nil && s.Validate(v) == nil
}

func TestAccept(t *testing.T) {
	for _, c := range []struct {
		schema string
		yes    []string
		not    []string // what is refused, or left to the library
	}{
		{`true`, []string{`1`, ` {"a":[null,true,false,"x\n",-1.5]} `, `"é😀\ud83d\ude00"`}, []string{``, `{"a":1,"a":2}`, `{"b":{"\u0061":1}}`, `[1,]`, `{"a":1}x`, "\"\xff\"", `01`, `"\ud800"`}},
		{`false`, nil, []string{`1`, `{}`}},
		{`{"type":"integer"}`, []string{`1`, `-0`, `999999999999999999`[:17]}, []string{`1.5`, `"1"`, `1e2`, `1.0`}},
		{`{"type":"number","minimum":0,"maximum":100}`, []string{`0`, `100`, `33.5`, `99.999`}, []string{`-1`, `100.5`, `101`, `-0.5`, `1e1`}},
		{`{"exclusiveMinimum":1.5,"exclusiveMaximum":4,"multipleOf":2}`, []string{`2`, `"x"`}, []string{`1`, `4`, `3`, `2.0`}},
		{`{"type":["string","null"],"minLength":2,"maxLength":3,"pattern":"^é"}`, []string{`"éa"`, `"éab"`, `null`}, []string{`"é"`, `"éabc"`, `"ab"`, `"\u00e9a"`, `1`}},
		{`{"enum":["a",1,null,true]}`, []string{`"a"`, `1`, `null`, `true`}, []string{`"b"`, `2`, `false`, `1.0`, `{}`, `[]`}},
		{`{"const":{"a":1}}`, nil, []string{`{"a":1}`, `1`}},
		{
			`{"type":"object","required":["a","c"],"properties":{"a":{"type":"string"},"b":true},"additionalProperties":{"type":"integer"},"minProperties":2,"maxProperties":3}`,
			[]string{`{"a":"","c":1}`, `{"c":1,"b":[],"a":"x"}`}, []string{`{"a":""}`, `{"a":"","c":"x"}`, `{"a":"","b":1,"c":1,"d":2}`, `{"a":"","c":1,"c":1}`},
		},
		{
			`{"prefixItems":[{"type":"string"},true],"items":{"type":"integer"},"minItems":1,"maxItems":4}`,
			[]string{`["a"]`, `["a",null,3,4]`, `{}`}, []string{`[]`, `[1]`, `["a",1,"b"]`, `["a",1,2,3,4]`},
		},
		{
			`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"type":"string"}],"additionalItems":false}`,
			[]string{`["a"]`, `[]`}, []string{`[1]`, `["a",1]`},
		},
		{`{"anyOf":[{"type":"string"},{"type":"object","required":["a"]}]}`, []string{`"x"`, `{"a":1}`}, []string{`{}`, `1`}},
		{
			`{"minProperties":4,"properties":{"a":{"anyOf":[{"additionalProperties":{"type":"string"}},{"type":"object"}]}}}`,
			[]string{`{"a":{"x":"","y":1},"b":1,"c":2,"d":3}`}, []string{`{"b":1,"a":{"x":"","y":1}}`, `{"a":{"x":"","y":1},"x":1,"x":2,"y":3}`},
		},
		{`{"anyOf":[{"type":"integer"},{"type":["null","object"],"required":["a"]}]}`, []string{`1`, `null`, `{"a":1}`}, []string{`{}`, `1.5`, `[]`, `"x"`, `x`}},
		{`{"oneOf":[{"type":"integer"},{"type":"number","minimum":5}]}`, []string{`3`, `5.5`}, []string{`6`, `"x"`}},
		{`{"oneOf":[{"type":"integer"},{"minimum":5}]}`, []string{`3`, `5.5`, `"x"`}, []string{`6`, `4.5`}},
		{`{"not":{"type":"string"}}`, []string{`1`, `[]`}, []string{`"x"`}},
		{`{"if":{"type":"string"},"then":{"minLength":2},"else":{"type":"integer"}}`, []string{`"ab"`, `3`}, []string{`"a"`, `null`}},
		{
			`{"$defs":{"list":{"type":["array","null"],"items":{"$ref":"#/$defs/list"}}},"$ref":"#/$defs/list"}`,
			[]string{`[]`, `[[null],[[]]]`}, []string{`[1]`, `[[{}]]`},
		},
		{
			`{"$defs":{"none":{"additionalProperties":false}},"$ref":"#/$defs/none","properties":{"a":true}}`,
			[]string{`{}`}, []string{`{"a":1}`, `{"b":1}`},
		},
		{
			`{"$defs":{"texts":{"additionalProperties":{"type":"string"}}},"$ref":"#/$defs/texts","required":["a"]}`,
			[]string{`{"a":""}`}, []string{`{"a":1}`, `{"b":""}`, `{"a":"","b":1}`},
		},
		{`{"allOf":[{"properties":{"a":{"type":"number"}}},{"properties":{"a":{"minimum":3}},"required":["a"]}]}`, []string{`{"a":3}`, `5`}, []string{`{"a":2}`, `{}`, `{"a":"x"}`}},
		{
			`{"type":"object","required":["t"],"allOf":[{"if":{"properties":{"t":{"const":"x"}}},"then":{"properties":{"b":{"type":"string"}}}},
			{"if":{"properties":{"t":{"enum":["x","y"]}}},"then":{"required":["b"]}}]}`,
			[]string{`{"t":"x","b":""}`, `{"b":"","t":"x"}`, `{"t":"y","b":1}`, `{"t":"z"}`}, []string{`{"t":"x","b":1}`, `{"b":1,"t":"x"}`, `{"t":"y"}`, `{}`, `{"b":"","t":"x","t":"x"}`},
		},
	} {
		s, p, err := compileText(t, c.schema, Options{})
		if err != nil {
			t.Errorf("%s: %v", c.schema, err)
			continue
		}
		w := p.NewWalker()
		for range 2 { // the second time with what the first has taught
			for _, doc := range c.yes {
				if !w.Accept([]byte(doc)) || !library(s, []byte(doc)) {
					t.Errorf("%s: %s is not accepted; the library says %v", c.schema, doc, library(s, []byte(doc)))
				}
			}
			for _, doc := range c.not {
				if w.Accept([]byte(doc)) {
					t.Errorf("%s: %s is accepted", c.schema, doc)
				}
			}
		}
	}
}

// What a long value is walked along once more is bounded by its length too.
func TestAcceptEnds(t *testing.T) {
	long := []byte(`"` + strings.Repeat("x", 1<<20) + `"`)
	for _, schema := range []string{`{"$ref":"#"}`, `{"anyOf":[{"minLength":1,"$ref":"#"},{"$ref":"#"}]}`, `{"not":{"not":{"$ref":"#"}}}`} {
		_, p, err := compileText(t, schema, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if p.NewWalker().Accept(long) {
			t.Errorf("%s: accepted", schema)
		}
	}
}

func TestCompileLeavesToTheLibrary(t *testing.T) {
	for schema, keyword := range map[string]string{
		`{"properties":{"a":{"uniqueItems":true}}}`:                             "uniqueItems",
		`{"patternProperties":{"^x":true}}`:                                     "patternProperties",
		`{"$dynamicRef":"#x","$defs":{"x":{"$dynamicAnchor":"x"}}}`:             "$dynamicRef",
		`{"$schema":"http://json-schema.org/draft-07/schema#","format":"date"}`: "format",
		`{"contains":{"type":"string"}}`:                                        "contains",
		`{"properties":{"a\"b":true}}`:                                          "a name that JSON escapes",
		`{"maximum":1e30}`:                                                      "a bound of this size",
		`{"properties":{"a":true},"anyOf":[{"properties":{"b":true}}]}`:         "alternatives with properties of their own",
	} {
		_, _, err := compileText(t, schema, Options{Unknown: true})
		var unsupported *UnsupportedError
		if !errors.As(err, &unsupported) || unsupported.Keyword != keyword {
			t.Errorf("%s: %v, want %s", schema, err, keyword)
		}
	}
}

func TestNotes(t *testing.T) {
	_, p, err := compileText(t, `{"properties":{"at":{"title":"time","type":"integer"},"role":{"anyOf":[{"type":"object","required":["x"],"properties":{"x":true}},
		{"properties":{"y":true}}]},"free":{"type":"object"}}}`,
		Options{Unknown: true, Time: func(s *jsonschema.Schema) bool { return s.Title == "time" }, TimeLimit: 1e11})
	if err != nil {
		t.Fatal(err)
	}
	w := p.NewWalker()
	for doc, want := range map[string][]Note{
		`{"at":1700000000}`:              nil,
		`{"at":1700000000000}`:           {{Kind: LargeTime, Offset: 6}},
		`{"free":{"a":1},"b":2}`:         {{Kind: UnknownMember, Offset: 16}},
		`{"role":{"x":1,"z":2}}`:         {{Kind: UnknownMember, Offset: 15}},
		`{"role":{"z":2,"y":1}}`:         {{Kind: UnknownMember, Offset: 9}},
		`{"b":1,"c":{"d":1},"at":1e12}x`: nil,
	} {
		ok := w.Accept([]byte(doc))
		if !ok {
			w.Notes = nil
		}
		if len(w.Notes) != len(want) || len(want) > 0 && (w.Notes[0].Kind != want[0].Kind || w.Notes[0].Offset != want[0].Offset) {
			t.Errorf("%s: %v, want %v", doc, w.Notes, want)
		}
	}
}

type suiteGroup struct {
	Description string
	Schema      json.RawMessage
	Tests       []struct {
		Description string
		Data        json.RawMessage
		Valid       bool
	}
}

// TestSuite holds every yes for a document of JSON-Schema-Test-Suite against the
// library, and counts how many of the valid ones get one.
func TestSuite(t *testing.T) {
	suites := os.Getenv("KONHOOK_SUITES")
	if suites == "" {
		t.Skip("KONHOOK_SUITES does not name the conformance suites")
	}
	programs, accepted, valid := 0, 0, 0
	for _, draft := range []string{"draft4", "draft6", "draft7", "draft2019-09", "draft2020-12"} {
		files, err := filepath.Glob(filepath.Join(suites, "jsts", "tests", draft, "*.json"))
		if err != nil || len(files) == 0 {
			t.Fatalf("no suite: %v", err)
		}
		for _, file := range files {
			var groups []suiteGroup
			text, err := os.ReadFile(file)
			if err == nil {
				err = json.Unmarshal(text, &groups)
			}
			if err != nil {
				t.Fatal(err)
			}
			for _, g := range groups {
				t.Run(draft+"/"+filepath.Base(file)+"/"+g.Description, func(t *testing.T) {
					s, p, err := compileText(t, string(g.Schema), Options{})
					if err != nil {
						return
					}
					programs++
					w := p.NewWalker()
					for _, c := range g.Tests {
						ok := w.Accept(c.Data)
						if ok && !library(s, c.Data) {
							t.Errorf("%s: accepted, but not by the library", c.Description)
						}
						if c.Valid {
							valid++
						}
						if ok {
							accepted++
						}
					}
				})
			}
		}
	}
	t.Logf("%d programs accepted %d of %d valid documents", programs, accepted, valid)
	if accepted*10 < valid*7 {
		t.Errorf("only %d of %d valid documents are accepted", accepted, valid)
	}
}

// FuzzAccept proves that a yes is the library's yes, and strict JSON. The schemas
// are made at random of the keywords that are known; beside the document given,
// some are made that are likely to say much about them.
func FuzzAccept(f *testing.F) {
	for i, doc := range []string{`{"a":1,"b":"x"}`, `[1,"a",null]`, `"aa"`, `3`, `{"a":{"a":{}},"c":[[]]}`, `{"a":"x","b":2.5}`} {
		f.Add(uint64(i), []byte(doc))
	}
	f.Fuzz(func(t *testing.T, seed uint64, doc []byte) {
		r := rand.New(rand.NewPCG(seed, 1))
		text := `{"$defs":{"d":` + randomSchema(r, 2) + `,"e":` + randomSchema(r, 1) + `},` + randomSchema(r, 3)[1:]
		s, p, err := compileText(t, text, Options{})
		if err != nil {
			return
		}
		docs := [][]byte{doc, doc}
		for range 20 {
			docs = append(docs, []byte(randomValue(r, 3)))
		}
		w := p.NewWalker()
		for _, doc := range docs {
			if !w.Accept(doc) {
				continue
			}
			if err := jsonscan.Valid(doc); err != nil {
				t.Fatalf("%q is accepted, but is no JSON: %v", doc, err)
			}
			if !library(s, doc) {
				t.Fatalf("%s: %s is accepted, but not by the library", text, doc)
			}
		}
	})
}

// randomValue writes a JSON value with the names and values that random schemas
// speak of.
func randomValue(r *rand.Rand, depth int) string {
	plain := []string{`"x"`, `"a"`, `"ab"`, `"\u0061"`, `"é"`, `""`, `1`, `2`, `-3`, `2.5`, `1.0`, `12345678901`, `null`, `true`, `false`}
	if depth == 0 || r.IntN(3) == 0 {
		return plain[r.IntN(len(plain))]
	}
	space := strings.Repeat(" ", r.IntN(2))
	var parts []string
	if r.IntN(4) == 0 {
		for range r.IntN(4) {
			parts = append(parts, space+randomValue(r, depth-1))
		}
		return "[" + strings.Join(parts, ",") + space + "]"
	}
	names := []string{"a", "b", "c", "d", "e"}
	r.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	for _, name := range names[:r.IntN(len(names))] {
		parts = append(parts, space+`"`+name+`"`+space+":"+space+randomValue(r, depth-1))
	}
	return "{" + strings.Join(parts, ",") + space + "}"
}

// randomSchema writes a schema of the keywords that a program can know.
func randomSchema(r *rand.Rand, depth int) string {
	if depth == 0 {
		return []string{
			`{}`, `{"type":"string"}`, `{"type":"integer"}`, `{"const":"x"}`, `{"type":"object"}`, `{"not":{}}`, `{"additionalProperties":false}`, `{"$ref":"#/$defs/e"}`,
		}[r.IntN(8)]
	}
	sub := func() string { return randomSchema(r, depth-1) }
	all := []func() string{
		func() string {
			return `"type":` + []string{`"object"`, `"array"`, `["string","integer"]`, `["object","array","null"]`, `"number"`}[r.IntN(5)]
		},
		func() string { return `"properties":{"a":` + sub() + `,"b":` + sub() + `}` },
		func() string { return `"required":` + []string{`["a"]`, `["b","c"]`, `[]`}[r.IntN(3)] },
		func() string { return `"additionalProperties":` + sub() },
		func() string { return `"items":` + sub() },
		func() string { return `"prefixItems":[` + sub() + `,` + sub() + `]` },
		func() string { return `"allOf":[` + sub() + `,` + sub() + `]` },
		func() string { return `"anyOf":[` + sub() + `,` + sub() + `]` },
		func() string { return `"oneOf":[` + sub() + `,` + sub() + `]` },
		func() string { return `"not":` + sub() },
		func() string { return `"if":` + sub() + `,"then":` + sub() + `,"else":` + sub() },
		func() string { return `"if":{"properties":{"a":{"const":"x"}}},"then":` + sub() },
		func() string {
			return `"type":"object","allOf":[{"if":{"properties":{"a":{"enum":["x","y"]}},"required":["a"]},"then":` + sub() + `}]`
		},
		func() string { return `"minimum":` + []string{`0`, `2.5`, `-3`}[r.IntN(3)] },
		func() string { return `"exclusiveMaximum":` + []string{`3`, `2.5`}[r.IntN(2)] },
		func() string { return `"multipleOf":` + []string{`2`, `0.5`, `3`}[r.IntN(3)] },
		func() string { return `"minLength":1,"maxLength":2` },
		func() string { return `"minProperties":1,"maxItems":2` },
		func() string { return `"minProperties":` + []string{`2`, `3`, `4`}[r.IntN(3)] },
		func() string { return `"maxProperties":` + []string{`1`, `2`, `3`}[r.IntN(3)] },
		func() string { return `"pattern":"^[ax]"` },
		func() string { return `"enum":["x",1,null,{"a":1}]` },
		func() string { return `"$ref":` + []string{`"#"`, `"#/$defs/d"`, `"#/$defs/e"`}[r.IntN(3)] },
	}
	var parts []string
	used := map[string]bool{}
	for range 1 + r.IntN(3) {
		part := all[r.IntN(len(all))]()
		key, _, _ := strings.Cut(part, ":")
		if used[key] || used[`"type"`] && strings.Contains(part, `"type":"object","allOf"`) || used[`"allOf"`] && strings.Contains(part, `"allOf"`) {
			continue
		}
		used[key] = true
		if strings.Contains(part, `"type":"object","allOf"`) {
			used[`"allOf"`] = true
		}
		parts = append(parts, part)
	}
	return `{` + strings.Join(parts, ",") + `}`
}

// BenchmarkAccept walks a corpus: KONHOOK_BENCH_SCHEMA and KONHOOK_BENCH_EVENTS
// name a schema and a file of one document a line.
func BenchmarkAccept(b *testing.B) {
	schema, err := os.ReadFile(os.Getenv("KONHOOK_BENCH_SCHEMA"))
	if err != nil {
		b.Skip("KONHOOK_BENCH_SCHEMA does not name a schema")
	}
	text, err := os.ReadFile(os.Getenv("KONHOOK_BENCH_EVENTS"))
	if err != nil {
		b.Fatal(err)
	}
	_, p, err := compileText(b, string(schema), Options{Unknown: true})
	if err != nil {
		b.Fatal(err)
	}
	lines := bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	w := p.NewWalker()
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		for i, line := range lines {
			if !w.Accept(line) {
				b.Fatalf("line %d is not accepted", i+1)
			}
		}
	}
}

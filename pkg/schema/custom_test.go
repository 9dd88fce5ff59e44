package schema_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

func TestCustomFindings(t *testing.T) {
	for name, test := range map[string]struct{ schema, body, want string }{
		"true":            {`true`, `7`, ``},
		"false":           {`false`, `7`, `error  false: nothing is allowed here`},
		"minimum":         {`{"minimum":3}`, `2`, `error  minimum: expected at least 3, found number 2`},
		"exclusive":       {`{"exclusiveMinimum":3,"exclusiveMaximum":2.5}`, `3`, "error  exclusiveMaximum: expected less than 2.5, found number 3\nerror  exclusiveMinimum: expected more than 3, found number 3"},
		"multipleOf":      {`{"multipleOf":0.1}`, `0.25`, `error  multipleOf: expected a multiple of 0.1, found number 0.25`},
		"minLength":       {`{"minLength":2}`, `"é"`, `error  minLength: expected at least 2 characters, found 1 character`},
		"maxItems":        {`{"maxItems":1}`, `[1,2]`, `error  maxItems: expected at most 1 item, found 2 items`},
		"minProperties":   {`{"minProperties":1}`, `{}`, `error  minProperties: expected at least 1 member, found 0 members`},
		"pattern":         {`{"pattern":"^a+$"}`, `"b"`, `error  pattern: expected text that matches ^a+$, found string "b"`},
		"const":           {`{"const":{"a":1}}`, `{}`, `error  const: expected {"a":1}, found an empty object`},
		"enum":            {`{"enum":[1,"b"]}`, `null`, `error  enum: expected one of 1, "b", found null`},
		"uniqueItems":     {`{"uniqueItems":true}`, `[1,2,1.0]`, `error  uniqueItems: the items at 0 and 2 are equal`},
		"contains":        {`{"contains":{"type":"string"}}`, `[1]`, `error  contains: none of the items is what one of them must be`},
		"minContains":     {`{"contains":{"type":"string"},"minContains":2}`, `["x"]`, `error  minContains: expected at least 2 matching items, found 1 matching item`},
		"not":             {`{"not":{"type":"string"}}`, `"x"`, `error  not: matches what it must not match`},
		"additional":      {`{"properties":{"a":true},"additionalProperties":false}`, `{"c":1,"a":1,"b":1}`, "error /c additionalProperties: \"c\" is not allowed here\nerror /b additionalProperties: \"b\" is not allowed here"},
		"unevaluated":     {`{"allOf":[{"properties":{"a":true}}],"unevaluatedProperties":false}`, `{"a":1,"b":1}`, `error /b unevaluatedProperties: nothing is allowed here`},
		"false property":  {`{"properties":{"a":false}}`, `{"a":1}`, `error /a properties: nothing is allowed here`},
		"dependent":       {`{"dependentRequired":{"a":["b"]}}`, `{"a":1}`, `error  dependentRequired: missing "b", which "a" needs`},
		"dependencies":    {`{"$schema":"http://json-schema.org/draft-07/schema#","dependencies":{"a":["b"]}}`, `{"a":1}`, `error  dependencies: missing "b", which "a" needs`},
		"additionalItems": {`{"$schema":"http://json-schema.org/draft-07/schema#","items":[true],"additionalItems":false}`, `[1,2,3]`, `error  additionalItems: 2 items too many`},
		"then":            {`{"if":{"required":["a"]},"then":{"required":["b"]}}`, `{"a":1}`, `error  required: missing "b"`},
		"items":           {`{"items":{"type":"integer"}}`, `[1,"2",3,null]`, "error /1 type: expected integer, found string \"2\" [write it without quotes: 2]\nerror /3 type: expected integer, found null"},
		"oneOf twice":     {`{"oneOf":[{"type":"number"},{"type":"string"},{"minimum":1}]}`, `2`, `error  oneOf: matches more than one of the alternatives: the #1 and the #3`},
		"oneOf none":      {`{"oneOf":[{"type":"null"},{"type":"string"}]}`, `2`, `error  type: expected null or string, found number 2`},
		"anyOf consts":    {`{"anyOf":[{"const":1},{"enum":[2,3]}]}`, `4`, `error  enum: expected one of 1, 2, 3, found number 4`},
		"discriminated": {
			`{"oneOf":[{"properties":{"kind":{"const":"a"},"x":{"type":"string"},"y":{"type":"string"}}},{"properties":{"kind":{"const":"b"},"x":{"type":"null"}}}]}`,
			`{"kind":"a","x":1,"y":2}`,
			"error /x type: expected string, found number 1 [write it in quotes: \"1\"]\nerror /y type: expected string, found number 2 [write it in quotes: \"2\"]",
		},
		"names in items": {
			`{"items":{"propertyNames":{"pattern":"^[a-z]$"}}}`, `[{"A":1},{"b":1},{"C":1},{"D":1}]`,
			"error /0/A propertyNames: the name is not allowed here: expected text that matches ^[a-z]$\n" +
				"error /2/C propertyNames: the name is not allowed here: expected text that matches ^[a-z]$\n" +
				"error /3/D propertyNames: the name is not allowed here: expected text that matches ^[a-z]$",
		},
		"same name in items": {
			`{"items":{"propertyNames":{"maxLength":1}}}`, `[{"AA":1},{"AA":1},{"b":1}]`,
			"error /0/AA propertyNames: the name is not allowed here: expected at most 1 character\nerror /1/AA propertyNames: the name is not allowed here: expected at most 1 character",
		},
		"duplicate":       {`{"properties":{"a":{"type":"integer"}}}`, `{"a":"x","a":1}`, `note /a duplicate: "a" is there more than once: the last one counts`},
		"nothing unknown": {`{"properties":{"occuredAt":{"type":"integer"}}}`, `{"occuredAt":1700000000000,"x":1}`, ``},
		"format":          {`{"$schema":"http://json-schema.org/draft-07/schema#","format":"date-time"}`, `"x"`, ``},
		"draft 4":         {`{"$schema":"http://json-schema.org/draft-04/schema#","minimum":1,"exclusiveMinimum":true}`, `1`, `error  exclusiveMinimum: expected more than 1, found number 1`},
		"big integers":    {`{"maximum":9007199254740993}`, `9007199254740994`, `error  maximum: expected at most 9007199254740993, found number 9007199254740994`},
	} {
		t.Run(name, func(t *testing.T) {
			v := newValidator(t, schema.Options{Schema: compile(t, test.schema)})
			if got := strings.TrimSuffix(brief(v.Check(event.New([]byte(test.body)))), "\n"); got != test.want {
				t.Error(got)
			}
		})
	}
}

func TestCompileRefuses(t *testing.T) {
	for name, test := range map[string]struct{ schema, want string }{
		"no JSON":          {"{\n \"type\": string}", `s.json:2:10: not JSON: 's' instead of a value`},
		"empty":            {"", `s.json:1:1: not JSON: no value`},
		"no schema":        {`[]`, `s.json:1:1: not a JSON Schema: expected boolean or object, found an empty array`},
		"wrong type":       {`{"properties":{"a":{"type":"strin"}}}`, `s.json:1:28: not a JSON Schema: expected one of "array", "boolean", "integer", "null", "number", "object", "string", found string "strin"`},
		"wrong keyword":    {`{"minLength":-1}`, `s.json:1:14: not a JSON Schema: expected at least 0, found number -1`},
		"wrong in draft 7": {`{"$schema":"http://json-schema.org/draft-07/schema#","required":"a"}`, `s.json:1:65: not a JSON Schema: expected array, found string "a"`},
		"pattern":          {"{\"items\":\n{\"pattern\":\"(\"}}", "s.json:2:12: pattern: missing closing ): `(`"},
		"look ahead":       {`{"pattern":"(?=a)"}`, "s.json:1:12: pattern: invalid or unsupported Perl syntax: `(?=` (expressions cannot look ahead or behind: matching takes linear time)"},
		"pattern property": {`{"patternProperties":{"(":true}}`, "s.json:1:22: patternProperties: missing closing ): `(`"},
		"dead reference":   {`{"properties":{"a":{"$ref":"#/$defs/nope"}}}`, `s.json:1:28: this refers to nothing`},
		"dead anchor":      {`{"properties":{"a":{"$ref":"#nope"}}}`, `s.json:1:28: this refers to nothing`},
		"http":             {`{"items":{"$ref":"https://example.com/x.json"}}`, `s.json:1:18: "https://example.com/x.json" is not read: the schema may refer to itself only`},
		"metaschema":       {`{"$schema":"https://example.com/meta"}`, `s.json:1:12: "https://example.com/meta" is not read: the schema may refer to itself only`},
		"twice the id":     {`{"$defs":{"a":{"$id":"urn:x:y"},"b":{"$id":"urn:x:y"}}}`, `s.json:1:37: the id "urn:x:y" is there twice`},
		"twice the anchor": {`{"$defs":{"a":{"$anchor":"x"},"b":{"$anchor":"x"}}}`, `s.json:1:35: the anchor "x" is there twice`},
		"huge number":      {`{"maximum":1e1000001}`, `s.json:1:12: the exponent of 1e1000001 is more than can be checked (400)`},
		"huge count":       {`{"maxLength":1e30}`, `s.json:1:14: 1e30 is more than can be counted`},
		"deep":             {strings.Repeat(`{"not":`, 600) + "true" + strings.Repeat("}", 600), `nested deeper than 500`},
		"multiplied":       {anyOfBomb(25), `the alternatives multiply to more than 16384 for one value`},
		"too many":         {`{"enum":[` + strings.Repeat("1,", 300_000) + `1]}`, `more than 200000 values are too many to check`},
		"outside":          {refsOutside(7000), `references to other places than $defs are too many`},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := schema.Compile("s.json", []byte(test.schema))
			var wrong *schema.CompileError
			if !errors.As(err, &wrong) || !strings.HasSuffix(err.Error(), test.want) && !strings.Contains(err.Error(), test.want) {
				t.Fatal(err)
			}
			if wrong.Place.Line == 0 || wrong.Place.Column == 0 {
				t.Errorf("no place: %+v", wrong)
			}
		})
	}
}

func TestCompileFile(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("secret.json", `{"type":"string"}`)
	write("s/number.json", `{"type":"number"}`)
	write("s/deep/er.json", `{"items":{"$ref":"../number.json"}}`)
	write("s/with space%.json", `{"type":"null"}`)
	write("s/broken.json", "{\n\"type\":}")
	write("s/odd.json", `{"type":"nope"}`)
	for name, target := range map[string]string{"s/out.json": "../secret.json", "s/in.json": "number.json"} {
		if err := os.Symlink(target, filepath.Join(dir, filepath.FromSlash(name))); err != nil {
			t.Skip("no symbolic links here: ", err)
		}
	}
	for ref, want := range map[string]string{
		"number.json":                            "",
		"deep/er.json":                           "",
		"./deep/../number.json#":                 "",
		"in.json":                                "",
		"with%20space%25.json":                   "",
		"number.json#/type":                      "number.json:1:9: not a JSON Schema: expected boolean or object",
		"../secret.json":                         "a.json:1:18: ",
		"out.json":                               `a.json:1:18: "out.json" is not read: it leads outside the folder of the schema, or cannot be read`,
		"nope.json":                              `a.json:1:18: "nope.json" is not there`,
		"deep":                                   `a.json:1:18: "deep" is no file`,
		"broken.json":                            "broken.json:2:8: not JSON: '}' instead of a value",
		"odd.json":                               "odd.json:1:9: not a JSON Schema: ",
		"http://json-schema.org/draft-03/schema": `a.json:1:18: "http://json-schema.org/draft-03/schema" is no draft that is known: 4, 6, 7, 2019-09 and 2020-12 are`,
		"http://127.0.0.1:1/x.json":              `a.json:1:18: "http://127.0.0.1:1/x.json" is not fetched: a schema may refer to files in its own folder`,
		"file:///etc/passwd":                     `a.json:1:18: "file:///etc/passwd" is not read: it is outside the folder of the schema`,
		"file://example.com/x.json":              `a.json:1:18: "file://example.com/x.json" is not fetched: a schema may refer to files in its own folder`,
		"%zz":                                    `a.json:1:18: not a JSON Schema: expected the format uri-reference, found string "%zz"`,
		"number.json#/properties/nope":           "a.json:1:18: this refers to nothing",
		"http://json-schema.org/draft-07/schema": "",
	} {
		t.Run(ref, func(t *testing.T) {
			path := write("s/a.json", `{"items":{"$ref":"`+ref+`"}}`)
			_, err := schema.CompileFile(path)
			var wrong *schema.CompileError
			switch {
			case want == "":
				if err != nil {
					t.Error(err)
				}
			case !errors.As(err, &wrong) || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "root:"):
				t.Error(err)
			}
		})
	}
}

func TestReferencesBelowTheIDAreFilesBeside(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"main.json":  `{"$id":"https://example.com/schemas/main.json","items":{"$ref":"other.json"}}`,
		"other.json": `{"type":"string"}`,
		"away.json":  `{"$id":"https://example.com/schemas/main.json","items":{"$ref":"/other.json"}}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := schema.CompileFile(filepath.Join(dir, "main.json"))
	if err != nil {
		t.Fatal(err)
	}
	if findings := newValidator(t, schema.Options{Schema: c}).Check(event.New([]byte(`[1]`))); len(findings) != 1 {
		t.Error(brief(findings))
	}
	if _, err := schema.CompileFile(filepath.Join(dir, "away.json")); err == nil || !strings.Contains(err.Error(), "is not fetched") {
		t.Error(err)
	}
}

func TestCompileFileThatIsNotThere(t *testing.T) {
	_, err := schema.CompileFile(filepath.Join(t.TempDir(), "x.json"))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Error(err)
	}
}

func TestSchemaExcludesAs(t *testing.T) {
	if _, err := schema.NewValidator(schema.Options{As: event.Types()[0], Schema: compile(t, "true")}); err == nil {
		t.Error("both were taken")
	}
	if _, err := schema.NewValidator(schema.Options{As: event.Type{Slug: "x.y"}}); err == nil {
		t.Error("a type without a schema was taken")
	}
	made := event.New([]byte(created(user)))
	made.Type = event.Type{Slug: "x.y"}
	if findings := newValidator(t, schema.Options{}).Check(made); schema.Invalid(findings) {
		t.Error(brief(findings))
	}
}

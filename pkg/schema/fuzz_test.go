package schema_test

import (
	"bytes"
	"errors"
	"regexp"
	"testing"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
	"github.com/konhook/konhook/pkg/schema"
)

// oracle compiles a document with nothing but the library.
func oracle(tb testing.TB, text []byte) *jsonschema.Schema {
	tb.Helper()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		tb.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	c.UseLoader(jsonschema.SchemeURLLoader{})
	if err := c.AddResource("urn:oracle", doc); err != nil {
		tb.Fatal(err)
	}
	compiled, err := c.Compile("urn:oracle")
	if err != nil {
		tb.Fatal(err)
	}
	return compiled
}

// longNumber matches numbers that are beyond what is checked, and some more.
var longNumber = regexp.MustCompile(`[0-9.]{300}|[eE][+-]?[0-9]{3}`)

// FuzzCheck feeds the validator anything: it must never panic, say no more than
// it promises, and agree with the library where that takes the payload.
func FuzzCheck(f *testing.F) {
	for _, sample := range samples(f) {
		f.Add([]byte(sample))
	}
	for _, body := range []string{
		created(user), created(`{"id":7,"role":{"alias":1},"userAttributes":[1,{}]}`), anEvent("Course/Nope", ""), `[{}]`, `"x"`,
		`{"type":"User/Created","type":1,"occuredAt":1e3,"body":{"user":null}}`, "{\"\\u0000\":\"\\ud800\"}", "\xff\xfe", `{"a":1e1000001}`, "",
	} {
		f.Add([]byte(body))
	}
	validator := newValidator(f, schema.Options{})
	document := oracle(f, schema.EventDocument())
	f.Fuzz(func(t *testing.T, body []byte) {
		e := event.New(body)
		findings := validator.Check(e)
		checkBounds(t, findings)
		for _, found := range findings {
			if !utf8.ValidString(found.Message) && utf8.Valid(body) {
				t.Errorf("bad UTF-8 in %q", found.Message)
			}
			if line, at := found.Source(); at < 0 || at > len(line) {
				t.Errorf("caret at %d of %q", at, line)
			}
		}
		if jsonscan.Valid(body) != nil {
			if !schema.Invalid(findings) {
				t.Error("broken JSON is valid")
			}
			return
		}
		if longNumber.Match(body) {
			return
		}
		value, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
		if err != nil {
			return
		}
		err = document.Validate(value)
		var wrong *jsonschema.ValidationError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		if got := schema.Invalid(findings); got != (err != nil) {
			t.Errorf("invalid is %t, the library says %v\n%s", got, err, brief(findings))
		}
	})
}

// FuzzCustom does the same for schemas of others: none may panic, and where one
// compiles, a check must end.
func FuzzCustom(f *testing.F) {
	f.Add([]byte(`{"type":"object","properties":{"a":{"$ref":"#"}},"required":["a"]}`), []byte(`{"a":{"a":1}}`))
	f.Add([]byte(`{"$schema":"http://json-schema.org/draft-07/schema#","items":[{"pattern":"("}]}`), []byte(`["x"]`))
	f.Add([]byte(`{"anyOf":[{"$ref":"#/$defs/a"},{"const":1}],"$defs":{"a":{"enum":["x",1]}}}`), []byte(`2`))
	f.Add([]byte(`{"propertyNames":{"maxLength":1},"unevaluatedProperties":false,"$dynamicRef":"#x"}`), []byte(`{"ab":1}`))
	f.Add([]byte(`{"$id":"http://x/y","$ref":"z.json","$anchor":"x"}`), []byte(`null`))
	f.Fuzz(func(t *testing.T, text, body []byte) {
		c, err := schema.Compile("s.json", text)
		if err != nil {
			var wrong *schema.CompileError
			if !errors.As(err, &wrong) || len(err.Error()) > 2000 {
				t.Errorf("%T: %.3000s", err, err)
			}
			return
		}
		checkBounds(t, newValidator(t, schema.Options{Schema: c}).Check(event.New(body)))
	})
}

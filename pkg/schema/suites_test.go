package schema_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

// suites returns the folder that holds the public conformance suites: nst of
// nst/JSONTestSuite and jsts of json-schema-org/JSON-Schema-Test-Suite.
func suites(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("KONHOOK_SUITES")
	switch {
	case dir != "":
	case os.Getenv("KONHOOK_REQUIRE") == "all":
		t.Fatal("KONHOOK_SUITES, the folder of the conformance suites, is missing")
	default:
		t.Skip("KONHOOK_SUITES, the folder of the conformance suites, is missing")
	}
	return dir
}

func compile(tb testing.TB, text string) *schema.Custom {
	tb.Helper()
	c, err := schema.Compile("schema.json", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	return c
}

func TestJSONTestSuite(t *testing.T) {
	v := newValidator(t, schema.Options{Schema: compile(t, "true")})
	files, err := filepath.Glob(filepath.Join(suites(t), "nst", "test_parsing", "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	count := map[byte]int{}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		name := filepath.Base(file)
		invalid := schema.Invalid(v.Check(event.New(body)))
		count[name[0]]++
		if name[0] == 'y' && invalid || name[0] == 'n' && !invalid {
			t.Errorf("%s: invalid is %t", name, invalid)
		}
	}
	if count['y'] != 95 || count['n'] != 188 || count['i'] == 0 {
		t.Errorf("%d y_, %d n_ and %d i_ files: the suite is not whole", count['y'], count['n'], count['i'])
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

// TestJSONSchemaTestSuite runs the required cases that need no remote reference.
func TestJSONSchemaTestSuite(t *testing.T) {
	for draft, uri := range map[string]string{
		"draft4": "http://json-schema.org/draft-04/schema#", "draft6": "http://json-schema.org/draft-06/schema#",
		"draft7": "http://json-schema.org/draft-07/schema#", "draft2019-09": "https://json-schema.org/draft/2019-09/schema",
		"draft2020-12": "https://json-schema.org/draft/2020-12/schema",
	} {
		t.Run(draft, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(suites(t), "jsts", "tests", draft, "*.json"))
			if err != nil || len(files) < 25 {
				t.Fatalf("%d files, %v", len(files), err)
			}
			cases := 0
			for _, file := range files {
				cases += runSuiteFile(t, file, uri)
			}
			if cases < 600 {
				t.Errorf("only %d cases ran", cases)
			}
		})
	}
}

func runSuiteFile(t *testing.T, file, uri string) (cases int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var groups []suiteGroup
	if err := json.Unmarshal(text, &groups); err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		c, err := schema.Compile(filepath.Base(file), withDraft(g.Schema, uri))
		if err != nil {
			if !bytes.Contains(g.Schema, []byte("http://localhost:1234")) {
				t.Errorf("%s: %s: %v", file, g.Description, err)
			}
			continue
		}
		v := newValidator(t, schema.Options{Schema: c})
		quick, _ := v.Quick() // without one the library judges alone
		for _, test := range g.Tests {
			findings := v.Check(event.New(test.Data))
			cases++
			if quick != nil && quick.Accept(test.Data) && !test.Valid {
				t.Errorf("%s: %s: %s: invalid, but the quick way accepts it", filepath.Base(file), g.Description, test.Description)
			}
			if schema.Invalid(findings) == test.Valid {
				t.Errorf("%s: %s: %s: want valid=%t\n%s", filepath.Base(file), g.Description, test.Description, test.Valid, brief(findings))
			}
			for _, f := range findings {
				if f.Keyword == "schema" || f.Keyword == schema.KeywordLimit || strings.Contains(f.Message, "does not match the schema") {
					t.Errorf("%s: %s: %s: unexplained: %s", filepath.Base(file), g.Description, test.Description, brief(findings))
				}
			}
		}
	}
	return cases
}

// withDraft names the draft in a schema that names none.
func withDraft(text []byte, uri string) []byte {
	var object map[string]json.RawMessage
	if json.Unmarshal(text, &object) != nil || object["$schema"] != nil {
		return text
	}
	object["$schema"], _ = json.Marshal(uri)
	text, _ = json.Marshal(object)
	return text
}

// TestOptionalFormats reports how many of the optional cases about formats come
// out as the suite wants them when formats are asserted. What is expected is what
// the library was seen to reach: fewer would be a step back.
func TestOptionalFormats(t *testing.T) {
	for _, c := range []struct {
		draft, uri string
		want       int
	}{
		{"draft7", "http://json-schema.org/draft-07/schema#", 561},
		{"draft2020-12", "https://json-schema.org/draft/2020-12/schema", 647},
	} {
		t.Run(c.draft, func(t *testing.T) {
			files, err := filepath.Glob(filepath.Join(suites(t), "jsts", "tests", c.draft, "optional", "format", "*.json"))
			if err != nil || len(files) < 15 {
				t.Fatalf("%d files, %v", len(files), err)
			}
			right, all := 0, 0
			for _, file := range files {
				r, n := runFormatFile(t, file, c.uri)
				if r < n {
					t.Logf("%s: %d of %d", filepath.Base(file), r, n)
				}
				right, all = right+r, all+n
			}
			t.Logf("%d of %d", right, all)
			if right < c.want {
				t.Errorf("%d of %d cases are right, %d were", right, all, c.want)
			}
		})
	}
}

func runFormatFile(t *testing.T, file, uri string) (right, cases int) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var groups []suiteGroup
	if err := json.Unmarshal(text, &groups); err != nil {
		t.Fatal(err)
	}
	for _, g := range groups {
		name := filepath.Join(t.TempDir(), "schema.json")
		if err := os.WriteFile(name, withDraft(g.Schema, uri), 0o600); err != nil {
			t.Fatal(err)
		}
		c, err := schema.CompileOptions{AssertFormat: true}.CompileFile(name)
		if err != nil {
			t.Errorf("%s: %s: %v", file, g.Description, err)
			continue
		}
		v := newValidator(t, schema.Options{Schema: c})
		for _, test := range g.Tests {
			cases++
			if schema.Invalid(v.Check(event.New(test.Data))) != test.Valid {
				right++
			}
		}
	}
	return right, cases
}

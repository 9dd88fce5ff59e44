package schema_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

// samples returns the sample of each type, by slug.
func samples(tb testing.TB) map[string]string {
	tb.Helper()
	all := map[string]string{}
	for _, t := range event.Types() {
		body, err := os.ReadFile(filepath.Join("..", "..", "testdata", "events", t.Slug+".json"))
		if err != nil {
			tb.Fatal(err)
		}
		all[t.Slug] = string(body)
	}
	return all
}

// broken returns variants of a payload, each without one member of it, or with a
// member of another kind.
func broken(tb testing.TB, payload string) (variants []string) {
	tb.Helper()
	var root any
	if err := json.Unmarshal([]byte(payload), &root); err != nil {
		tb.Fatal(err)
	}
	add := func() {
		text, err := json.Marshal(root)
		if err != nil {
			tb.Fatal(err)
		}
		variants = append(variants, string(text))
	}
	var walk func(object map[string]any)
	walk = func(object map[string]any) {
		for name, member := range object {
			for _, wrong := range []any{nil, "text", 1.5, -1, true, []any{}, map[string]any{}} {
				object[name] = wrong
				add()
			}
			delete(object, name)
			add()
			object[name] = member
			if inner, ok := member.(map[string]any); ok {
				walk(inner)
			}
		}
	}
	walk(root.(map[string]any))
	return append(variants, "null", "[]", `"x"`, `{"type":"Nope/Nope","occuredAt":1,"body":{}}`)
}

// TestPrintedDocumentsGiveTheSameVerdicts holds the built-in way of checking
// against the documents that it prints.
func TestPrintedDocumentsGiveTheSameVerdicts(t *testing.T) {
	builtIn := newValidator(t, schema.Options{})
	covering := newValidator(t, schema.Options{Schema: compile(t, string(schema.EventDocument()))})
	invalid := 0
	for slug, sample := range samples(t) {
		kind, err := event.ParseType(slug)
		if err != nil {
			t.Fatal(err)
		}
		own := newValidator(t, schema.Options{Schema: compile(t, string(schema.Document(kind)))})
		for _, body := range append(broken(t, sample), sample) {
			e := event.New([]byte(body))
			want := schema.Invalid(builtIn.Check(e))
			if want {
				invalid++
			}
			if got := schema.Invalid(covering.Check(e)); got != want {
				t.Errorf("the document of all events says invalid=%t of %s", got, body)
			}
			if got := schema.Invalid(own.Check(e)); got != want && (e.Type == kind || !got) {
				t.Errorf("the document of %s says invalid=%t of %s", slug, got, body)
			}
		}
	}
	if invalid < 500 {
		t.Errorf("only %d payloads were broken", invalid)
	}
}

func TestEveryTypeHasADocument(t *testing.T) {
	for _, kind := range append(event.Types(), event.Type{}) {
		text := schema.Document(kind)
		var document struct {
			Schema     string         `json:"$schema"`
			ID         string         `json:"$id"`
			Defs       map[string]any `json:"$defs"`
			Properties map[string]any `json:"properties"`
		}
		if err := json.Unmarshal(text, &document); err != nil {
			t.Fatalf("%s: %v", kind, err)
		}
		if !strings.HasSuffix(document.Schema, "2020-12/schema") || !strings.HasPrefix(document.ID, "urn:konhook:") || len(document.Properties) != 3 {
			t.Errorf("%s: %+v", kind, document)
		}
		for name := range document.Defs {
			if !strings.Contains(string(text), `"#/$defs/`+name+`"`) {
				t.Errorf("%s: nothing refers to %s", kind, name)
			}
		}
	}
}

func TestDocumentIsTheCallersOwn(t *testing.T) {
	first := schema.EventDocument()
	clear(first)
	if schema.EventDocument()[0] != '{' {
		t.Error("a caller changed the document of others")
	}
}

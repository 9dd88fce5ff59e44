package sample

import (
	"bytes"
	"errors"
	"regexp"
	"testing"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
	"github.com/konhook/konhook/pkg/schema"
)

// TestWrongsAreInvalid breaks an event of each type in each way, reads it as a
// file is read, and holds the findings against the table.
func TestWrongsAreInvalid(t *testing.T) {
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	g := New(1, Epoch)
	for _, w := range Wrongs() {
		for _, kind := range event.Types() {
			sound := g.Generate(kind).Body
			before := bytes.Clone(sound)
			broken, err := w.Break(sound)
			if err != nil || !bytes.Equal(sound, before) {
				t.Fatalf("%s of a %s: %v, and of the event is left %s", w.Name, kind, err, sound)
			}
			if isJSON := jsonscan.Valid(broken) == nil; isJSON != w.IsJSON() {
				t.Errorf("%s of a %s: JSON %v, want %v", w.Name, kind, isJSON, w.IsJSON())
			}
			if !found(t, v, broken, w.Keyword, w.PointerIn(sound)) {
				t.Errorf("%s of a %s: no finding %s at %q in %.300s", w.Name, kind, w.Keyword, w.PointerIn(sound), broken)
			}
		}
	}
}

// found reports whether validating a file finds an error with a keyword and a
// pointer.
func found(t *testing.T, v *schema.Validator, body []byte, keyword, pointer string) bool {
	t.Helper()
	if len(body) == 0 { // a file with nothing in it is refused as such
		return keyword == schema.KeywordSyntax
	}
	there := false
	for e, err := range event.ReadFrom(t.Context(), bytes.NewReader(body), "wrong", event.ReadOptions{Whole: true}) {
		var findings []schema.Finding
		var broken *event.SyntaxError
		switch {
		case errors.As(err, &broken):
			findings = []schema.Finding{schema.FromSyntax(broken)}
		case err != nil:
			t.Fatal(err)
		default:
			findings = v.Check(e)
		}
		for _, f := range findings {
			there = there || f.Severity == schema.Error && f.Keyword == keyword && f.Pointer == pointer
		}
	}
	return there
}

func TestWrongsAreNamedAndDocumented(t *testing.T) {
	name := regexp.MustCompile(`^[a-z]+[a-z0-9]*(-[a-z0-9]+)*$`)
	seen := map[string]bool{}
	for _, w := range Wrongs() {
		if !name.MatchString(w.Name) || seen[w.Name] {
			t.Errorf("name %q", w.Name)
		}
		if seen[w.About] || w.About == "" || len(w.About) > 60 {
			t.Errorf("%s: %q", w.Name, w.About)
		}
		seen[w.Name], seen[w.About] = true, true
		if got, ok := LookupWrong(w.Name); !ok || got.About != w.About {
			t.Errorf("%s is not found", w.Name)
		}
	}
	if _, ok := LookupWrong("nothing"); ok {
		t.Error("a kind that does not exist was found")
	}
}

func TestWrongOfNoEvent(t *testing.T) {
	for _, text := range []string{"[]", "1", "{}"} {
		for _, name := range []string{"no-type", "occurred-at", "trailing-comma"} {
			w, _ := LookupWrong(name)
			if broken, err := w.Break([]byte(text)); err == nil && string(broken) == text {
				t.Errorf("%s of %s changes nothing and says nothing", name, text)
			}
		}
	}
}

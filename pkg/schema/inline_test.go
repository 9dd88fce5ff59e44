package schema

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// mutants calls each for copies of a document of which one value is another, or
// missing, or joined by one that nobody knows.
func mutants(t *testing.T, text []byte, each func(text []byte)) {
	t.Helper()
	in, err := parse(text, maxValues, jsonscan.MaxDepth)
	if err != nil {
		t.Fatal(err)
	}
	emit := func() {
		mutant, err := json.Marshal(in.value)
		if err != nil {
			t.Fatal(err)
		}
		each(mutant)
	}
	others := []any{
		nil, true, "x", json.Number("1"), json.Number("-1.5"), json.Number("1700000000000"), []any{}, map[string]any{},
		[]any{map[string]any{"alias": json.Number("1")}, json.Number("1")}, map[string]any{"alias": json.Number("1"), "id": nil},
	}
	var walk func(v any)
	walk = func(v any) {
		switch v := v.(type) {
		case []any:
			for i, was := range v {
				for _, v[i] = range others {
					emit()
				}
				v[i] = was
				walk(was)
			}
		case map[string]any:
			for _, name := range append(slices.Sorted(maps.Keys(v)), "unknown") {
				was, there := v[name]
				for _, v[name] = range others {
					emit()
				}
				delete(v, name)
				emit()
				if there {
					v[name] = was
				}
				walk(was)
			}
		}
	}
	walk(in.value)
}

// TestInlinedSaysTheSame holds the schemas that events are checked with against
// those that are documented.
func TestInlinedSaysTheSame(t *testing.T) {
	for _, kind := range append(event.Types(), event.Type{}) {
		t.Run(kind.String(), func(t *testing.T) {
			document, sample := envelopeDocument(), "course.progress"
			if kind.Known() {
				document, sample = Document(kind), kind.Slug
			}
			text, err := os.ReadFile("../../testdata/events/" + sample + ".json")
			if err != nil {
				t.Fatal(err)
			}
			sameProblems(t, document, text)
		})
	}
}

func sameProblems(t *testing.T, document, sample []byte) {
	t.Helper()
	short := inlined(document)
	if bytes.Contains(short, []byte(`"$ref":`)) || bytes.Contains(short, []byte(`"$defs":`)) {
		t.Errorf("there are references in %s", short)
	}
	long, err := Compile("long", document)
	if err != nil {
		t.Fatal(err)
	}
	inline, err := Compile("short", short)
	if err != nil {
		t.Fatal(err)
	}
	count := 0
	mutants(t, sample, func(text []byte) {
		want, got := said(t, long, text), said(t, inline, text)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", text, diff)
		}
		if len(want) > 0 {
			count++
		}
	})
	if count < 30 {
		t.Errorf("only %d are wrong", count)
	}
}

// said tells the problems and notes that there are with a document.
func said(t *testing.T, c *Custom, text []byte) (lines []string) {
	t.Helper()
	in, err := parse(text, maxValues, jsonscan.MaxDepth)
	if err != nil {
		t.Fatal(err)
	}
	n := noter{severity: Note, sorted: true}
	n.walk(in.value, []*shape{c.shape})
	for i, p := range append(c.check(in, len(text)), n.problems...) {
		lines = append(lines, strconv.Itoa(i)+" "+pointer(p.path)+" "+p.keyword+" "+p.expected+" "+p.text+" "+p.found)
	}
	return lines
}

package schema

import (
	"math/big"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/konhook/konhook/pkg/event"
)

// TestDirectly holds the schemas that are made directly against those that the
// library compiles of the same documents.
func TestDirectly(t *testing.T) {
	documents := map[string][]byte{"any event": anyEvent(), "indented": EventDocument()}
	for _, kind := range event.Types() {
		documents[kind.Slug], documents["as "+kind.Slug] = Document(kind), asType(kind)
	}
	for name, text := range documents {
		t.Run(name, func(t *testing.T) {
			want, err := Compile(name, text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := directly(text)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want.compiled, got, cmpopts.IgnoreUnexported(jsonschema.Schema{}, jsonschema.Enum{}), cmp.Comparer(sameRat)); diff != "" {
				t.Errorf("compiled (-) and made directly (+) differ:\n%s", diff)
			}
		})
	}
}

func sameRat(a, b *big.Rat) bool {
	return a == nil && b == nil || a != nil && b != nil && a.Cmp(b) == 0
}

func TestDirectlyRefuses(t *testing.T) {
	for _, text := range []string{
		`{"pattern":"x"}`, `{"properties":{"a":{"not":{}}}}`, `{"$ref":"#/$defs/a","$defs":{"a":{"format":"date"}}}`,
	} {
		if s, err := directly([]byte(text)); err == nil {
			t.Errorf("%s: made %v, want an error", text, s)
		}
	}
}

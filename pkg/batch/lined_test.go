package batch_test

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/konhook/konhook/pkg/batch"
	"github.com/konhook/konhook/pkg/schema"
)

func TestLined(t *testing.T) {
	const event = `{"occuredAt":1,"type":"User/Created","body":{"user":{"id":"u1","name":"Ann"}}}`
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		text string
		want bool
	}{
		{event + "\n\n" + event, true},
		{"[" + event + "]", false},
		{"[" + event + ",\n" + event + "]", false},
		{event + "\n{\"occuredAt\":1,\n\"type\":\"User/Created\",\"body\":{\"user\":{\"id\":\"u1\",\"name\":\"Ann\"}}}", false},
	} {
		name := filepath.Join(t.TempDir(), "x.ndjson")
		if err := os.WriteFile(name, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		lined, documents := true, 0
		if err := batch.Run(t.Context(), []string{name}, batch.Options{Validator: v}, func(p *batch.Part) bool {
			lined = lined && p.Lined()
			documents += p.Documents
			return p.Invalid == 0
		}); err != nil {
			t.Fatal(err)
		}
		if lined != tt.want || documents == 0 {
			t.Errorf("lined %v with %d documents, want %v:\n%s", lined, documents, tt.want, tt.text)
		}
	}
}

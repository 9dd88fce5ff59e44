package schema_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

func newValidator(tb testing.TB, o schema.Options) *schema.Validator {
	tb.Helper()
	v, err := schema.NewValidator(o)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

// brief writes findings the way tests compare them: one a line.
func brief(findings []schema.Finding) string {
	var b strings.Builder
	for _, f := range findings {
		fmt.Fprintf(&b, "%s %s %s: %s", f.Severity, f.Pointer, f.Keyword, f.Message)
		if f.Hint != nil {
			fmt.Fprintf(&b, " [%s]", *f.Hint)
		}
		b.WriteByte('\n')
	}
	return b.String()
}

func TestSamplesAreValid(t *testing.T) {
	v := newValidator(t, schema.Options{Strict: true})
	files, err := filepath.Glob("../../testdata/events/*.json")
	if err != nil || len(files) != len(event.Types()) {
		t.Fatalf("%d samples, %v", len(files), err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if findings := v.Check(event.New(body)); findings != nil {
			t.Errorf("%s:\n%s", file, brief(findings))
		}
	}
}

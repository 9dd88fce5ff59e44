package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/konhook/konhook/pkg/event"
)

// BenchmarkQuick walks over an event of each type, which must not allocate.
func BenchmarkQuick(b *testing.B) {
	files, err := filepath.Glob("../../testdata/events/*.json")
	if err != nil || len(files) == 0 {
		b.Fatal("no samples: ", err)
	}
	var payloads [][]byte
	size := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			b.Fatal(err)
		}
		payloads = append(payloads, text)
		size += len(text)
	}
	v, err := NewValidator(Options{})
	if err != nil {
		b.Fatal(err)
	}
	q, err := v.Quick()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(size))
	b.ReportAllocs()
	for b.Loop() {
		for i, p := range payloads {
			if !q.Accept(p) {
				b.Fatalf("%s is not accepted", files[i])
			}
		}
	}
}

// TestQuickAllocatesNothing holds the promise of the benchmark.
func TestQuickAllocatesNothing(t *testing.T) {
	v, err := NewValidator(Options{})
	if err != nil {
		t.Fatal(err)
	}
	q, err := v.Quick()
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../testdata/events/course.assigned.json")
	if err != nil {
		t.Fatal(err)
	}
	if n := testing.AllocsPerRun(100, func() {
		if !q.Accept(text) {
			t.Fatal("not accepted")
		}
	}); n != 0 {
		t.Errorf("%v allocations for an event", n)
	}
}

func TestSure(t *testing.T) {
	v, err := NewValidator(Options{})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../testdata/events/course.assigned.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name         string
		payload      []byte
		valid, noted bool
	}{
		{"a sample", text, true, false},
		{"one with an unknown member", bytes.Replace(text, []byte("{"), []byte(`{"new":1,`), 1), true, true},
		{"one that is cut", text[:len(text)/2], false, false},
		{"a wrong type", bytes.Replace(text, []byte(`"occuredAt":`), []byte(`"occuredAt":"x","y":`), 1), false, false},
	} {
		if valid, noted := v.Sure(c.payload); valid != c.valid || noted != c.noted {
			t.Errorf("%s: %v, %v, want %v, %v", c.name, valid, noted, c.valid, c.noted)
		}
	}
}

// A format that asserts nothing keeps no schema from the quick way, one that
// does leaves it to the library.
func TestQuickFormats(t *testing.T) {
	for _, draft := range []string{
		"http://json-schema.org/draft-04/schema#", "http://json-schema.org/draft-06/schema#", "http://json-schema.org/draft-07/schema#",
		"https://json-schema.org/draft/2019-09/schema", "https://json-schema.org/draft/2020-12/schema",
	} {
		name := filepath.Join(t.TempDir(), "s.json")
		text := `{"$schema":"` + draft + `","properties":{"a":{"type":"string","format":"date"},"b":{"format":"regex"}}}`
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, assert := range []bool{false, true} {
			c, err := CompileOptions{AssertFormat: assert}.CompileFile(name)
			if err != nil {
				t.Fatal(err)
			}
			v, err := NewValidator(Options{Schema: c})
			if err != nil {
				t.Fatal(err)
			}
			payload := []byte(`{"a":"no date","b":"("}`)
			valid := !Invalid(v.Check(event.New(payload)))
			if sure, _ := v.Sure(payload); sure == assert || valid == assert {
				t.Errorf("%s, assert %v: surely valid %v, valid %v", draft, assert, sure, valid)
			}
		}
	}
}

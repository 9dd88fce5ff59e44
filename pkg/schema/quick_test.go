package schema

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
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

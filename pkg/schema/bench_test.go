package schema_test

import (
	"testing"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

// BenchmarkStart is what a program that checks one payload waits for: a new
// validator, and the verdict on its first document. The quick way is that of a
// valid one; the whole validator is asked about the others.
func BenchmarkStart(b *testing.B) {
	body := []byte(samples(b)["course.assigned"])
	b.Run("quick", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			q, err := newValidator(b, schema.Options{}).Quick()
			if err != nil {
				b.Fatal(err)
			}
			if !q.Accept(body) {
				b.Fatal("the sample is not accepted")
			}
		}
	})
	b.Run("whole", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			if f := newValidator(b, schema.Options{}).Check(event.New(body)); len(f) > 0 {
				b.Fatal("the sample has findings: ", f)
			}
		}
	})
}

package batch

import (
	"bytes"
	"context"
	"testing"
)

// BenchmarkRun checks 20,000 samples, most of which are valid.
func BenchmarkRun(b *testing.B) {
	text := mixture(1, 20_000)
	o := Options{Validator: validator(b)}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		o.Read.Stdin = bytes.NewReader(text)
		if err := Run(context.Background(), []string{"-"}, o, func(*Part) bool { return true }); err != nil {
			b.Fatal(err)
		}
	}
}

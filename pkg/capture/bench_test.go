package capture

import (
	"fmt"
	"strings"
	"testing"

	"github.com/konhook/konhook/pkg/event"
)

func BenchmarkOpen(b *testing.B) {
	var text strings.Builder
	d := delivery("1")
	d.Headers = nil
	for i := range 6 {
		d.Headers = append(d.Headers, event.Header{Name: fmt.Sprint("X-Header-", i), Value: "a value of some length"})
	}
	d.Body = []byte(`{"type":"User/Created","occuredAt":1768467502,"body":{"user":{"id":"u1","name":"Ada","email":"ada@example.org"}}}`)
	for range 10_000 {
		text.Write(d.AppendJSON(nil))
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := walk(strings.NewReader(text.String())); err != nil {
			b.Fatal(err)
		}
	}
}

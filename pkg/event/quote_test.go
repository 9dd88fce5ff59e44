package event

import (
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// FuzzAppendQuoted holds quoting against the library.
func FuzzAppendQuoted(f *testing.F) {
	for _, s := range []string{"", `"`, `a\b`, "\x00\x1f\x7f\b\t\n\f\r", "é\u2028<>&", strings.Repeat(`{"a":"b"}`, 9)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if !utf8.ValidString(s) {
			t.Skip("no UTF-8")
		}
		want, err := jsontext.AppendQuote([]byte("x"), s)
		if err != nil {
			t.Fatal(err)
		}
		if got := appendQuoted([]byte("x"), s); string(got) != string(want) {
			t.Errorf("%q: %s, want %s", s, got, want)
		}
		if got := appendQuoted([]byte("x"), []byte(s)); string(got) != string(want) {
			t.Errorf("%q as bytes: %s, want %s", s, got, want)
		}
	})
}

func BenchmarkAppendJSON(b *testing.B) {
	body, err := os.ReadFile("../../testdata/events/course.assigned.json")
	if err != nil {
		b.Fatal(err)
	}
	d := NewDelivery(ViaListen, time.Unix(1700000000, 0), body)
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	var line []byte
	for b.Loop() {
		line = d.AppendJSON(line[:0])
	}
}

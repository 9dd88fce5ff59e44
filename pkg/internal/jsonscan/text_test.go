package jsonscan

import (
	"bytes"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

func TestAppendText(t *testing.T) {
	long := strings.Repeat("plain text é ", 20)
	for text, want := range map[string]string{
		`""`: "", `"a"`: "a", `"` + long + `"`: long, `"\"\\\/\b\f\n\r\t"`: "\"\\/\b\f\n\r\t", `"\u00e9\u0041\ud83d\uDE00é😀"`: "éA😀é😀",
		`"{\"type\":\"User/Created\",\"occuredAt\":1}", "more`: `{"type":"User/Created","occuredAt":1}`, "\"\x7f\"": "\x7f", `"12345678"`: "12345678",
	} {
		got, n := AppendText([]byte("before "), []byte(text))
		if string(got) != "before "+want || n == 0 || text[n-1] != '"' || n != TextLen([]byte(text)) {
			t.Errorf("%s: %q, %d; TextLen %d", text, got, n, TextLen([]byte(text)))
		}
	}
	for _, text := range []string{
		``, `a`, `"`, `"a`, `"\`, `"\"`, `"\u12"`, `"\u123`, `"\ud800"`, `"\ud800\u0041"`, `"\udc00"`, `"\x"`, "\"\n\"", "\"\x00\"", "\"\x1f12345678\"",
		"\"\xff\"", "\"\xc3\"", "\"12345678", "\"1234567\xed\xa0\x80\"", " \"\"", `{}`,
	} {
		if got, n := AppendText([]byte("x"), []byte(text)); string(got) != "x" || n != 0 || TextLen([]byte(text)) != 0 {
			t.Errorf("%q: %q, %d; TextLen %d", text, got, n, TextLen([]byte(text)))
		}
	}
}

func TestUnescape(t *testing.T) {
	for text, want := range map[string]rune{`\n`: '\n', `\"x`: '"', `\u00e9`: 'é', `\ud83d\ude00x`: '😀', `\u0000`: 0} {
		r, n := Unescape([]byte(text))
		if r != want || !strings.HasPrefix(text, `\`) || n != len(strings.TrimSuffix(text, "x")) {
			t.Errorf("%s: %q, %d", text, r, n)
		}
	}
	for _, text := range []string{``, `n`, `\`, `\x`, `\u`, `\ud83d`, `\ud83d\n`, `\ude00`} {
		if _, n := Unescape([]byte(text)); n != 0 {
			t.Errorf("%s: %d", text, n)
		}
	}
}

// FuzzText holds strings against jsontext.
func FuzzText(f *testing.F) {
	for _, seed := range []string{`"a \"quoted\" word\n"`, `"\u00e9\ud83d\ude00"`, `"é😀`, `"\ud800"`, "\"\x00\"", `"12345678\"12345678"x`} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, n := AppendText(nil, b)
		if m := TextLen(b); m != n {
			t.Fatalf("%q: %d, TextLen %d", b, n, m)
		}
		var s Scanner
		m, err := 0, error(nil)
		if len(b) > 0 && b[0] == '"' {
			m, err = s.Scan(b, true)
		}
		if err == nil && m != n || err != nil && n != 0 {
			t.Fatalf("%q: %d, the scanner says %d, %v", b, n, m, err)
		}
		if n == 0 {
			return
		}
		if want, err := jsontext.AppendUnquote(nil, b[:n]); err != nil || !bytes.Equal(got, want) {
			t.Fatalf("%q: %q, want %q, %v", b[:n], got, want, err)
		}
	})
}

func BenchmarkAppendText(b *testing.B) {
	text := []byte(`{"type":"Course/Published","occuredAt":1700000000,"body":{"course":{"id":7,"name":"Sécurité","annotation":"a \"quoted\" word","isDraft":false}}}`)
	text, _ = jsontext.AppendQuote(nil, text)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	var dst []byte
	for b.Loop() {
		var n int
		if dst, n = AppendText(dst[:0], text); n == 0 {
			b.Fatal("refused")
		}
	}
}

package event

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// longBody makes a JSON text with all that makes places hard to find.
func longBody(size int) []byte {
	r := rand.New(rand.NewPCG(1, 2))
	parts := []string{`"plain":"text"`, `"é":"😀"`, `"a\"b":"\\ \u00e9 \ud83d\ude00"`, "\n  \"n\":1", "\"t\":\t[1]"}
	var b bytes.Buffer
	b.WriteString(`{"x":1`)
	for b.Len() < size {
		b.WriteString(",")
		b.WriteString(parts[r.IntN(len(parts))])
	}
	b.WriteString("}")
	return b.Bytes()
}

// TestPlacesOfLongEvents holds the places that are found by marks against a walk
// over the whole text.
func TestPlacesOfLongEvents(t *testing.T) {
	body := longBody(2 * longText)
	escaped, err := jsontext.AppendQuote(nil, body)
	if err != nil {
		t.Fatal(err)
	}
	escaped = bytes.ReplaceAll(escaped, []byte("é"), []byte(`\u00e9`))
	escaped = bytes.Replace(escaped, []byte("😀"), []byte(`\ud83d\ude00`), 99)
	for name, text := range map[string]string{
		"plain":    "  " + string(body),
		"capture":  `{"konhook":1,"body":` + string(escaped) + `}`,
		"on lines": "{\"konhook\":1,\n\"url\":\"" + strings.Repeat("é", longText) + "\",\n \"body\":" + string(escaped) + "\n}",
	} {
		t.Run(name, func(t *testing.T) {
			for e, err := range ReadBytes([]byte(text+"\n"), "f", ReadOptions{}) {
				if err != nil || !bytes.Equal(e.Body, body) || e.marks == nil {
					t.Fatalf("%v, %v", e, err)
				}
				e.Place.Line += 7 // as those do who read a file in parts
				checkPlaces(t, e)
			}
		})
	}
}

func checkPlaces(t *testing.T, e *Event) {
	t.Helper()
	want, raw, body := e.Place.advance(e.raw[:e.begin]), e.begin, 0
	for n := 0; body < len(e.Body); n++ {
		if n%17 == 0 { // all of them take long
			if got := e.At(body); got != want {
				t.Fatalf("offset %d: %v, want %v", body, got, want)
			}
			line, at := e.Line(body)
			if !bytes.HasPrefix(append(line[at:], '\n'), e.raw[raw:raw+1]) || len(line) > 2*keptAround+2*keptOfLine {
				t.Fatalf("offset %d: byte %d of a line of %d", body, at, len(line))
			}
		}
		r, length := utf8.DecodeRune(e.Body[body:])
		written := length
		if e.inString && e.raw[raw] == '\\' {
			written = 2
			if e.raw[raw+1] == 'u' {
				written = 6 * len(utf16.Encode([]rune{r}))
			}
		}
		want = want.advance(e.raw[raw : raw+written])
		raw, body = raw+written, body+length
	}
}

// BenchmarkAt asks for many places of one long capture.
func BenchmarkAt(b *testing.B) {
	line := NewDelivery(ViaListen, noon, longBody(1<<20)).AppendJSON(nil)
	for b.Loop() {
		for e := range ReadBytes(line, "f", ReadOptions{}) {
			for i := range 1000 {
				_ = e.At(i * len(e.Body) / 1000)
			}
		}
	}
}

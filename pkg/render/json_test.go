package render

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json/jsontext"
	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

func TestJSON(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{"object", `{"b":1,"a":{"x":[]}}`, "{\n  \"b\": 1,\n  \"a\": {\n    \"x\": []\n  }\n}\n"},
		{"numbers as written", `[9007199254740993,1.0,1e5,-0]`, "[9007199254740993, 1.0, 1e5, -0]\n"},
		{"scalar", ` "x" `, "\"x\"\n"},
		{"escapes", `{"a":"\u0041\"\\\n"}`, "{\n  \"a\": \"\\u0041\\\"\\\\\\n\"\n}\n"},
		{"dangerous", "{\"a\":\"\x7f\u009b\u202e\U000e0041\"}", "{\n  \"a\": \"\\u007f\\u009b\\u202e\\udb40\\udc41\"\n}\n"},
		{"duplicate names", `{"a":1,"a":2}`, "{\n  \"a\": 1,\n  \"a\": 2\n}\n"},
		{"line ends of Windows", "{\r\n\"a\": 1\r\n}\r\n", "{\n  \"a\": 1\n}\n"},
		{"two values", `{} {}`, "{} {}\n"},
		{"broken", "{\"a\x1b\":", `{"a\x1b":` + "\n"},
		{"bad bytes", "{\"a\":\"\xff\"}", `{"a":"\xff"}` + "\n"},
		{"empty", "", "\n"},
	} {
		if diff := cmp.Diff(c.want, string(JSON([]byte(c.in), nil))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestCompactAndMinify(t *testing.T) {
	in := "{ \"a\" : [ 1.0 , \"x \u202e\\u202e\" ] }\n"
	if got, want := string(Compact([]byte(in), nil)), `{"a":[1.0,"x \u202e\u202e"]}`; got != want {
		t.Errorf("Compact: %s, want %s", got, want)
	}
	if got, want := string(Minify([]byte(in))), "{\"a\":[1.0,\"x \u202e\\u202e\"]}"; got != want {
		t.Errorf("Minify: %s, want %s", got, want)
	}
	if got, want := string(Compact([]byte("{\n"), nil)), `{\n`; got != want {
		t.Errorf("Compact of what is broken: %s, want %s", got, want)
	}
	if got := string(Minify([]byte("{ "))); got != "{ " {
		t.Errorf("Minify of what is broken: %q", got)
	}
}

func TestColoursKeepTheText(t *testing.T) {
	in := []byte(`{"key":[1,true,false,null,"s\\u0041\"",{"\u202e":"\\"}]}`)
	for _, f := range []func([]byte, *Palette) []byte{JSON, Compact} {
		plain, coloured := f(in, NewPalette(false)), f(in, NewPalette(true))
		if bytes.Equal(plain, coloured) {
			t.Error("no colours")
		}
		if got := sgr.ReplaceAll(coloured, nil); !bytes.Equal(got, plain) {
			t.Errorf("without its colours %q, want %q", got, plain)
		}
	}
}

// sgr matches the sequences that set colours and nothing else.
var sgr = regexp.MustCompile("\x1b\\[[0-9;]*m")

// TestBombs holds what small inputs may cost.
func TestBombs(t *testing.T) {
	for name, in := range map[string]string{
		"depth 10,000":     strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000),
		"5 million [":      strings.Repeat("[", 5_000_000),
		"depth 200, often": "[" + strings.TrimSuffix(strings.Repeat(strings.Repeat("[", 199)+strings.Repeat("]", 199)+",", 500), ",") + "]",
		"depth 200, wide":  strings.Repeat("[", 200) + strings.Repeat("1,", 500_000) + "1" + strings.Repeat("]", 200),
		"a long number":    strings.Repeat("1", 200_000),
		"all backslashes":  `"` + strings.Repeat(`\\`, 1_000_000) + `"`,
		"all quotes":       `"` + strings.Repeat(`\"`, 1_000_000) + `"`,
	} {
		start := time.Now()
		out := JSON([]byte(in), NewPalette(true))
		if took := time.Since(start); took > time.Minute {
			t.Errorf("%s: %v", name, took)
		}
		if limit := 64*len(in) + 2*someSpace; len(out) > limit {
			t.Errorf("%s: %d bytes become %d", name, len(in), len(out))
		}
	}
}

func TestDeepJSONStaysJSON(t *testing.T) {
	in := strings.Repeat("[", 300) + "\"\u202e\"" + strings.Repeat("]", 300)
	out := JSON([]byte(in), nil)
	if err := jsonscan.Valid(out); err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(out, []byte(`\u202e`)) || bytes.Count(out, []byte("\n")) != 1 {
		t.Errorf("%s", out)
	}
}

func FuzzJSON(f *testing.F) {
	for _, s := range []string{`{"a":[1,2.50,{"b":"\u0041\\"}],"a":null}`, "[\"\u202e\",\"\x7f\"]", "\"\U000e0041\"", `[`, " 1 ", "{\"\u2028\":\"\\ud83d\\ude00\"}"} {
		f.Add([]byte(s))
	}
	on := NewPalette(true)
	f.Fuzz(func(t *testing.T, in []byte) {
		valid := jsonscan.Valid(in) == nil
		for name, out := range map[string][]byte{
			"JSON": JSON(in, nil), "Compact": Compact(in, nil),
			"colours": sgr.ReplaceAll(JSON(in, on), nil), "compact colours": sgr.ReplaceAll(Compact(in, on), nil),
		} {
			if bad := forbidden(string(out)); bad != "" {
				t.Errorf("%s: %q holds %s", name, out, bad)
			}
			if valid && !cmp.Equal(tokens(t, in), tokens(t, out)) {
				t.Errorf("%s: %s becomes %s", name, in, out)
			}
		}
		if valid && !cmp.Equal(tokens(t, in), tokens(t, Minify(in))) {
			t.Errorf("%s becomes %s", in, Minify(in))
		}
	})
}

// tokens returns the tokens of a JSON value with strings decoded and numbers as
// written.
func tokens(t *testing.T, b []byte) (all []string) {
	t.Helper()
	d := jsontext.NewDecoder(bytes.NewReader(b), jsontext.AllowDuplicateNames(true))
	for {
		token, err := d.ReadToken()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("%q: %v", b, err)
		}
		all = append(all, token.Kind().String()+token.String())
	}
}

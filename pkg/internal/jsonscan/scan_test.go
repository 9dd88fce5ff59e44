package jsonscan

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/go-json-experiment/json/jsontext"
)

// oracle is what the scanner must agree with.
func oracle(b []byte) bool {
	return jsontext.Value(b).IsValid(jsontext.AllowDuplicateNames(true))
}

func TestValidAgreesWithJSONText(t *testing.T) {
	for _, text := range []string{
		`{}`, `[]`, `null`, `true`, ` 1 `, `-0`, `1e5`, `1E+5`, `0.5e-3`, `"é😀"`, `"\ud83d\ude00"`, `{"a":[1,{"b":null}],"a":2}`,
		``, ` `, `{`, `[1`, `[1,`, `[1,]`, `{"a"`, `{"a":`, `{"a":1,`, `{"a":1,}`, `{a:1}`, `{'a':1}`, `[,1]`, `01`, `-`, `1.`, `.5`, `1e`, `1e+`, `+1`, `tru`,
		`nul1`, `"`, `"\`, `"\x"`, `"\u12"`, `"\u12G4"`, `"\ud800"`, `"\ud800\n"`, `"\ud800\u0041"`, `"\udc00"`, "\"\n\"", "\"\x00\"", "\"\x7f\"", "\"\xff\"",
		"\"\xc3\"", "\"\xed\xa0\x80\"", `1 2`, `{} {}`, `]`, `}`, `[}`, `{]`, "\ufeff1", "1\x00", "[1\x0c]", `[1 2]`, `{"a" 1}`, `{"a":1 "b":2}`, `truefalse`,
	} {
		if got, want := Valid([]byte(text)) == nil, oracle([]byte(text)); got != want {
			t.Errorf("Valid(%q) = %v, want %v", text, got, want)
		}
	}
}

func TestErrorPointsAtTheByte(t *testing.T) {
	for _, c := range []struct {
		text   string
		offset int
		reason string
	}{
		{`{"a":1,}`, 7, "instead of a name"},
		{`{"a":tru}`, 5, "instead of a value"},
		{`[1 2]`, 3, "instead of a comma or ]"},
		{`{"a" 1}`, 5, "instead of a colon"},
		{"{\"a\":\"x\ny\"}", 7, "line break inside a string"},
		{"\"\xff\"", 1, "not UTF-8"},
		{"{\x00}", 1, "UTF-16"},
		{`{"a":1} x`, 8, "more behind the value"},
		{`{"a":01}`, 6, "leading zero"},
		{`[[`, 2, "ends inside an array"},
		{`{'a':1}`, 1, "single quote"},
		{`"\ud800"`, 1, "surrogate"},
	} {
		err := Valid([]byte(c.text))
		var wrong *Error
		if !errors.As(err, &wrong) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if wrong.Offset != c.offset || !strings.Contains(wrong.Reason, c.reason) {
			t.Errorf("%q: %d %q, want %d and %q in it", c.text, wrong.Offset, wrong.Reason, c.offset, c.reason)
		}
	}
}

func TestDepth(t *testing.T) {
	deep := func(n int) []byte {
		return []byte(strings.Repeat("[", n) + strings.Repeat("]", n))
	}
	if err := Valid(deep(MaxDepth)); err != nil {
		t.Error(err)
	}
	if err := Valid(deep(MaxDepth + 1)); err == nil || !strings.Contains(err.Error(), "deeper than") {
		t.Errorf("one too deep: %v", err)
	}
}

func TestMembers(t *testing.T) {
	var got []string
	Members([]byte(` { "a" : 1 , "b\n":[1,2] ,"c":{"d":"}"} } tail`), func(name, value []byte, at int) bool {
		got = append(got, string(name)+"="+string(value))
		return true
	})
	if s := strings.Join(got, " "); s != `a=1 b\n=[1,2] c={"d":"}"}` {
		t.Error(s)
	}
	for _, text := range []string{``, `[]`, `{`, `{"a`, `{"a"`, `{"a":`, `{"a":1`, `{"a":1,`, `{}`, `5`} {
		Members([]byte(text), func(_, value []byte, _ int) bool {
			if string(value) != "1" {
				t.Errorf("%q: value %q", text, value)
			}
			return true
		})
	}
}

// TestSuite holds the scanner against JSONTestSuite.
func TestSuite(t *testing.T) {
	suites := os.Getenv("KONHOOK_SUITES")
	if suites == "" {
		t.Skip("KONHOOK_SUITES does not name the conformance suites")
	}
	files, err := filepath.Glob(filepath.Join(suites, "nst", "test_parsing", "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no suite in %s: %v", suites, err)
	}
	count := map[byte]int{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		kind := filepath.Base(file)[0]
		count[kind]++
		if err := Valid(text); kind == 'y' && err != nil || kind == 'n' && err == nil {
			t.Errorf("%s: %v", filepath.Base(file), err)
		}
	}
	if count['y'] != 95 || count['n'] != 188 {
		t.Errorf("%d y_ and %d n_ cases, want 95 and 188", count['y'], count['n'])
	}
}

func TestPlainValue(t *testing.T) {
	for text, want := range map[string]int{
		`"a",`: 3, `{"a":[1, true,null ,{}, []],"b" : "c"}x`: 38, `12}`: 2, `0]`: 1, `false`: 5, ` 1`: 0, `-1,`: 2, `1.5e3,`: 5, `01,`: 0, `-`: 0, `1`: 1,
		`"é"`: 4, `"\n"`: 4, `"\x"`: 0, "\"\xff\"": 0, `{"a":1,}`: 0, `{"a" 1}`: 0, `[1,]`: 0, `[1`: 0, `nul`: 0, `falze`: 0, `{`: 0, `{"a":`: 0, `}`: 0,
		strings.Repeat("[", 40) + strings.Repeat("]", 40): 0,
	} {
		if got := plainValue([]byte(text), 0); got != want {
			t.Errorf("%s: %d, want %d", text, got, want)
		}
	}
}

// FuzzScan proves that the scanner accepts what jsontext accepts, and that it
// says the same however its input is cut.
func FuzzScan(f *testing.F) {
	for _, seed := range []string{`{"a":[1,-2.5e3,true,false,null,"x\u00e9\ud83d\ude00"]}`, `[[[]]]`, `"\ud800"`, `01`, `1 2`, `{"a":1,}`, "\"\xff\""} {
		f.Add([]byte(seed), 1)
	}
	f.Fuzz(func(t *testing.T, b []byte, cut int) {
		err := Valid(b)
		if got, want := err == nil, oracle(b); got != want {
			t.Fatalf("Valid(%q) = %v, want %v", b, err, want)
		}
		b = b[SkipSpace(b, 0):]
		if len(b) == 0 {
			return
		}
		var whole, parts Scanner
		n, err := whole.Scan(b, true)
		m, err2 := scanInParts(&parts, b, cut)
		if n != m || (err == nil) != (err2 == nil) {
			t.Fatalf("%q: whole %d %v, in parts %d %v", b, n, err, m, err2)
		}
		if quick := plainValue(b, 0); quick > 0 && quick != n {
			t.Fatalf("%q: %d and quickly %d", b, n, quick)
		}
	})
}

func scanInParts(s *Scanner, b []byte, cut int) (int, error) {
	step := max(1, cut%7)
	for end := step; end < len(b); end += step {
		if n, err := s.Scan(bytes.Clone(b[:end]), false); n > 0 || err != nil {
			return n, err
		}
	}
	return s.Scan(b, true)
}

func BenchmarkValid(b *testing.B) {
	text := []byte(`{"type":"Course/Published","occuredAt":1700000000,"body":{"course":{"id":7,"name":"Sécurité","annotation":"a \"quoted\" word","isDraft":false}}}`)
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if err := Valid(text); err != nil {
			b.Fatal(err)
		}
	}
}

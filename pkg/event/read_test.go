package event

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

// readAll renders what reading yields, one piece a line.
func readAll(r io.Reader, o ReadOptions) string {
	return told(o, func(o ReadOptions) iter.Seq2[*Event, error] { return ReadFrom(context.Background(), r, "f", o) })
}

func told(o ReadOptions, read func(ReadOptions) iter.Seq2[*Event, error]) string {
	var b strings.Builder
	o.Note = func(p Place, text string) { fmt.Fprintf(&b, "note %d:%d %s\n", p.Line, p.Column, text) }
	for e, err := range read(o) {
		if err != nil {
			fmt.Fprintln(&b, err)
			continue
		}
		fmt.Fprintf(&b, "%d@%d:%d %s\n", e.Document, e.Place.Line, e.Place.Column, e.Body)
	}
	return strings.TrimSuffix(b.String(), "\n")
}

func capture(body string) string {
	return strings.TrimSuffix(string(NewDelivery(ViaListen, noon, []byte(body)).AppendJSON(nil)), "\n")
}

var readCases = []struct{ name, text, want string }{
	{"one", `{"a":1}`, `1@1:1 {"a":1}`},
	{"indented", "\n {\n \"a\": 1\n}\n", "1@2:2 {\n \"a\": 1\n}"},
	{"ndjson", "{\"a\":1}\n{\"a\":2}\n", "1@1:1 {\"a\":1}\n2@2:1 {\"a\":2}"},
	{"blank lines, CRLF, no last newline", "{\"a\":1}\r\n\r\n  \n{\"a\":2}", "1@1:1 {\"a\":1}\n2@4:1 {\"a\":2}"},
	{"concatenated", "{\n}\n{\n}\n", "1@1:1 {\n}\n2@3:1 {\n}"},
	{"array", `[{"a":1}, {"b":"é"} ,{"c":3}]`, "1@1:2 {\"a\":1}\n2@1:11 {\"b\":\"é\"}\n3@1:22 {\"c\":3}"},
	{"array over lines", "[\n  {\"a\":1},\n  5\n]\n", "1@2:3 {\"a\":1}\n2@3:3 5"},
	{"empty array", "[]", "f: no JSON document in it"},
	{"empty", "", "f: no JSON document in it"},
	{"white space", " \n\t\r\n", "f: no JSON document in it"},
	{"mark", "\ufeff{}", "note 1:1 a byte order mark was skipped\n1@1:1 {}"},
	{"scalars", "1\n\"x\"\nnull", "1@1:1 1\n2@2:1 \"x\"\n3@3:1 null"},
	{"two on a line", "{\"a\":1} {\"b\":2}\n{}", "f:1:9: more behind a value on its line\n2@2:1 {}"},
	{"broken line", "{\"a\":1}\n{\"a\":\n{\"a\":3}\n", "1@1:1 {\"a\":1}\nf:3:8: the input ends inside an object"},
	{"broken line before good ones", "{\"a\":tru}\n{\"a\":2}\n", "f:1:6: 't' instead of a value\n2@2:1 {\"a\":2}"},
	{"torn line", "{\"a\":1,\"b\":\"x\n{\"a\":2}\n{\"a\":3}\n", "f:1:14: a line break inside a string\n2@2:1 {\"a\":2}\n3@3:1 {\"a\":3}"},
	{"torn between members", "{\"a\":1,\n{\"a\":2}\n{\"a\":3}\n", "f:2:1: '{' instead of a name in double quotes\n2@2:1 {\"a\":2}\n3@3:1 {\"a\":3}"},
	{"text", "hello\nworld\n{}", "f:1:1: 'h' instead of a value\nf:2:1: 'w' instead of a value\n3@3:1 {}"},
	{"broken and indented", "{\n  'a': 1,\n  \"b\": [\n  ]\n}\n{}", "f:2:3: a single quote instead of a name in double quotes\n2@6:1 {}"},
	{"broken array", "[{\"a\":1},\n  {\"b\":}\n]\n{}", "1@1:2 {\"a\":1}\nf:2:8: '}' instead of a value\n3@4:1 {}"},
	{"array without comma", "[1 2]\n{}", "1@1:2 1\nf:1:4: '2' instead of a comma or ] after an element\n3@2:1 {}"},
	{"array with a comma too many", "[1,]\n{}", "1@1:2 1\nf:1:4: ']' instead of a value\n3@2:1 {}"},
	{"array that ends early", "[1,", "1@1:2 1\nf:1:4: the input ends inside an array"},
	{"behind an array", "[1] 2\n3", "1@1:2 1\nf:1:5: more behind a value on its line\n3@2:1 3"},
	{"bad UTF-8", "{\"a\":\"\xff\"}\n{}", "f:1:7: bytes that are not UTF-8\n2@2:1 {}"},
	{"UTF-16", "\xff\xfe{\x00}\x00", "f:1:1: bytes that are not UTF-8"},
	{"capture", capture(`{"type":"User/Created"}`) + "\n{}\n", "1@1:1 {\"type\":\"User/Created\"}\n2@2:1 {}"},
	{"torn capture", capture("1") + "\n" + capture("22")[:40], "1@1:1 1\nnote 2:1 the last capture is incomplete and was skipped"},
	{"only a torn capture", capture("1")[:40], "note 1:1 the last capture is incomplete and was skipped"},
	{"damaged capture", capture("1") + "\n" + capture("22")[:40] + "\n" + capture("3") + "\n",
		"1@1:1 1\nf:2:41: damaged capture: a line break inside a string\n3@3:1 3"},
	{"damage between captures", capture("1") + "\n\x00\x00\n" + capture("3") + "\n",
		"1@1:1 1\nf:2:1: damaged capture: a NUL byte instead of a value (is the file UTF-16?)\n3@3:1 3"},
	{"capture of a wrong kind", `{"konhook":1,"body":"1","at":5}` + "\n{}", "f:1:1: damaged capture: member \"at\": Time.UnmarshalJSON: input is not a JSON string\n2@2:1 {}"},
}

func TestReadFrom(t *testing.T) {
	for _, c := range readCases {
		t.Run(c.name, func(t *testing.T) {
			if got := readAll(strings.NewReader(c.text), ReadOptions{}); got != c.want {
				t.Errorf("got:\n%s\nwant:\n%s", got, c.want)
			}
			if got := readAll(iotest.OneByteReader(strings.NewReader(c.text)), ReadOptions{}); got != c.want {
				t.Errorf("byte by byte:\n%s\nwant:\n%s", got, c.want)
			}
			got := told(ReadOptions{}, func(o ReadOptions) iter.Seq2[*Event, error] { return ReadBytes([]byte(c.text), "f", o) })
			if got != c.want {
				t.Errorf("from memory:\n%s\nwant:\n%s", got, c.want)
			}
		})
	}
}

func TestReadGoesOnBehindWhatWasSkipped(t *testing.T) {
	o := ReadOptions{Skipped: Position{Lines: 7, Documents: 3, Captures: true}}
	got := readAll(strings.NewReader("{}\nx\n\ufeff\n"), o)
	if want := "4@8:1 {}\nf:9:1: damaged capture: 'x' instead of a value\nf:10:1: damaged capture: '\\ufeff' instead of a value"; got != want {
		t.Errorf("got %q", got)
	}
	if got := readAll(strings.NewReader(" \n"), o); got != "" {
		t.Errorf("got %q", got)
	}
}

func TestReadWhole(t *testing.T) {
	got := readAll(strings.NewReader("[1,\n2]\n3\n[]"), ReadOptions{Whole: true})
	if want := "1@1:1 [1,\n2]\n2@3:1 3\n3@4:1 []"; got != want {
		t.Errorf("got %s", got)
	}
}

func TestSyntaxErrorCarriesItsLine(t *testing.T) {
	for e, err := range ReadFrom(context.Background(), strings.NewReader("{}\n  {\"a\": x}\n{}"), "f", ReadOptions{}) {
		var wrong *SyntaxError
		if err == nil && e != nil {
			continue
		}
		if !errors.As(err, &wrong) || string(wrong.Line) != "  {\"a\": x}" || wrong.At != 8 || string(wrong.Body) != `{"a": x}` {
			t.Errorf("%+v: line %q, body %q", err, wrong.Line, wrong.Body)
		}
	}
}

func TestReadGzip(t *testing.T) {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte("{\"a\":1}\n")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if got := readAll(bytes.NewReader(b.Bytes()), ReadOptions{}); got != `1@1:1 {"a":1}` {
		t.Error(got)
	}
	checksum := bytes.Clone(b.Bytes())
	checksum[len(checksum)-5]++
	for want, packed := range map[string][]byte{
		"1@1:1 {\"a\":1}\nread f: the gzip stream is cut off":                         b.Bytes()[:b.Len()-4],
		"read f: the gzip stream is cut off":                                          b.Bytes()[:4],
		"read f: the gzip stream is damaged: gzip: invalid header":                    []byte("\x1f\x8bnot packed at all"),
		"1@1:1 {\"a\":1}\nread f: the gzip stream is damaged: gzip: invalid checksum": checksum,
		"read f: the gzip stream is damaged: flate: corrupt input before offset 1":    append(bytes.Clone(b.Bytes()[:10]), 0xff, 0xff),
	} {
		if got := readAll(bytes.NewReader(packed), ReadOptions{}); got != want {
			t.Errorf("%q: %q, want %q", packed, got, want)
		}
	}
}

func TestReadTellsOfAFailingRead(t *testing.T) {
	broken := errors.New("the disk is gone")
	got := readAll(io.MultiReader(strings.NewReader("{}\n{\"a\":"), iotest.ErrReader(broken)), ReadOptions{})
	if want := "1@1:1 {}\nread f: the disk is gone"; got != want {
		t.Error(got)
	}
}

// TestAt holds the places inside events against the text they were read from.
func TestAt(t *testing.T) {
	body := "{\"a\\\"\":\"é😀\",\n\"b\":\t2}"
	escaped := strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\t", `\t`, "é", `\u00e9`, "😀", `\ud83d\ude00`).Replace(body)
	for _, c := range []struct {
		name, text string
		line       func(offset int) (int, int) // line and column of an offset in body
	}{
		{"plain", "{}\n  " + body + "\n", func(o int) (int, int) { return plainPlace(body, o, 2, 3) }},
		{"in an array", "[" + body + "]", func(o int) (int, int) { return plainPlace(body, o, 1, 2) }},
		{"capture", "{}\n" + `{"konhook":1,"body":"` + escaped + `"}` + "\n", func(o int) (int, int) {
			before := strings.NewReplacer(`"`, `\"`, `\`, `\\`, "\n", `\n`, "\t", `\t`, "é", `\u00e9`, "😀", `\ud83d\ude00`).Replace(body[:o])
			return 2, 1 + len(`{"konhook":1,"body":"`) + len([]rune(before))
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			found := false
			for e, err := range ReadFrom(context.Background(), strings.NewReader(c.text), "f", ReadOptions{}) {
				if err != nil {
					t.Fatal(err)
				}
				if string(e.Body) != body {
					continue
				}
				found = true
				lines := strings.Split(c.text, "\n")
				for o := range body { // every rune
					p := e.At(o)
					line, column := c.line(o)
					if p.Line != line || p.Column != column || p.File != "f" {
						t.Errorf("offset %d: %v, want %d:%d", o, p, line, column)
					}
					text, at := e.Line(o)
					if string(text) != lines[line-1] || len([]rune(string(text[:at])))+1 != column {
						t.Errorf("offset %d: line %q at %d, want %q column %d", o, text, at, lines[line-1], column)
					}
				}
			}
			if !found {
				t.Error("the event was not found")
			}
		})
	}
}

func plainPlace(body string, offset, line, column int) (int, int) {
	p := Place{Line: line, Column: column}.advance([]byte(body[:offset]))
	return p.Line, p.Column
}

func TestAtOfBase64IsTheCapture(t *testing.T) {
	line := NewDelivery(ViaListen, noon, []byte("\xff{}")).AppendJSON(nil)
	for e, err := range ReadFrom(context.Background(), bytes.NewReader(line), "f", ReadOptions{}) {
		if err != nil || e.At(2) != (Place{"f", 1, 1}) || string(e.Body) != "\xff{}" {
			t.Errorf("%v, %v", e.At(2), err)
		}
	}
}

func TestOccurred(t *testing.T) {
	for body, want := range map[string]int64{
		`{"occuredAt":1700000000}`: 1700000000, `{"occuredAt":"1700000000"}`: -1, `{}`: -1, `{"occuredAt":1.5}`: -1,
		`{"occuredAt":-5}`: -1, `{"occuredAt":99999999999999999999}`: -1, `{"occured\u0041t":7}`: 7, `[]`: -1,
	} {
		at, ok := New([]byte(body)).Occurred()
		if ok != (want >= 0) || ok && at.Unix() != want {
			t.Errorf("%s: %v, %v", body, at, ok)
		}
	}
}

func TestExpandAndRead(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"b.json", "a.ndjson", "sub/c.jsonl", "sub/d.json.gz", ".hidden.json", ".git/x.json", "e.txt", "[odd].json"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(`{"name":"`+name+`"}`), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for _, c := range []struct{ sources, want string }{
		{".", "[odd].json a.ndjson b.json sub/c.jsonl sub/d.json.gz"},
		{"sub", "sub/c.jsonl sub/d.json.gz"},
		{"*.json", "[odd].json b.json"},
		{"**/*.json*", "[odd].json b.json sub/c.jsonl sub/d.json.gz"},
		{"*", "[odd].json a.ndjson b.json e.txt sub/c.jsonl sub/d.json.gz"},
		{"s*", "sub/c.jsonl sub/d.json.gz"},
		{"**", "[odd].json a.ndjson b.json e.txt sub/c.jsonl sub/d.json.gz"},
		{"[odd].json", "[odd].json"},
		{"e.txt - b.json", "e.txt - b.json"},
	} {
		files, err := Expand(strings.Fields(c.sources))
		if got := filepath.ToSlash(strings.Join(files, " ")); got != c.want || err != nil {
			t.Errorf("Expand(%s) = %s, %v", c.sources, got, err)
		}
	}
	for _, source := range []string{"none.json", "*.none"} {
		if _, err := Expand([]string{source}); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Expand(%s): %v", source, err)
		}
	}
	var got []string
	o := ReadOptions{Stdin: strings.NewReader(`{"name":"stdin"}`)}
	for e, err := range Read(context.Background(), []string{"none.json", "b.json", "-", "sub"}, o) {
		if err != nil {
			got = append(got, "error")
			continue
		}
		got = append(got, e.Place.String())
	}
	if s := strings.Join(got, " "); s != "error b.json:1:1 <stdin>:1:1 sub/c.jsonl:1:1 sub/d.json.gz:1:1" {
		t.Error(s)
	}
}

func TestReadEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	why := errors.New("enough")
	silent, w := io.Pipe() // never written to: a read of it does not return
	defer w.Close()
	n := 0
	for e, err := range Read(ctx, []string{"-", "-"}, ReadOptions{Stdin: telling{silent, func() { cancel(why) }}}) {
		n++
		if e != nil || !errors.Is(err, why) {
			t.Errorf("%v, %v", e, err)
		}
	}
	if n != 1 {
		t.Errorf("%d errors, want 1", n)
	}
}

// telling tells of each read before it begins.
type telling struct {
	io.Reader
	tell func()
}

func (r telling) Read(b []byte) (int, error) {
	r.tell()
	return r.Reader.Read(b)
}

// TestReadIsBounded reads far more than may be held at once.
func TestReadIsBounded(t *testing.T) {
	line := []byte(`{"type":"Course/Published","occuredAt":1700000000,"body":{}}` + "\n")
	const lines = 200_000
	r := io.LimitReader(repeat(line), int64(len(line)*lines))
	f := &framer{ctx: context.Background(), src: r, place: Place{Line: 1, Column: 1}}
	n := 0
	f.yield = func(e *Event, err error) bool {
		n++
		if err != nil || cap(f.buf) > 1<<20 {
			t.Fatalf("%v, buffer of %d", err, cap(f.buf))
		}
		return true
	}
	f.run()
	if n != lines || f.place.Line != lines+1 {
		t.Errorf("%d events, line %d", n, f.place.Line)
	}
}

type repeat []byte

func (r repeat) Read(p []byte) (int, error) { return copy(p, r), nil }

func TestReadRefusesWhatIsTooLong(t *testing.T) {
	long := io.MultiReader(strings.NewReader(`{"a":"`), io.LimitReader(repeat(strings.Repeat("x", 4096)), MaxDocument+5<<20), strings.NewReader("\"}\n{\"b\":2}\n"))
	got := readAll(long, ReadOptions{})
	if want := "f:1:1: a value longer than 64 MiB\n2@2:1 {\"b\":2}"; got != want {
		t.Errorf("%.200s", got)
	}
}

// FuzzRead proves that reading never panics, comes to its end, and that what it
// calls an event is JSON, however the input arrives.
func FuzzRead(f *testing.F) {
	for _, c := range readCases {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		whole := readAll(bytes.NewReader(text), ReadOptions{})
		if parts := readAll(iotest.HalfReader(bytes.NewReader(text)), ReadOptions{}); parts != whole {
			t.Fatalf("whole:\n%s\nin parts:\n%s", whole, parts)
		}
		for e, err := range ReadFrom(context.Background(), bytes.NewReader(text), "f", ReadOptions{}) {
			if err != nil {
				continue
			}
			for o := range len(e.Body) + 1 {
				if p := e.At(o); p.Line < e.Place.Line || p.Line > e.Place.Line+bytes.Count(text, newline) {
					t.Fatalf("place %v of offset %d in the event at %v", p, o, e.Place)
				}
				if line, at := e.Line(o); at < 0 || at > len(line) {
					t.Fatalf("offset %d of a line of %d", at, len(line))
				}
			}
		}
	})
}

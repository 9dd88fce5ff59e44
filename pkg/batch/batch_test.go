package batch

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/sample"
	"github.com/konhook/konhook/pkg/schema"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// oneByOne is what Run must be the same as: every document read by package event
// and judged by the whole validator, told one a line; of all of r, or of what
// comes up to the first document that is invalid.
func oneByOne(v *schema.Validator, r io.Reader, failFast bool) (lines []string, documents, invalid int) {
	o := event.ReadOptions{Note: func(p event.Place, text string) { lines = append(lines, fmt.Sprintf("%s: %s", p, text)) }}
	for e, err := range event.ReadFrom(context.Background(), r, "-", o) {
		var syntax *event.SyntaxError
		if counts(err) {
			documents++
		}
		switch {
		case errors.As(err, &syntax):
			invalid++
			f := schema.FromSyntax(syntax)
			lines = append(lines, told(&f))
		case err != nil:
			lines = append(lines, err.Error())
		default:
			findings := v.Check(e)
			if schema.Invalid(findings) {
				invalid++
			}
			for i := range findings {
				lines = append(lines, told(&findings[i]))
			}
		}
		if failFast && invalid > 0 {
			break
		}
	}
	return lines, documents, invalid
}

func told(f *schema.Finding) string {
	line, at := f.Source()
	return fmt.Sprintf("%s %d %s %s %s %s | %s @%d", f.Place(), f.Document, f.Pointer, f.Keyword, f.Severity, f.Message, line, at)
}

// inBatch is what Run tells of the same.
func inBatch(t testing.TB, o Options, r io.Reader) (lines []string, documents, invalid, quick int) {
	t.Helper()
	o.Read.Stdin = r
	err := Run(context.Background(), []string{"-"}, o, func(p *Part) bool {
		documents += p.Documents
		invalid += p.Invalid
		quick += p.Quick
		for _, item := range p.Items {
			switch {
			case item.Finding != nil:
				lines = append(lines, told(item.Finding))
			case item.Err != nil:
				lines = append(lines, item.Err.Error())
			default:
				lines = append(lines, fmt.Sprintf("%s: %s", item.Place, item.Remark))
			}
		}
		return !o.FailFast || invalid == 0
	})
	if err != nil {
		t.Fatal(err)
	}
	return lines, documents, invalid, quick
}

func validator(t testing.TB) *schema.Validator {
	t.Helper()
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func compare(t testing.TB, text []byte) {
	t.Helper()
	compareWith(t, validator(t), text)
}

func compareWith(t testing.TB, v *schema.Validator, text []byte) {
	t.Helper()
	whole := func() io.Reader { return bytes.NewReader(text) }
	failing := func() io.Reader { return io.MultiReader(whole(), iotest.ErrReader(errors.New("broken"))) }
	compareReaders(t, v, false, whole(), map[string]io.Reader{
		"whole": whole(), "halves": iotest.HalfReader(whole()), "last with its end": iotest.DataErrReader(whole()),
	})
	compareReaders(t, v, false, failing(), map[string]io.Reader{"failing": failing()})
	compareReaders(t, v, true, whole(), map[string]io.Reader{"fail fast": whole()})
}

// compareReaders compares what is read one by one of one reader with what is
// read in batch of others of the same text.
func compareReaders(t testing.TB, v *schema.Validator, failFast bool, one io.Reader, others map[string]io.Reader) {
	t.Helper()
	want, documents, invalid := oneByOne(v, one, failFast)
	for name, r := range others {
		got, d, i, _ := inBatch(t, Options{Validator: v, EveryNote: true, FailFast: failFast, Jobs: 3}, r)
		if diff := cmp.Diff(want, got); diff != "" || d != documents || i != invalid {
			t.Errorf("%s: %d documents of which %d invalid, want %d and %d; one by one (-), in batch (+):\n%.3000s", name, d, i, documents, invalid, diff)
		}
	}
}

// mixture makes a file of many lines: valid ones, ones with notes, captures, and
// a few that are wrong in one way or another.
func mixture(seed uint64, lines int, wrongs ...string) []byte {
	r := rand.New(rand.NewPCG(seed, 2))
	g := sample.New(seed, sample.Epoch)
	var b bytes.Buffer
	types := event.Types()
	for range lines {
		e := g.Generate(types[r.IntN(len(types))])
		switch n := r.IntN(100); {
		case n < 4 && len(wrongs) > 0:
			b.WriteString(wrongs[r.IntN(len(wrongs))])
		case n < 20:
			b.Write(bytes.Replace(e.Body, []byte(`"body":{`), []byte(`"body":{"extra":1,`), 1))
		case n < 30:
			b.Write(bytes.TrimSuffix(event.NewDelivery(event.ViaListen, time.Unix(1, 0), e.Body).AppendJSON(nil), []byte("\n")))
		case n < 34:
			b.Write(bytes.Replace(e.Body, []byte(`"id":`), []byte(`"iD":`), 1))
		default:
			b.Write(e.Body)
		}
		b.WriteByte('\n')
	}
	return b.Bytes()
}

func TestRunIsTheSameAsOneByOne(t *testing.T) {
	for name, text := range map[string]string{
		"nothing":           "",
		"blank":             " \n\n",
		"one":               `{"type":"User/Created","occuredAt":1,"body":{"user":{"id":"u","name":"n"}}}`,
		"indented":          "{\n  \"type\": \"User/Created\",\n  \"occuredAt\": 1,\n  \"body\": {}\n}\n",
		"array":             "[{},\n{}]\n{}\n",
		"mark":              "\ufeff{}\n{}\n",
		"array behind line": "{}\n[{},{}]\n{}\n",
		"torn":              "{}\n{\"a\":\"x\n{}\n{\"b\":\n{}\n{}\n",
		"broken at the end": "{}\n{]",
		"broken and behind": "{}\n{]\n  {}\n}\n{}",
		"text":              "hello\n\nworld\n{}",
		"two on a line":     "{} {}\n{}\n",
		"scalars":           "1\n\"x\"\n2",
		"torn capture":      `{"konhook":1,"body":"{}"}` + "\n" + `{"konhook":1,"bo`,
		"damaged capture":   `{"konhook":1,"body":"{}"}` + "\n" + `{"konhook":1,"bo` + "\nx\n" + `{"konhook":1,"body":"{}"}` + "\n",
		"long line":         `{"a":"` + strings.Repeat("x", 3*blockSize) + "\"}\n{}\n",
		"clean":             string(mixture(1, 5000)),
		"broken lines":      string(mixture(2, 5000, `{"a":tru}`, `{"type":"x`, `}`, ` {}`, `{} {}`, `[]x`)),
		"arrays":            string(mixture(3, 3000, `[{},{"type":1}]`)),
		"over lines":        string(mixture(4, 3000, "{\n}", "{\"a\":\n")),
		"damage":            string(mixture(5, 4000, "\x00\x00", `{"konhook":1,"bod`)),
	} {
		t.Run(name, func(t *testing.T) { compare(t, []byte(text)) })
	}
}

func TestMostTakeTheQuickWay(t *testing.T) {
	text := mixture(7, 2000)
	_, documents, invalid, quick := inBatch(t, Options{Validator: validator(t)}, bytes.NewReader(text))
	if documents != 2000 || quick+invalid != documents {
		t.Errorf("%d documents, %d of them invalid, %d took the quick way", documents, invalid, quick)
	}
	_, _, invalid2, quick := inBatch(t, Options{Validator: validator(t), LibraryOnly: true}, bytes.NewReader(text))
	if quick != 0 || invalid2 != invalid {
		t.Errorf("the library alone: %d quick, %d invalid, want %d", quick, invalid2, invalid)
	}
}

func TestNotesAreCounted(t *testing.T) {
	line := `{"type":"User/Created","occuredAt":1,"body":{"user":{"id":"u","name":"n","x":1,"y":2}}}` + "\n"
	told, more := 0, 0
	o := Options{Validator: validator(t), Read: event.ReadOptions{Stdin: strings.NewReader(strings.Repeat(line, 500))}}
	if err := Run(context.Background(), []string{"-"}, o, func(p *Part) bool {
		for _, item := range p.Items {
			told++
			more += item.More
			if !strings.Contains(item.Finding.Message, `"x"`) && !strings.Contains(item.Finding.Message, `"y"`) {
				t.Error(item.Finding.Message)
			}
		}
		return true
	}); err != nil {
		t.Fatal(err)
	}
	if told+more != 1000 || told > 20 {
		t.Errorf("%d told, %d more", told, more)
	}
}

func TestRunReadsManyFiles(t *testing.T) {
	dir := t.TempDir()
	for i := range 40 {
		text := string(mixture(uint64(i), 20))
		if i%3 == 0 {
			text = strings.ReplaceAll(text, "\n{", "\n\n{")
		}
		var b bytes.Buffer
		name := fmt.Sprintf("%02d.ndjson", i)
		if i%2 == 0 {
			w := gzip.NewWriter(&b)
			_, _ = w.Write([]byte(text))
			_ = w.Close()
			name += ".gz"
		} else {
			b.WriteString(text)
		}
		if err := os.WriteFile(filepath.Join(dir, name), b.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "cut.json.gz"), []byte{0x1f, 0x8b}, 0o600); err != nil {
		t.Fatal(err)
	}
	var files []string
	documents, failed := 0, 0
	err := Run(context.Background(), []string{dir, filepath.Join(dir, "none.json")}, Options{Validator: validator(t)}, func(p *Part) bool {
		documents += p.Documents
		for _, item := range p.Items {
			if item.Err != nil {
				failed++
			}
		}
		if p.Opens {
			files = append(files, p.File)
		}
		return true
	})
	if !errors.Is(err, os.ErrNotExist) || documents != 800 || failed != 1 || len(files) != 41 || !strings.HasSuffix(files[39], "39.ndjson") {
		t.Errorf("%d documents, %d failed, files %v, %v", documents, failed, files, err)
	}
}

func TestRunEnds(t *testing.T) {
	text := mixture(1, 20_000)
	n := 0
	o := Options{Validator: validator(t), Read: event.ReadOptions{Stdin: bytes.NewReader(text)}}
	if err := Run(context.Background(), []string{"-"}, o, func(*Part) bool { n++; return false }); err != nil || n != 1 {
		t.Errorf("%d parts, %v", n, err)
	}
	why := errors.New("enough")
	ctx, cancel := context.WithCancelCause(context.Background())
	r, w := io.Pipe()
	defer w.Close()
	go func() { _, _ = w.Write(text[:bytes.IndexByte(text, '\n')+1]) }()
	o.Read.Stdin = r
	documents := 0
	err := Run(ctx, []string{"-"}, o, func(p *Part) bool {
		documents += p.Documents
		cancel(why) // while the next read does not return
		return true
	})
	r.Close()
	if !errors.Is(err, why) || documents != 1 {
		t.Errorf("%d documents, %v", documents, err)
	}
}

// FuzzRun proves that checking in batch tells what reading one by one does.
func FuzzRun(f *testing.F) {
	for _, text := range []string{"", "{}\n{}", "{\n}\n", "[1]\n", "{]\n{}\n", "\"x\n", "{\"konhook\":1,\"body\":\"1\"}\n{\"konhook\"", " 1\n\n2 3\n"} {
		f.Add([]byte(text))
	}
	for _, line := range oddCaptures {
		f.Add([]byte(line + "\n"))
	}
	f.Fuzz(func(t *testing.T, text []byte) { compare(t, text) })
}

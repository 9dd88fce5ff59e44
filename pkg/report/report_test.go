package report_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/report"
	"github.com/konhook/konhook/pkg/schema"
)

const valid = `{"type":"User/Created","occuredAt":1,"body":{"user":{"id":"u","name":"n"}}}`

// write reports on a text and returns what was written.
func write(t *testing.T, text string, to func(b *bytes.Buffer) report.Reporter) string {
	t.Helper()
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	r := to(&b)
	s := report.Summary{Files: 1}
	for e, err := range event.ReadFrom(context.Background(), strings.NewReader(text), "x.ndjson", event.ReadOptions{}) {
		var findings []schema.Finding
		var wrong *event.SyntaxError
		switch {
		case errors.As(err, &wrong):
			findings = []schema.Finding{schema.FromSyntax(wrong)}
		case err != nil:
			t.Fatal(err)
		default:
			findings = v.Check(e)
		}
		s.Add(findings)
		for _, f := range findings {
			if err := r.Finding(f, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := r.Close(s); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func inText(b *bytes.Buffer) report.Reporter { return report.NewText(b, report.TextOptions{Width: 60}) }

func TestText(t *testing.T) {
	phone := strings.Replace(valid, `"id"`, `"phone":1,"id"`, 1)
	for name, test := range map[string]struct{ text, want string }{
		"valid": {valid + "\n" + valid, "2 documents in 1 file: 2 valid\n"},
		"finding": {strings.Replace(valid, `"u"`, `7`, 1), `
x.ndjson:1:59: expected string, found number 7
    …ted","occuredAt":1,"body":{"user":{"id":7,"name":"n"}}}
                                             ^
    at /body/user/id of user.created
    hint: write "7": the ids of users are strings

1 document in 1 file: 0 valid, 1 invalid; 1 finding
`},
		"root and hostile text": {`{"type":"User/Created", "body":{"user":{"id":"` + "\u202e" + `","name":"n"}}}`, `
x.ndjson:1:1: missing "occuredAt"
    {"type":"User/Created", "body":{"user":{"id":"\u202e","…
    ^
    at the root of user.created

1 document in 1 file: 0 valid, 1 invalid; 1 finding
`},
		"syntax": {"{\n\t\"a\": None\n}", `
x.ndjson:2:7: 'N' instead of a value
    "a": None
         ^
    hint: this looks like Python: print it with json.dumps

1 document in 1 file: 0 valid, 1 invalid; 1 finding
`},
		"notes are gathered": {strings.Repeat(phone+"\n", 3) + strings.Replace(valid, `1`, `1700000000000`, 1), `
note: x.ndjson:1:54: unknown field "phone" at /body/user/phone, and 2 more times
note: x.ndjson:4:36: expected Unix seconds, found 1700000000000, which looks like milliseconds at /occuredAt of user.created; divide it by 1000

4 documents in 1 file: 4 valid; 4 notes
`},
		"wide characters": {`{"type":"User/Created","occuredAt":1,"body":{"user":{"name":"山田太郎さん","id":7}}}`, `
x.ndjson:1:75: expected string, found number 7
    …edAt":1,"body":{"user":{"name":"山田太郎さん","id":7}}}
                                                        ^
    at /body/user/id of user.created
    hint: write "7": the ids of users are strings

1 document in 1 file: 0 valid, 1 invalid; 1 finding
`},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(strings.TrimPrefix(test.want, "\n"), write(t, test.text, inText)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTextIsNeverTooWideNorDirty(t *testing.T) {
	hostile := "\x1b[31m\u202e\u200b\ue000\u2028" + strings.Repeat("é字", 300)
	quoted, err := json.Marshal(hostile)
	if err != nil {
		t.Fatal(err)
	}
	text := fmt.Sprintf(`{"type":%s,"occuredAt":%s,%s:1,"body":{"user":{"id":1,%s:2}}}`, quoted, quoted, quoted, quoted)
	for width := 30; width < 140; width += 7 {
		got := write(t, text, func(b *bytes.Buffer) report.Reporter {
			return report.NewText(b, report.TextOptions{Width: width, Palette: render.NewPalette(false)})
		})
		for _, r := range got {
			if r != '\n' && !unicode.IsGraphic(r) || unicode.In(r, unicode.Cf, unicode.Co) {
				t.Fatalf("%q in %q", r, got)
			}
		}
		lines := strings.Split(got, "\n")
		for i, line := range lines {
			if strings.TrimLeft(line, " ") == "^" && render.Width(lines[i-1]) > width {
				t.Errorf("%d cells for %d: %s", render.Width(lines[i-1]), width, lines[i-1])
			}
		}
	}
}

func TestKindsOfNotesAreLimited(t *testing.T) {
	var b strings.Builder
	for i := range 1100 {
		fmt.Fprintf(&b, `"k%d":1,`, i)
	}
	text := strings.Repeat("{"+b.String()[:7000]+`"z":1,`+valid[1:]+"\n", 2)
	got := write(t, text, inText)
	if lines := strings.Count(got, "\n"); lines != 20+3 || !strings.Contains(got, "notes of other kinds\n") {
		t.Errorf("%d lines:\n%s", lines, got)
	}
}

func TestLimit(t *testing.T) {
	text := strings.Repeat("{}\n", 5)
	got := write(t, text, func(b *bytes.Buffer) report.Reporter { return report.Limit(inText(b), 4) })
	if n := strings.Count(got, "missing"); n != 4+3 || !strings.Contains(got, "\n11 more findings, see --max-errors\n") || !strings.Contains(got, "15 findings") {
		t.Errorf("%d:\n%s", n, got)
	}
	if got := write(t, text, func(b *bytes.Buffer) report.Reporter { return report.Limit(inText(b), 0) }); strings.Count(got, "missing") != 15 {
		t.Error(got)
	}
}

func TestErrorsOfAKindAreCounted(t *testing.T) {
	wrong := func(id string) string { return strings.Replace(valid, `"u"`, id, 1) + "\n" }
	text := wrong("{}") + wrong("7") + "{\n" + wrong("8") + wrong(`{"a b":1}`) + wrong("9")
	got := write(t, text, func(b *bytes.Buffer) report.Reporter { return report.Limit(inText(b), 1) })
	want := `
5 more findings, see --max-errors

3 x /body/user/id: expected string, found number; first at x.ndjson:2:59
2 x /body/user/id: expected string, found an object; first at x.ndjson:1:59
`
	if !strings.Contains(got, want) || !strings.Contains(got, "\n1 x '{' instead of") {
		t.Error(got)
	}
	if got := write(t, text, inText); strings.Contains(got, " x /") {
		t.Errorf("all were shown: %s", got)
	}
}

func TestJSON(t *testing.T) {
	text := strings.Replace(valid, `"u"`, `7`, 1) + "\n{}\n" + strings.Replace(valid, `"id"`, `"<x\u202e>":1,"id"`, 1)
	got := write(t, text, func(b *bytes.Buffer) report.Reporter { return report.NewJSON(b) })
	var document struct {
		Konhook  int
		Findings []schema.Finding
		Summary  report.Summary
	}
	if err := json.Unmarshal([]byte(got), &document); err != nil {
		t.Fatalf("%v in %s", err, got)
	}
	if document.Konhook != 1 || len(document.Findings) != 5 || strings.ContainsRune(got, '\u202e') || !strings.Contains(got, `<x\u202e>`) {
		t.Error(got)
	}
	if want := (report.Summary{Files: 1, Documents: 3, Valid: 1, Invalid: 2, Findings: 4, Notes: 1}); document.Summary != want {
		t.Errorf("%+v", document.Summary)
	}
	if got := write(t, valid, func(b *bytes.Buffer) report.Reporter { return report.NewJSON(b) }); got !=
		`{"konhook":1,"findings":[],"summary":{"files":1,"documents":1,"valid":1,"invalid":0,"findings":0,"notes":0}}`+"\n" {
		t.Errorf("without findings: %s", got)
	}
}

func TestNDJSON(t *testing.T) {
	got := write(t, "{}", func(b *bytes.Buffer) report.Reporter { return report.NewNDJSON(b) })
	want := `{"file":"x.ndjson","line":1,"column":1,"document":1,"event":null,"pointer":"","keyword":"required","severity":"error","message":"missing \"occuredAt\"","hint":null}`
	if lines := strings.Split(got, "\n"); len(lines) != 4 || lines[0] != want || lines[3] != "" {
		t.Error(got)
	}
}

func TestGitHub(t *testing.T) {
	text := strings.Replace(valid, `"u"`, `7`, 1) + "\n" + strings.Replace(valid, `"id"`, `"100%,:\r\n":1,"id"`, 1)
	got := write(t, text, func(b *bytes.Buffer) report.Reporter { return report.NewGitHub(b) })
	want := `::error file=x.ndjson,line=1,col=59,title=/body/user/id of user.created::expected string, found number 7%0Awrite "7": the ids of users are strings
::notice file=x.ndjson,line=2,col=54,title=/body/user/100%25%2C%3A\r\n of user.created::unknown field "100%25,:\r\n"
2 documents in 1 file: 1 valid, 1 invalid; 1 finding, 1 note
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

type brokenWriter struct{}

func (brokenWriter) Write([]byte) (int, error) { return 0, errors.ErrUnsupported }

func TestErrorsOfTheWriterComeBack(t *testing.T) {
	for name, r := range map[string]report.Reporter{
		"text": report.NewText(brokenWriter{}, report.TextOptions{}), "json": report.NewJSON(brokenWriter{}),
		"ndjson": report.NewNDJSON(brokenWriter{}), "github": report.NewGitHub(brokenWriter{}),
	} {
		if err := r.Finding(schema.Finding{Severity: schema.Error}, 0); !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

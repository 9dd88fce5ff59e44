package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/report"
	"github.com/konhook/konhook/pkg/schema"
)

var update = flag.Bool("update", false, "write the golden files again")

func golden(t *testing.T, name, got string) {
	t.Helper()
	name = "testdata/" + name
	if *update {
		if err := os.WriteFile(name, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Error(diff)
	}
}

// mixed has a note twice, what could be a link, and a document that is broken.
var mixed = strings.Repeat(strings.Replace(valid, `"id"`, `"phone":1,"id"`, 1)+"\n", 2) +
	strings.Replace(valid, `"occuredAt":1`, `"occuredAt":"<[x](http://e)\u001b\ufffe"`, 1) + "\n{]\n"

func inSARIF(b *bytes.Buffer) report.Reporter { return report.NewSARIF(b, "1.2.3") }

func TestSARIF(t *testing.T) {
	got := write(t, mixed, inSARIF)
	if !json.Valid([]byte(got)) {
		t.Fatalf("not JSON: %s", got)
	}
	golden(t, "mixed.sarif", got)
	golden(t, "failed.sarif", failedInSARIF(t, 1, 0))
	golden(t, "valid.sarif", write(t, valid, inSARIF))
}

// failedInSARIF writes a log of files that could not be read.
func failedInSARIF(t *testing.T, files, limit int) string {
	t.Helper()
	var b bytes.Buffer
	r := report.Limit(inSARIF(&b), limit)
	for range files {
		if err := r.(report.FailureReporter).Failed("a b.json", os.ErrPermission); err != nil {
			t.Fatal(err)
		}
	}
	if err := r.Close(report.Summary{}); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestSARIFBoundsFailures(t *testing.T) {
	got := failedInSARIF(t, 105, 3)
	if strings.Count(got, "permission denied") != 100 || !strings.Contains(got, `"5 more failures"`) || !json.Valid([]byte(got)) {
		t.Error(got)
	}
}

func TestTheOtherFormats(t *testing.T) {
	for name, to := range map[string]func(*bytes.Buffer) report.Reporter{
		"txt":    inText,
		"json":   func(b *bytes.Buffer) report.Reporter { return report.NewJSON(b) },
		"ndjson": func(b *bytes.Buffer) report.Reporter { return report.NewNDJSON(b) },
		"github": func(b *bytes.Buffer) report.Reporter { return report.NewGitHub(b) },
	} {
		golden(t, "mixed."+name, write(t, mixed, to))
	}
}

type result struct {
	PartialFingerprints map[string]string
	Locations           []struct {
		PhysicalLocation struct {
			ArtifactLocation struct{ URI string }
		}
	}
}

func results(t *testing.T, text string) []result {
	t.Helper()
	var document struct{ Runs []struct{ Results []result } }
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		t.Fatal(err)
	}
	return document.Runs[0].Results
}

func TestFingerprintsFollowTheFinding(t *testing.T) {
	wrong := strings.Replace(valid, `"u"`, `7`, 1)
	moved := results(t, write(t, wrong+"\n"+valid+"\n "+wrong+"\n{}", inSARIF))
	known := map[string]int{}
	for _, r := range moved {
		known[r.PartialFingerprints["konhookFinding/v1"]]++
	}
	first, second := moved[0].PartialFingerprints, moved[1].PartialFingerprints
	if !cmp.Equal(first, second) || len(known) != 4 {
		t.Errorf("%v and %v; %v", first, second, known)
	}
}

func TestSARIFNamesFiles(t *testing.T) {
	for file, want := range map[string]string{
		"./a/../b.json": "b.json", "../x y%.json": "../x%20y%25.json", "a:b.json": "./a:b.json", "/a#b/\u202e": "file:///a%23b/%E2%80%AE", "-": "stdin",
	} {
		var b bytes.Buffer
		r := report.NewSARIF(&b, "1")
		if err := errors.Join(r.Finding(schema.Finding{File: file, Severity: schema.Error}, 0), r.Close(report.Summary{})); err != nil {
			t.Fatal(err)
		}
		if got := results(t, b.String())[0].Locations[0].PhysicalLocation.ArtifactLocation.URI; got != want {
			t.Errorf("%q: %q, want %q", file, got, want)
		}
	}
}

// inJUnit writes a report on some files of four documents each.
func inJUnit(t *testing.T, most int, files ...string) string {
	t.Helper()
	var b bytes.Buffer
	r := report.NewJUnit(&b)
	report.Limit(r, most)
	wrong := func(file string, document int, message string) schema.Finding {
		return schema.Finding{File: file, Line: document, Column: 1, Document: document, Keyword: "type", Severity: schema.Error, Message: message}
	}
	var all []error
	for _, file := range files {
		note := wrong(file, 3, "unknown <field>")
		note.Severity = schema.Note
		all = append(all,
			r.Begin(file), r.Finding(wrong(file, 2, "one \x1b\ufffe<&\"]]>"), 0), r.Finding(wrong(file, 2, "two"), 0), r.Finding(note, 4),
			r.Documents(3), r.Failed(4, &event.DamageError{Place: event.Place{File: file, Line: 4, Column: 1}, Reason: "cut"}), r.Documents(1),
			r.Failed(0, os.ErrPermission))
	}
	if err := errors.Join(append(all, r.Close(report.Summary{}))...); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestJUnit(t *testing.T) {
	golden(t, "mixed.junit.xml", inJUnit(t, 0, "a.ndjson", "<\u202e>&.json"))
	golden(t, "none.junit.xml", inJUnit(t, 0))
	golden(t, "limited.junit.xml", inJUnit(t, 1, "a.ndjson"))
	type outcome struct {
		Text string `xml:",chardata"`
	}
	var suites struct {
		Suites []struct {
			Cases []struct {
				Failure *outcome `xml:"failure"`
				Error   *outcome `xml:"error"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(inJUnit(t, 1, "a", "b")), &suites); err != nil {
		t.Fatal(err)
	}
	for i, s := range suites.Suites {
		if len(s.Cases) != 5 || s.Cases[0].Failure != nil || s.Cases[1].Failure == nil || s.Cases[3].Error == nil {
			t.Errorf("suite %d: %+v", i, s)
		}
	}
}

func TestJUnitCutsLongFiles(t *testing.T) {
	var b bytes.Buffer
	r := report.NewJUnit(&b)
	wrong := schema.Finding{File: "x", Document: 5_001, Severity: schema.Error, Message: "m"}
	if err := errors.Join(r.Begin("x"), r.Finding(wrong, 0), r.Documents(10_000), r.Begin("y"), r.Close(report.Summary{})); err != nil {
		t.Fatal(err)
	}
	var suites []string
	for line := range strings.Lines(b.String()) {
		if strings.HasPrefix(line, "<testsuite ") {
			suites = append(suites, line)
		}
	}
	want := []string{
		"<testsuite name=\"x\" tests=\"5000\" failures=\"0\" errors=\"0\">\n", "<testsuite name=\"x\" tests=\"5000\" failures=\"1\" errors=\"0\">\n",
		"<testsuite name=\"y\" tests=\"0\" failures=\"0\" errors=\"0\">\n",
	}
	if diff := cmp.Diff(want, suites); diff != "" || strings.Count(b.String(), "<testcase ") != 10_000 {
		t.Error(diff)
	}
}

func TestErrorsOfTheWriterComeBackFromJUnit(t *testing.T) {
	r := report.NewJUnit(brokenWriter{})
	for name, err := range map[string]error{"begin": r.Begin("x"), "documents": r.Documents(20_001), "close": r.Close(report.Summary{})} {
		if !errors.Is(err, errors.ErrUnsupported) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

package main

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// reported runs validate in a format on what reports differ by, and returns the
// files with the reports.
func reported(t *testing.T, format string) []string {
	t.Helper()
	events, err := filepath.Abs(filepath.Join("..", "..", "testdata", "events"))
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	inputs := map[string]string{
		"syntax %&<.ndjson": "{]\n{\"type\":'x'}\n\"\xff\"\n{} {}\n[x](http://e) \x1b\n",
		"captures.ndjson":   `{"konhook":1,"body":"{}"}` + "\n" + `{"konhook":1,"bo` + "\n" + `{"konhook":1,"body":"{}"}` + "\n",
		"notes.json":        `{"type":"User/Created","occuredAt":1,"body":{"user":{"id":"u","name":"n","a":1,"a":2,"<\u202e]]>":3}}}`,
		"empty.json":        "",
	}
	for name, text := range inputs {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	broken := brokenEvents(konhookIn(t, dir, "", exitOK, "sample", "--count", "40", "--seed", "1", "-f", "ndjson"))
	var reports []string
	for name, run := range map[string]struct {
		code  int
		stdin string
		args  []string
	}{
		"broken":     {exitNo, broken, nil},
		"valid":      {exitOK, "", []string{events}},
		"whole path": {exitNo, broken, []string{"--strict", filepath.Join(dir, "notes.json"), "-"}},
		"nothing":    {exitOK, "", []string{t.TempDir()}},
		"unreadable": {exitMachine, "", []string{"none.json", "."}},
		"cut":        {exitMachine, "", []string{"--max-errors", "1", "none.json", "."}},
		"first":      {exitNo, "", []string{"--fail-fast", "empty.json", "notes.json"}},
	} {
		out := konhookIn(t, dir, run.stdin, run.code, append([]string{"validate", "-f", format}, run.args...)...)
		file := filepath.Join(t.TempDir(), name+"."+format)
		if err := os.WriteFile(file, out, 0o600); err != nil {
			t.Fatal(err)
		}
		reports = append(reports, file)
	}
	return reports
}

// brokenEvents breaks each of the events in each of many ways.
func brokenEvents(events []byte) string {
	var b strings.Builder
	for line := range bytes.Lines(events) {
		for _, change := range [][2]string{
			{`"occuredAt":`, `"occurredAt":`}, {`"occuredAt":`, `"occuredAt":1e400,"x":`}, {`"type":"`, `"type":"No`},
			{`"id":`, `"ID":`}, {`"id":`, `"id":{},"id":`}, {`"id":"`, `"id":"\u202e\u0000\ufffe](http://`}, {`"name":`, `"name":null,"N":`},
			{`"body":{`, `"body":[{`}, {`"body":`, `"body":0,"y":`},
		} {
			b.WriteString(strings.Replace(string(line), change[0], change[1], 1))
		}
	}
	return b.String()
}

// konhookIn runs the program in a folder and returns its standard output.
func konhookIn(t *testing.T, dir, stdin string, code int, args ...string) []byte {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "konhook", args...)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	cmd.Stdin = bytes.NewReader([]byte(stdin))
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != code {
		t.Fatalf("%v: %v, want exit code %d\n%s", args, err, code, stderr.Bytes())
	}
	return stdout.Bytes()
}

// published returns the file that an environment variable names.
func published(t *testing.T, variable, what string) string {
	t.Helper()
	file := os.Getenv(variable)
	need(t, file != "", variable+", "+what+",")
	return file
}

// TestSARIFFollowsItsSchema holds reports against the JSON Schema of SARIF 2.1.0
// that KONHOOK_SARIF_SCHEMA names: konhook checks its own reports.
func TestSARIFFollowsItsSchema(t *testing.T) {
	schema := published(t, "KONHOOK_SARIF_SCHEMA", "the published JSON Schema of SARIF 2.1.0")
	konhookIn(t, t.TempDir(), `{"version":"2.1.0","runs":[{}]}`, exitNo, "validate", "--schema", schema, "--assert-format", "-")
	for _, file := range reported(t, "sarif") {
		out := konhookIn(t, t.TempDir(), "", exitOK, "validate", "--schema", schema, "--assert-format", file)
		if !bytes.HasPrefix(out, []byte("1 document in 1 file: 1 valid\n")) {
			t.Errorf("%s: %s", file, out)
		}
	}
}

// TestSARIFIsTakenByCodeScanning asks Microsoft's validator, which
// KONHOOK_SARIF_TOOL names, for the rules of GitHub's code scanning.
func TestSARIFIsTakenByCodeScanning(t *testing.T) {
	tool := published(t, "KONHOOK_SARIF_TOOL", "the SARIF multitool")
	out := filepath.Join(t.TempDir(), "out.sarif")
	args := append([]string{"validate", "--rule-kind", "Sarif;Ghas", "--level", "Error", "-o", out}, reported(t, "sarif")...)
	cmd := exec.CommandContext(t.Context(), tool, args...)
	cmd.Env = append(os.Environ(), "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1", "DOTNET_CLI_TELEMETRY_OPTOUT=1")
	if text, err := cmd.CombinedOutput(); err != nil || bytes.Contains(text, []byte(": error ")) {
		t.Errorf("%v\n%s", err, text)
	}
}

// probed returns a file with the report of a probe in JUnit's XML, in which there
// are all outcomes.
func probed(t *testing.T) string {
	t.Helper()
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(app.Close)
	out := konhookIn(t, t.TempDir(), "", exitNo, "probe", app.URL, "--max-latency", "20s", "-f", "junit")
	for _, outcome := range []string{"<failure ", "<skipped>", "<system-out>", "></testcase>"} {
		if !bytes.Contains(out, []byte(outcome)) {
			t.Errorf("no %s", outcome)
		}
	}
	file := filepath.Join(t.TempDir(), "probe.junit")
	if err := os.WriteFile(file, out, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestJUnitFollowsItsSchema holds reports against the XML Schema of Jenkins that
// KONHOOK_JUNIT_SCHEMA names.
func TestJUnitFollowsItsSchema(t *testing.T) {
	schema := published(t, "KONHOOK_JUNIT_SCHEMA", "the XML Schema that Jenkins publishes for JUnit")
	xmllint := needProgram(t, "xmllint")
	args := append([]string{"--nonet", "--noout", "--schema", schema, probed(t)}, reported(t, "junit")...)
	if text, err := exec.CommandContext(t.Context(), xmllint, args...).CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, text)
	}
}

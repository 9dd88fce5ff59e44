package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/go-json-experiment/json/jsontext"
)

// colours matches what a palette puts around text.
var colours = regexp.MustCompile("\x1b\\[[0-9;]*m")

// onTerminal runs a command whose streams are a terminal.
func onTerminal(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	var out, err bytes.Buffer
	s := &streams{in: strings.NewReader(""), out: &out, err: &err, inTTY: true, outTTY: true, errTTY: true, width: 80}
	code = run(t.Context(), args, s)
	return code, out.String(), err.String()
}

// hostile is an event that would like to drive a terminal, in a file and a
// capture whose names and members would too.
func hostile(t *testing.T) (plain, captured string) {
	t.Helper()
	const payload = "{\"type\":\"\u202eepyT\",\"a\":\"\u009b31m\x7f\U000e0041\u2028\",\"\u200bkey\":1}"
	quoted, err := jsontext.AppendQuote(nil, payload)
	if err != nil {
		t.Fatal(err)
	}
	capture := "{\"konhook\":1,\"id\":\"\u202e1\",\"at\":\"2026-01-15T09:30:00Z\",\"via\":\"listen\",\"event\":null,\"method\":\"POST\"," +
		"\"url\":\"/\u009b2J\",\"headers\":[[\"X-\u202e\",\"\u009b\"],[\"X-A\",\"\\u001b[2J\"]],\"remote\":null,\"body\":" + string(quoted) +
		",\"valid\":null,\"refused\":\"\u202e\",\"response\":null}\n" +
		`{"konhook":1,"id":"2","at":"2026-01-15T09:30:00Z","via":"listen","event":null,"method":"POST","url":"/","headers":[],"remote":null,"body64":"G1szMW3/AA==","valid":null,"refused":null,"response":null}` + "\n"
	dir, name := t.TempDir(), "\u202e\x1b.json"
	plain, captured = filepath.Join(dir, name), filepath.Join(dir, "week.ndjson")
	for path, text := range map[string]string{plain: payload, captured: capture} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return plain, captured
}

// TestNothingDrivesTheTerminal shows hostile events in every format.
func TestNothingDrivesTheTerminal(t *testing.T) {
	plain, captured := hostile(t)
	for _, format := range []string{"pretty", "compact", "json", "ndjson", "raw", "capture", "curl"} {
		for _, more := range [][]string{nil, {"--redact"}, {"--jq", "."}, {"--jq", ".a"}, {"--jq", ".a|error"}, {"--event", "\x1b"}} {
			args := append([]string{"show", plain, captured, plain + "\u202e", "-f", format}, more...)
			_, stdout, stderr := onTerminal(t, args...)
			for _, text := range []string{stdout, stderr} {
				if bad := unprintable(colours.ReplaceAllString(text, "")); bad != "" {
					t.Errorf("%q: %s in %q", args, bad, text)
				}
			}
			if len(stdout)+len(stderr) == 0 {
				t.Errorf("%q prints nothing", args)
			}
		}
	}
}

// unprintable names what must not reach a terminal.
func unprintable(s string) string {
	if !utf8.ValidString(s) {
		return "bytes that are not UTF-8"
	}
	for _, r := range s {
		if r != '\n' && r != '\t' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Co, unicode.Zl, unicode.Zp) {
			return fmt.Sprintf("%U", r)
		}
	}
	return ""
}

// TestShowIsExactWhereNoTerminalReads holds what machines get: the same bytes.
func TestShowIsExactWhereNoTerminalReads(t *testing.T) {
	plain, _ := hostile(t)
	want, err := os.ReadFile(plain)
	if err != nil {
		t.Fatal(err)
	}
	for _, format := range []string{"json", "ndjson", "raw"} {
		var out, stderr bytes.Buffer
		t.Setenv("XDG_CONFIG_HOME", t.TempDir())
		code := run(t.Context(), []string{"show", plain, "-f", format, "--color", "always"}, &streams{in: strings.NewReader(""), out: &out, err: &stderr, width: 80})
		if got := strings.TrimSuffix(out.String(), "\n"); code != 0 || got != string(want) || stderr.Len() > 0 {
			t.Errorf("%s: exit %d, %q, want %q; %s", format, code, got, want, &stderr)
		}
	}
}

// TestShowOnATerminal is about what only a person sees: what each event is, and
// a line break at the end.
func TestShowOnATerminal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "e.json")
	if err := os.WriteFile(path, []byte(`{"type":"User/Edited","occuredAt":0}`), 0o600); err != nil {
		t.Fatal(err)
	}
	code, stdout, stderr := onTerminal(t, "show", path)
	if code != 0 || !strings.Contains(stderr, "e.json:1  1970-01-01T00:00:00Z  user.edited") {
		t.Errorf("exit %d, stderr %q", code, stderr)
	}
	if !colours.MatchString(stdout) || strings.Contains(stdout, "e.json") {
		t.Errorf("stdout %q", stdout)
	}
	if _, stdout, _ := onTerminal(t, "show", path, "-f", "raw"); stdout != `{"type":"User/Edited","occuredAt":0}`+"\n" {
		t.Errorf("raw: %q", stdout)
	}
	if code, _, stderr := onTerminal(t, "show"); code != exitUsage || !strings.Contains(stderr, "konhook show week.ndjson\n") {
		t.Errorf("no source: exit %d, %q", code, stderr)
	}
	if _, _, stderr := onTerminal(t, "show", path, "-q"); stderr != "" {
		t.Errorf("quiet: %q", stderr)
	}
}

// TestSampleOnATerminal holds that samples are clean and in colour there.
func TestSampleOnATerminal(t *testing.T) {
	for _, format := range []string{"pretty", "json", "ndjson", "capture"} {
		code, stdout, stderr := onTerminal(t, "sample", "--set", "/body/x=\u202e", "-f", format)
		if bad := unprintable(colours.ReplaceAllString(stdout, "")); code != 0 || bad != "" || stderr != "" {
			t.Errorf("%s: exit %d, %s in %q, %q", format, code, bad, stdout, stderr)
		}
		if got := strings.Contains(stdout, "\x1b["); got != (format == "pretty") {
			t.Errorf("%s: colours %v", format, got)
		}
	}
}

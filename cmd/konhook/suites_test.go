package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestJSONTestSuite shows the files of JSONTestSuite to the program. KONHOOK_SUITES
// names the folder that holds them in nst/test_parsing. Source of the files:
// github.com/nst/JSONTestSuite.
func TestJSONTestSuite(t *testing.T) {
	suites := os.Getenv("KONHOOK_SUITES")
	need(t, suites != "", "KONHOOK_SUITES, the folder of the conformance suites,")
	schema := filepath.Join(t.TempDir(), "anything.json")
	if err := os.WriteFile(schema, []byte("true"), 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name    string
		files   int
		refused func(refused bool) bool // whether that is right
	}{
		{"y", 95, func(refused bool) bool { return !refused }},
		{"n", 188, func(refused bool) bool { return refused }},
		{"i", 35, func(bool) bool { return true }}, // either, but never a crash
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			files, err := filepath.Glob(filepath.Join(suites, "nst", "test_parsing", tt.name+"_*.json"))
			if err != nil || len(files) != tt.files {
				t.Fatalf("%d files (%v), want %d", len(files), err, tt.files)
			}
			refused := validateFiles(t, schema, files)
			for _, file := range files {
				if !tt.refused(refused[file]) {
					t.Errorf("%s: refused is %v", filepath.Base(file), refused[file])
				}
			}
		})
	}
}

// validateFiles checks files against a schema and tells which were refused.
func validateFiles(t *testing.T, schema string, files []string) map[string]bool {
	t.Helper()
	args := append([]string{"validate", "--schema", schema, "-f", "ndjson"}, files...)
	cmd := exec.CommandContext(t.Context(), "konhook", args...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != exitNo) {
		t.Fatalf("%v\n%s", err, stderr.Bytes())
	}
	refused := map[string]bool{}
	for line := range bytes.Lines(out) {
		var finding struct{ File, Severity string }
		if err := json.Unmarshal(line, &finding); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if finding.Severity == "error" {
			refused[finding.File] = true
		}
	}
	if (err != nil) != (len(refused) > 0) {
		t.Errorf("%d files were refused, but the program ended with %v", len(refused), err)
	}
	return refused
}

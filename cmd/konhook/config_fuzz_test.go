package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// FuzzConfig reads configuration files of any content, each with a key in it. That
// gives settings or a wrong use, never a key in the words of an error.
func FuzzConfig(f *testing.F) {
	for _, seed := range [][2]string{
		{"", ""},
		{"site: acme\n", "timeout: 5s\nprofile: test\nprofiles:\n  test:\n    site: other\n"},
		{"site: \"", "\"\n"},
		{"routes: [", "]\n"},
		{"a: &x [*x]\n", "b: *x\n"},
		{"? ", ": x\n"},
		{"site: |\n", "  x\n"},
		{"%YAML 9\n---\n", "...\n"},
		{"api-key: x\n", "API-KEY: y\n"},
		{"<<: {site: a}\n", "!!binary x: y\n"},
		{"\tx", "\x00\xff"},
	} {
		f.Add([]byte(seed[0]), []byte(seed[1]))
	}
	const key = "canary0123456789ABCDEFGHIJKLMNOP"
	f.Fuzz(func(t *testing.T, before, behind []byte) {
		text := string(before) + "\napi-key: " + key + "\n" + string(behind)
		path := filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		file, err := readConfig(t.Context(), path)
		if err != nil {
			if strings.Contains(err.Error(), key[:16]) {
				t.Errorf("%q: the key is in %v", text, err)
			}
			if strings.ContainsAny(err.Error(), "\n") {
				t.Errorf("%q: an error of several lines: %v", text, err)
			}
			return
		}
		if file == nil || file.merged(file.defaultProfile()) == nil {
			t.Errorf("%q: neither settings nor an error", text)
		}
		// What was read can be changed, or only by hand.
		edited, err := setYAML([]byte(text), "", "site", "acme")
		if err != nil {
			return
		}
		if again, err := parseConfig(edited); err == nil && again.values["site"] != "acme" {
			t.Errorf("%q became %q", text, edited)
		}
	})
}

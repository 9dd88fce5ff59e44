package main

import (
	"strings"
	"testing"
)

// What is wrong with a URL or a header is told without what may be a secret in it.
func TestWrongUsesShowNoSecrets(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	const canary = "SEKRET"
	file := "../../testdata/events/user.created.json"
	for _, args := range [][]string{
		{"replay", file, "--to", "user:" + canary + "@127.0.0.1:9/"},
		{"replay", file, "--to", "localhost:9/x?k=" + canary},
		{"replay", file, "--to", "http://u:" + canary + "%zz@localhost:9/"},
		{"replay", file, "--route", ",=http://u:" + canary + "@localhost:9/"},
		{"replay", file, "--route", "http://u:" + canary + "@localhost:9/"},
		{"replay", file, "--route", "user.created=http://u:" + canary + "@localhost:9/", "--route", "user.created=http://u:" + canary + "@localhost:9/"},
		{"replay", file, "--to", "http://localhost:9/", "-H", "Authorization=Bearer " + canary},
		{"replay", file, "--to", "http://localhost:9/", "-H", "Bearer " + canary},
		{"probe", "localhost:9/x?k=" + canary},
		{"listen", "--forward-to", "u:" + canary + "@h"},
		{"listen", "--forward-to", "http://u:" + canary + "%zz@h"},
		{"listen", "--route", "course.*=ftp://u:" + canary + "@h"},
		{"watch", "--site", "a", "--forward-to", "u:" + canary + "@h"},
	} {
		var out, err strings.Builder
		code := run(t.Context(), args, &streams{in: strings.NewReader(""), out: &out, err: &err, width: 80})
		if code != exitUsage {
			t.Errorf("%q: exit code %d\n%s", args, code, err.String())
		}
		if strings.Contains(out.String()+err.String(), canary) {
			t.Errorf("%q:\n%s", args, err.String())
		}
	}
}

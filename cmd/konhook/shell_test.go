//go:build unix

package main

import (
	"os/exec"
	"testing"

	"github.com/konhook/konhook/pkg/render"
)

func TestShellWord(t *testing.T) {
	for name, want := range map[string]string{
		"plain.json":       "plain.json",
		"":                 "''",
		"a b":              "'a b'",
		"it's":             `'it'\''s'`,
		"$HOME `id` \\n *": "'$HOME `id` \\n *'",
		"Änn 山":            "'Änn 山'",
		"a\u200db":         `$'a\342\200\215b'`,
		"\u202e'\\Ä":       `$'\342\200\256\'\\Ä'`,
		"\x1b[31m":         `$'\033[31m'`,
		"\n\t\r\x7f":       `$'\012\011\015\177'`,
		"\x019":            `$'\0019'`,
		"\xff\xe2\x82":     `$'\377\342\202'`,
		"\ufffd\xff":       "$'\ufffd\\377'",
		"\U000e0041":       `$'\363\240\201\201'`,
	} {
		word := shellWord(name)
		if word != want || render.CleanLine(word) != word {
			t.Errorf("shellWord(%q) = %s, want %s", name, word, want)
		}
		out, err := exec.CommandContext(t.Context(), "bash", "-c", "printf %s "+word).Output()
		if err != nil || string(out) != name {
			t.Errorf("bash makes %q of %s, want %q (%v)", out, word, name, err)
		}
	}
}

package api

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestParseKey(t *testing.T) {
	long := strings.Repeat("k", KeyLength)
	tests := []struct {
		in, want string
		notes    int
		refused  string
	}{
		{long, long, 0, ""},
		{long + "\n", long, 1, ""},
		{long + "\r\n", long, 1, ""},
		{"short", "short", 1, ""},
		{"short\n", "short", 2, ""},
		{"two words", "two words", 1, ""},
		{strings.Repeat("é", KeyLength), strings.Repeat("é", KeyLength), 0, ""},
		{"se\ncret", "", 0, "byte 3 is no printable character"},
		{"secret\t", "", 0, "byte 7"},
		{"\x00secret", "", 0, "byte 1"},
		{"sec\u202eret", "", 0, "byte 4"},
		{"sec\xffret", "", 0, "byte 4"},
		{"\ufeffsecret", "", 0, "byte 1"},
	}
	for _, test := range tests {
		key, notes, err := ParseKey([]byte(test.in))
		if key.Reveal() != test.want || len(notes) != test.notes {
			t.Errorf("ParseKey(%q) = %q, %q", test.in, key.Reveal(), notes)
		}
		var config *ConfigError
		if refused := errors.As(err, &config); refused != (test.refused != "") || refused && !strings.Contains(err.Error(), test.refused) {
			t.Errorf("ParseKey(%q): error %v, want %q", test.in, err, test.refused)
		}
	}
	for _, empty := range []string{"", "\n", "\r\n"} {
		if _, _, err := ParseKey([]byte(empty)); !errors.Is(err, ErrNoKey) {
			t.Errorf("ParseKey(%q): %v", empty, err)
		}
	}
}

func TestKeyHides(t *testing.T) {
	key := canaryKey(t)
	type hidden struct{ k Key }
	var b strings.Builder
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%T", "%p", "%!"} {
		for _, v := range []any{key, &key, hidden{key}, &hidden{key}, []Key{key}, map[string]Key{"k": key}, Options{Key: key}, &Client{key: key}} {
			fmt.Fprintf(&b, verb+"\n", v)
		}
	}
	log := slog.New(slog.NewJSONHandler(&b, nil))
	log.Info("x", "key", key, "options", []Key{key})
	text, err := json.Marshal(map[string]any{"key": key, "in": struct{ K Key }{key}})
	if err != nil {
		t.Fatal(err)
	}
	b.Write(text)
	asHex := fmt.Sprintf("%x", canary)
	if s := b.String(); strings.Contains(s, canary) || strings.Contains(strings.ToLower(s), asHex) {
		t.Errorf("the key shows:\n%s", s)
	}
	if (Key{}).String() != "" || !(Key{}).IsZero() {
		t.Error("the zero key is one")
	}
}

func TestRedact(t *testing.T) {
	const odd = `a"b\c d&e<f>é/%`
	key, _, err := ParseKey([]byte(odd))
	if err != nil {
		t.Fatal(err)
	}
	inJSON, err := json.Marshal(odd)
	if err != nil {
		t.Fatal(err)
	}
	for _, form := range append(disguises(odd), odd, string(inJSON)) {
		got := key.redact("<" + form + ">")
		if strings.Contains(got, strings.Trim(form, `"`)) || !strings.Contains(got, redacted) {
			t.Errorf("redact(%q) = %q", form, got)
		}
	}
}

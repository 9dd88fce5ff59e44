package render

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestClean(t *testing.T) {
	for _, c := range []struct{ name, in, want, line string }{
		{"plain", "plain text", "plain text", "plain text"},
		{"languages", "Zoë Иванов 山田 أحمد नमस्ते 👍", "Zoë Иванов 山田 أحمد नमस्ते 👍", "Zoë Иванов 山田 أحمد नमस्ते 👍"},
		{"newline and tab", "a\n\tb", "a\n\tb", `a\n\tb`},
		{"carriage return", "a\rb", `a\rb`, `a\rb`},
		{"colour", "\x1b[31mred\x1b[0m", `\x1b[31mred\x1b[0m`, `\x1b[31mred\x1b[0m`},
		{"title", "\x1b]0;owned\a", `\x1b]0;owned\x07`, `\x1b]0;owned\x07`},
		{"delete", "a\x7f", `a\x7f`, `a\x7f`},
		{"nul", "\x00", `\x00`, `\x00`},
		{"c1", "\u009b31m", `\u009b31m`, `\u009b31m`},
		{"bidi", "\u202egnp.exe", `\u202egnp.exe`, `\u202egnp.exe`},
		{"zero width", "a\u200b\ufeffb", `a\u200b\ufeffb`, `a\u200b\ufeffb`},
		{"separators", "a\u2028b\u2029", `a\u2028b\u2029`, `a\u2028b\u2029`},
		{"tags", "\U000e0041", `\U000e0041`, `\U000e0041`},
		{"private use", "\ue000\U0010fffd", `\ue000\U0010fffd`, `\ue000\U0010fffd`},
		{"noncharacter", "\ufffe\U0001ffff", `\ufffe\U0001ffff`, `\ufffe\U0001ffff`},
		{"unassigned", "\u0378", `\u0378`, `\u0378`},
		{"bad bytes", "a\xffb\xe2\x82", `a\xffb\xe2\x82`, `a\xffb\xe2\x82`},
		{"surrogate in UTF-8", "\xed\xa0\x80", `\xed\xa0\x80`, `\xed\xa0\x80`},
		{"overlong", "\xc0\x9b", `\xc0\x9b`, `\xc0\x9b`},
		{"replacement character", "\ufffd", "\ufffd", "\ufffd"},
		{"backslash", `\x1b`, `\x1b`, `\x1b`},
		{"empty", "", "", ""},
	} {
		if got := Clean(c.in); got != c.want {
			t.Errorf("%s: Clean(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
		if got := CleanBytes([]byte(c.in)); string(got) != c.want {
			t.Errorf("%s: CleanBytes(%q) = %q, want %q", c.name, c.in, got, c.want)
		}
		if got := CleanLine(c.in); got != c.line {
			t.Errorf("%s: CleanLine(%q) = %q, want %q", c.name, c.in, got, c.line)
		}
	}
}

// TestCleanEveryCodePoint holds the whole of Unicode against its categories.
func TestCleanEveryCodePoint(t *testing.T) {
	for r := rune(0); r <= unicode.MaxRune; r++ {
		s := string(r) // surrogates become U+FFFD, which is graphic
		got := Clean(s)
		if bad := forbidden(got); bad != "" {
			t.Fatalf("Clean(%U) = %q holds %s", r, got, bad)
		}
		if utf8.ValidRune(r) && unicode.IsGraphic(r) && got != s {
			t.Errorf("Clean(%U) = %q, but it is graphic", r, got)
		}
	}
}

func TestCleanWithoutNeedAllocatesNothing(t *testing.T) {
	s := "Course «Größe & Übersicht» — обучение 入門\n"
	b := []byte(s)
	if n := testing.AllocsPerRun(100, func() { _, _, _ = Clean(s), CleanLine(s[:len(s)-1]), CleanBytes(b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestCleanBytesLeavesItsArgument(t *testing.T) {
	b := []byte("\x1b[31m")
	CleanBytes(b)
	if string(b) != "\x1b[31m" {
		t.Errorf("changed to %q", b)
	}
}

// forbidden names what s holds that must never reach a terminal.
func forbidden(s string) string {
	if !utf8.ValidString(s) {
		return "bytes that are not UTF-8"
	}
	for _, r := range s {
		switch {
		case r == '\n' || r == '\t':
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Cs, unicode.Co, unicode.Zl, unicode.Zp):
			return string(appendEscape(nil, r))
		}
	}
	return ""
}

func FuzzClean(f *testing.F) {
	for _, s := range []string{"", "plain", "\x1b]8;;http://x\x1b\\", "\u202e\u200b\U000e0041", "\xff\xe2\x82", "a\r\n\tb", "山田👩‍👧"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		text, line := Clean(s), CleanLine(s)
		for _, got := range []string{text, line} {
			if bad := forbidden(got); bad != "" {
				t.Errorf("%q becomes %q, which holds %s", s, got, bad)
			}
			if Clean(got) != got {
				t.Errorf("%q is cleaned to %q and then to %q", s, got, Clean(got))
			}
		}
		if strings.ContainsAny(line, "\n\t") {
			t.Errorf("%q holds a line break or a tab", line)
		}
		if b := CleanBytes([]byte(s)); string(b) != text {
			t.Errorf("bytes %q, string %q", b, text)
		}
		if len(s) > 0 && len(text) == 0 {
			t.Errorf("%q vanishes", s)
		}
	})
}

func BenchmarkClean(b *testing.B) {
	for name, s := range map[string]string{
		"ascii":  strings.Repeat("customer leadership ", 50),
		"mixed":  strings.Repeat("Größe обучение 入門 ", 50),
		"escape": strings.Repeat("\x1b[31mred", 50),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			for b.Loop() {
				Clean(s)
			}
		})
	}
}

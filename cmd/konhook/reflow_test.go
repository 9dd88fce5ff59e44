package main

import "testing"

func TestReflow(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"", ""},
		{"one two\nthree", "one two three"},
		{"one two three four five six", "one two three four\nfive six"},
		{"a\n\nb", "a\n\nb"},
		{"  key  some words that go on", "  key  some words\n       that go on"},
		{"  plain line that is long enough", "  plain line that is\n  long enough"},
		{"averyveryverylongwordthatcannotbreak", "averyveryverylongwordthatcannotbreak"},
	} {
		if got := reflow(c.text, 20); got != c.want {
			t.Errorf("reflow(%q) = %q, want %q", c.text, got, c.want)
		}
	}
}

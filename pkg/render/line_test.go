package render

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestLine(t *testing.T) {
	spans := []Span{{Text: "12:00 ", Look: (*Palette).Dim}, {Text: "山田"}, {}, {Text: " ok", Look: (*Palette).Good}}
	for cells, want := range map[int]string{
		-1: "12:00 山田 ok", 0: "12:00 山田 ok", 13: "12:00 山田 ok", 14: "12:00 山田 ok", 12: "12:00 山田 …",
		11: "12:00 山田…", 10: "12:00 山…", 9: "12:00 山…", 8: "12:00 …", 7: "12:00 …", 6: "12:00…", 1: "…",
	} {
		if got := Line(nil, cells, spans...); got != want {
			t.Errorf("%d cells: %q, want %q", cells, got, want)
		}
		coloured := Line(NewPalette(true), cells, spans...)
		if got := sgr.ReplaceAllString(coloured, ""); got != want {
			t.Errorf("%d cells in colour: %q, want %q", cells, got, want)
		}
		if ends := strings.Count(coloured, "\x1b[0m") + strings.Count(coloured, "\x1b[22m"); 2*ends != strings.Count(coloured, "\x1b[") {
			t.Errorf("%d cells: a colour is not ended in %q", cells, coloured)
		}
	}
	if got := Line(nil, 3, Span{Text: "abc"}, Span{}); got != "abc" {
		t.Errorf("nothing behind what fits: %q", got)
	}
	if got := Line(nil, 3, Span{Text: "abc"}, Span{Text: "d"}); got != "ab…" {
		t.Errorf("something behind what fits: %q", got)
	}
}

// TestLineIsTruncate compares lines of many spans with the text as a whole.
func TestLineIsTruncate(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		texts := rapid.SliceOfN(rapid.StringOf(rapid.RuneFrom([]rune("ab山é👍 "))), 1, 5).Draw(t, "texts")
		cells := rapid.IntRange(1, 20).Draw(t, "cells")
		spans := make([]Span, len(texts))
		for i, text := range texts {
			spans[i].Text = text
		}
		got, whole := Line(nil, cells, spans...), strings.Join(texts, "")
		if Width(got) > cells {
			t.Fatalf("%q has %d cells, at most %d are there", got, Width(got), cells)
		}
		if want := Truncate(whole, cells); Width(whole) <= cells && got != want {
			t.Fatalf("%q, want %q", got, want)
		}
		if Width(whole) > cells && !strings.HasSuffix(got, "…") {
			t.Fatalf("%q of %q does not tell that something is missing", got, whole)
		}
	})
}

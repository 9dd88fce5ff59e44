package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// unknownWord says that what somebody wrote is none of words, and which of them
// was probably meant, if one is like it.
func unknownWord(what, word string, words []string) string {
	if near := nearestWord(word, words); near != "" {
		return fmt.Sprintf("unknown %s %q: did you mean %q?", what, word, near)
	}
	return fmt.Sprintf("unknown %s: %q", what, word)
}

// notAmong is for a value that has to be one of a few words.
func notAmong(value string, words []string) error {
	text := fmt.Sprintf("%q is none of %s", value, strings.Join(words, ", "))
	if near := nearestWord(value, words); near != "" {
		text += fmt.Sprintf(": did you mean %q?", near)
	}
	return errors.New(text)
}

// nearestWord returns the one of words that word was probably meant to be: the one
// that begins so, or that takes the fewest edits to reach. It is empty when that
// takes more than a third of the word. A value behind = is not looked at.
func nearestWord(word string, words []string) (best string) {
	word, _, _ = strings.Cut(strings.ToLower(word), "=")
	if len(word) > 64 {
		return ""
	}
	least := (len(word)+1)/3 + 1
	for _, w := range words {
		d := edits(word, w)
		if len(word) > 2 && strings.HasPrefix(w, word) {
			d = min(d, 1)
		}
		if d < least {
			best, least = w, d
		}
	}
	return best
}

// edits is how many letters have to be added, removed, replaced or swapped with
// the next to make b of a.
func edits(a, b string) int {
	before, row := []int(nil), make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		older := before
		before, row = row, slices.Repeat([]int{i + 1}, len(b)+1)
		for j := range len(b) {
			cost := before[j]
			if a[i] != b[j] {
				cost++
			}
			row[j+1] = min(cost, row[j]+1, before[j+1]+1)
			if i > 0 && j > 0 && a[i] == b[j-1] && a[i-1] == b[j] {
				row[j+1] = min(row[j+1], older[j-1]+1)
			}
		}
	}
	return row[len(b)]
}

package main

import (
	"math"
	"strings"
)

// nearestWord returns the one of words that shares most with word: the longest
// common start and end.
func nearestWord(word string, words []string) string {
	best, most := "", math.MinInt
	for _, w := range words {
		if n := inCommon(strings.ToLower(word), w); n > most {
			best, most = w, n
		}
	}
	return best
}

func inCommon(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	a, b = a[n:], b[n:]
	for len(a) > 0 && len(b) > 0 && a[len(a)-1] == b[len(b)-1] {
		a, b = a[:len(a)-1], b[:len(b)-1]
		n++
	}
	return 2*n - len(b)
}

package render

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

// Width returns how many cells of a terminal s takes: two for the wide
// characters of East Asia and for emoji, none for marks that combine with what
// stands before them, one for the rest. It expects what [CleanLine] returns.
//
// Source: Unicode Standard Annex 11, East Asian Width.
func Width(s string) int {
	cells := 0
	for i := 0; i < len(s); {
		n, size := cellsOf(s[i:])
		cells += n
		i += size
	}
	return cells
}

// Truncate returns as much of the start of s as fits into so many cells, with an
// ellipsis for what is missing. It expects what [CleanLine] returns, without
// colours.
func Truncate(s string, cells int) string {
	if len(s) <= cells || Width(s) <= cells {
		return s
	}
	return cut(s, cells)
}

// cut returns what of s fits into so many cells beside an ellipsis, with it.
func cut(s string, cells int) string {
	if cells < 1 {
		return ""
	}
	used, i := 0, 0
	for i < len(s) {
		n, size := cellsOf(s[i:])
		if used+n > cells-1 {
			break
		}
		used += n
		i += size
	}
	return s[:i] + "…"
}

// cellsOf returns the cells and the bytes that the first character of s takes.
func cellsOf(s string) (cells, size int) {
	if s[0] < utf8.RuneSelf {
		return 1, 1
	}
	r, size := utf8.DecodeRuneInString(s)
	if unicode.In(r, unicode.Mn, unicode.Me) {
		return 0, size
	}
	switch properties, _ := width.LookupString(s); properties.Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return 2, size
	default:
		return 1, size
	}
}

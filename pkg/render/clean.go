package render

import (
	"unicode"
	"unicode/utf8"
)

// Clean returns s with everything that could drive a terminal, or hide in one,
// replaced by a visible escape such as \x1b, \u202e or \U000e0001; a byte that
// is not UTF-8 shows as \xff. Newlines and tabs stay. The escapes are for
// reading: a backslash is not doubled, so they cannot be undone.
func Clean(s string) string { return cleanString(s, false) }

// CleanLine is [Clean] for what must stay on one line: newlines and tabs are
// escaped too.
func CleanLine(s string) string { return cleanString(s, true) }

// CleanBytes is [Clean] for bytes. It returns b itself when there is nothing to
// escape.
func CleanBytes(b []byte) []byte {
	i := dirty(b, 0, false)
	if i == len(b) {
		return b
	}
	return appendClean(make([]byte, 0, len(b)+len(b)/8+16), b, i, false)
}

func cleanString(s string, oneLine bool) string {
	i := dirty(s, 0, oneLine)
	if i == len(s) {
		return s
	}
	return string(appendClean(make([]byte, 0, len(s)+len(s)/8+16), s, i, oneLine))
}

// appendClean appends s, whose first byte to escape is at i.
func appendClean[T string | []byte](dst []byte, s T, i int, oneLine bool) []byte {
	start := 0
	for i < len(s) {
		dst = append(dst, s[start:i]...)
		r, n := decode(s, i)
		if r == utf8.RuneError && n == 1 {
			dst = appendHex(append(dst, `\x`...), rune(s[i]), 2)
		} else {
			dst = appendEscape(dst, r)
		}
		start = i + n
		i = dirty(s, start, oneLine)
	}
	return append(dst, s[start:]...)
}

func appendEscape(dst []byte, r rune) []byte {
	switch {
	case r == '\n':
		return append(dst, `\n`...)
	case r == '\t':
		return append(dst, `\t`...)
	case r == '\r':
		return append(dst, `\r`...)
	case r < utf8.RuneSelf:
		return appendHex(append(dst, `\x`...), r, 2)
	case r <= 0xFFFF:
		return appendHex(append(dst, `\u`...), r, 4)
	default:
		return appendHex(append(dst, `\U`...), r, 8)
	}
}

func appendHex(dst []byte, r rune, digits int) []byte {
	const hex = "0123456789abcdef"
	for shift := 4 * (digits - 1); shift >= 0; shift -= 4 {
		dst = append(dst, hex[r>>shift&0xF])
	}
	return dst
}

// dirty returns the offset of the first character of s, at i or behind it, that
// must not be shown as it is, or len(s).
func dirty[T string | []byte](s T, i int, oneLine bool) int {
	for i < len(s) {
		if c := s[i]; c < utf8.RuneSelf {
			if (c < ' ' && (oneLine || c != '\n' && c != '\t')) || c == 0x7F {
				return i
			}
			i++
			continue
		}
		r, n := decode(s, i)
		if (r == utf8.RuneError && n == 1) || !shown(r) {
			return i
		}
		i += n
	}
	return i
}

// shown reports whether a code point beyond ASCII shows as what it is: a
// letter, mark, number, sign or space. What this version of Unicode does not
// know is not shown, for nobody knows what a terminal makes of it.
func shown(r rune) bool {
	for _, f := range frequent {
		if f.from <= r && r <= f.to {
			return true
		}
	}
	return unicode.IsGraphic(r)
}

// frequent lists ranges of which every code point is graphic, to be quick about
// the text of most languages.
var frequent = [...]struct{ from, to rune }{
	{0xAE, 0x377},    // Latin, phonetics, combining marks
	{0x3A3, 0x52F},   // Greek, Cyrillic
	{0x4E00, 0x9FFF}, // Han
	{0x3041, 0x3096}, // Hiragana
	{0x3099, 0x30FF}, // Katakana
	{0xAC00, 0xD7A3}, // Hangul
}

// decode is utf8.DecodeRune for either kind of text.
func decode[T string | []byte](s T, i int) (rune, int) {
	var b [utf8.UTFMax]byte
	return utf8.DecodeRune(b[:copy(b[:], s[i:])])
}

package event

import "slices"

// appendQuoted appends s, which must be UTF-8, as a JSON string. It escapes what
// JSON demands and nothing else.
func appendQuoted[T string | []byte](dst []byte, s T) []byte {
	dst = append(slices.Grow(dst, len(s)+len(s)/4+longestEscape+2), '"')
	// Strings are short between what has to be escaped: a copy byte by byte is
	// faster than one of pieces.
	to, end := dst[:cap(dst)], len(dst)
	for i := range len(s) {
		c := s[i]
		if c >= ' ' && c != '"' && c != '\\' {
			to[end] = c
			end++
			continue
		}
		to = slices.Grow(appendEscape(to[:end], c), len(s)-i+longestEscape)
		end, to = len(to), to[:cap(to)]
	}
	return append(to[:end], '"')
}

// longestEscape is how many bytes \u0000 has.
const longestEscape = 6

func appendEscape(dst []byte, c byte) []byte {
	switch c {
	case '"', '\\':
		return append(dst, '\\', c)
	case '\b':
		return append(dst, `\b`...)
	case '\t':
		return append(dst, `\t`...)
	case '\n':
		return append(dst, `\n`...)
	case '\f':
		return append(dst, `\f`...)
	case '\r':
		return append(dst, `\r`...)
	}
	const hex = "0123456789abcdef"
	return append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
}

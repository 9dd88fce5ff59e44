package schema

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"
)

// What follows walks over JSON that was found valid before. It does not look
// for mistakes.

// skipValue returns the offset behind the value that begins at i.
func skipValue(b []byte, i int) int {
	switch b[i] {
	case '"':
		return skipString(b, i)
	case '{', '[':
		return skipNested(b, i)
	default:
		return skipScalar(b, i)
	}
}

// skipString returns the offset behind the string that begins at i.
func skipString(b []byte, i int) int {
	for j := i + 1; ; j++ {
		j += bytes.IndexByte(b[j:], '"')
		back := j
		for b[back-1] == '\\' {
			back--
		}
		if (j-back)%2 == 0 { // the backslashes escape each other
			return j + 1
		}
	}
}

// skipNested returns the offset behind the object or array that begins at i.
func skipNested(b []byte, i int) int {
	for depth := 0; ; i++ {
		switch b[i] {
		case '"':
			i = skipString(b, i) - 1
		case '{', '[':
			depth++
		case '}', ']':
			if depth--; depth == 0 {
				return i + 1
			}
		}
	}
}

// skipScalar returns the offset behind the number or literal that begins at i.
func skipScalar(b []byte, i int) int {
	for i < len(b) {
		switch b[i] {
		case ',', '}', ']', ' ', '\t', '\r', '\n':
			return i
		}
		i++
	}
	return i
}

// decoded returns the text of a string that is written with escapes.
func decoded(quoted []byte) []byte {
	text, _ := jsontext.AppendUnquote(nil, quoted) // it is valid
	return text
}

// isEscaped reports whether a string is written with escapes.
func isEscaped(quoted []byte) bool { return bytes.IndexByte(quoted, '\\') >= 0 }

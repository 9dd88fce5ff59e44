package render

import (
	"github.com/tidwall/pretty"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// JSON is indented only as long as it is at most maxDepth deep and white space
// does not outgrow it: a few kilobytes of brackets must not become megabytes.
const (
	maxDepth  = 200
	maxGrowth = 8       // times the JSON itself
	someSpace = 1 << 20 // bytes that are always allowed
)

// JSON returns a JSON value for people: indented by two spaces, members in
// their order and numbers as written, with a line break at the end, in the
// colours of p.
//
// What could drive a terminal stands in it as an escape of JSON, so the text
// without its colours still is JSON and has the same value. A value too deep to
// be indented comes on one line; what is not JSON at all comes as [CleanBytes]
// makes it.
func JSON(body []byte, p *Palette) []byte {
	if jsonscan.Valid(body) != nil {
		return endLine(CleanBytes(body))
	}
	safe := Safe(body)
	if !indentable(safe) {
		return endLine(colour(pretty.Ugly(safe), p))
	}
	return colour(pretty.Pretty(safe), p)
}

// Compact is [JSON] on one line, without a line break at the end.
func Compact(body []byte, p *Palette) []byte {
	if jsonscan.Valid(body) != nil {
		return []byte(CleanLine(string(body)))
	}
	return colour(pretty.Ugly(Safe(body)), p)
}

// Minify returns a JSON value without the white space between its tokens and
// with all other bytes as they are. It is for machines: nothing is cleaned. What
// is not JSON comes back as it is.
func Minify(body []byte) []byte {
	if jsonscan.Valid(body) != nil {
		return body
	}
	return pretty.Ugly(body)
}

// Safe returns a JSON value with what could drive a terminal, or hide in one,
// replaced by escapes of JSON such as \u202e. It is the same value in the same
// layout, and body itself when there is nothing to replace. What is not JSON
// must not be given to it.
func Safe(body []byte) []byte {
	i := dirty(body, 0, false)
	if i == len(body) {
		return body
	}
	dst := make([]byte, 0, len(body)+len(body)/8+16)
	start := 0
	for i < len(body) {
		dst = append(dst, body[start:i]...)
		r, n := decode(body, i)
		if r == '\r' {
			dst = append(dst, ' ') // between tokens, the only place where it may stand
		} else {
			dst = appendJSONEscape(dst, r)
		}
		start = i + n
		i = dirty(body, start, false)
	}
	return append(dst, body[start:]...)
}

func appendJSONEscape(dst []byte, r rune) []byte {
	if r <= 0xFFFF {
		return appendHex(append(dst, `\u`...), r, 4)
	}
	r -= 0x10000
	dst = appendHex(append(dst, `\u`...), 0xD800+r>>10, 4)
	return appendHex(append(dst, `\u`...), 0xDC00+r&0x3FF, 4)
}

// indentable reports whether valid JSON may be indented, see maxDepth.
func indentable(body []byte) bool {
	depth, space := 0, 0
	for i := 0; i < len(body); i++ {
		switch body[i] {
		case '"':
			i = closingQuote(body, i)
		case '{', '[':
			depth++
			space += 2 * depth
		case '}', ']':
			depth--
			space += 2 * depth
		case ',':
			space += 2 * depth
		}
		if depth > maxDepth {
			return false
		}
	}
	return space <= someSpace+maxGrowth*len(body)
}

// closingQuote returns the offset of the quote that ends the string at i.
func closingQuote(body []byte, i int) int {
	for i++; i < len(body) && body[i] != '"'; i++ {
		if body[i] == '\\' {
			i++
		}
	}
	return i
}

func colour(body []byte, p *Palette) []byte {
	if !p.On() {
		return body
	}
	return pretty.Color(body, p.json)
}

// endLine returns b with a line break at its end. It leaves the memory of b
// alone.
func endLine(b []byte) []byte {
	if len(b) > 0 && b[len(b)-1] == '\n' {
		return b
	}
	return append(b[:len(b):len(b)], '\n')
}

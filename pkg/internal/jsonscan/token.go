package jsonscan

import (
	"fmt"
	"unicode/utf8"
)

func (s *Scanner) literal(b []byte, word string, atEnd bool) (int, error) {
	for i := range len(word) {
		if i == len(b) {
			return s.cut(atEnd, i, "a literal")
		}
		if b[i] != word[i] {
			return 0, s.unexpected(b, "a value")
		}
	}
	return len(word), nil
}

// cut answers for a token of which n bytes stand at the end of the input.
func (s *Scanner) cut(atEnd bool, n int, what string) (int, error) {
	if !atEnd {
		return 0, nil
	}
	return 0, s.fail(n, "the input ends inside "+what)
}

func (s *Scanner) number(b []byte, atEnd bool) (int, error) {
	i := 0
	if b[0] == '-' {
		i++
	}
	switch {
	case i == len(b):
		return s.cut(atEnd, i, "a number")
	case b[i] == '0':
		i++
		if i < len(b) && isDigit(b[i]) {
			return 0, s.fail(i, "a number with a leading zero")
		}
	default:
		end := digits(b, i)
		if end == i && end < len(b) {
			return 0, s.fail(i, "a number without digits")
		}
		i = end
	}
	if i < len(b) && b[i] == '.' {
		end := digits(b, i+1)
		if end == i+1 && end < len(b) {
			return 0, s.fail(end, "a number without digits after its point")
		}
		if end == i+1 {
			return s.cut(atEnd, end, "a number")
		}
		i = end
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		i++
		if i < len(b) && (b[i] == '+' || b[i] == '-') {
			i++
		}
		end := digits(b, i)
		if end == i && end < len(b) {
			return 0, s.fail(end, "a number without digits in its exponent")
		}
		if end == i {
			return s.cut(atEnd, end, "a number")
		}
		i = end
	}
	if i > MaxNumber {
		return 0, s.fail(0, fmt.Sprintf("a number of more than %d bytes", MaxNumber))
	}
	if i == len(b) && !atEnd {
		return 0, nil
	}
	return i, nil
}

func digits(b []byte, i int) int {
	for i < len(b) && isDigit(b[i]) {
		i++
	}
	return i
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

// str walks over a string from its opening to its closing quote. Where b ends
// inside it, the next call goes on there: a long string that comes in many parts
// is walked over once.
func (s *Scanner) str(b []byte, atEnd bool) (int, error) {
	for i := max(1, s.ahead); ; {
		i += plainLen(b[i:])
		s.ahead = i
		if i == len(b) {
			return s.cut(atEnd, i, "a string")
		}
		if b[i] == '"' {
			return i + 1, nil
		}
		n, reason := special(b[i:], atEnd)
		if reason != "" {
			return 0, s.fail(i, reason)
		}
		if n == 0 {
			return s.cut(atEnd, len(b), "a string")
		}
		i += n
	}
}

// special returns the length of what stands at the start of b in a string and
// is no plain byte: an escape or a character of several bytes. It is 0 when b
// ends inside it; otherwise the reason says why it may not stand there.
func special(b []byte, atEnd bool) (n int, reason string) {
	switch c := b[0]; {
	case c == '\\':
		return escape(b)
	case c == '\n' || c == '\r':
		return 0, "a line break inside a string"
	case c < 0x20:
		return 0, fmt.Sprintf("an unescaped control character (%#02x) inside a string", c)
	}
	r, n := utf8.DecodeRune(b)
	if r != utf8.RuneError || n != 1 {
		return n, ""
	}
	if !utf8.FullRune(b) && !atEnd {
		return 0, ""
	}
	return 0, "bytes that are not UTF-8"
}

// plain tells the bytes that stand for themselves in a string.
var plain = func() (t [256]bool) {
	for c := 0x20; c < 0x80; c++ {
		t[c] = c != '"' && c != '\\'
	}
	return t
}()

// escape returns the length of the escape at the start of b, 0 when b ends
// inside it, or the reason why it is none. A pair of surrogates is one escape.
func escape(b []byte) (int, string) {
	if len(b) < 2 {
		return 0, ""
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2, ""
	case 'u':
	default:
		return 0, "an escape that JSON does not know"
	}
	high, ok, whole := hex4(b[2:])
	if !ok {
		return 0, "an escape \\u without four hexadecimal digits"
	}
	if !whole {
		return 0, ""
	}
	const lone = "an escaped half of a surrogate pair"
	switch {
	case high < 0xD800 || high > 0xDFFF:
		return 6, ""
	case high >= 0xDC00:
		return 0, lone
	case len(b) > 6 && b[6] != '\\', len(b) > 7 && b[7] != 'u':
		return 0, lone
	case len(b) < 8:
		return 0, ""
	}
	low, ok, whole := hex4(b[8:])
	switch {
	case !ok:
		return 0, "an escape \\u without four hexadecimal digits"
	case !whole:
		return 0, ""
	case low < 0xDC00 || low > 0xDFFF:
		return 0, lone
	}
	return 12, ""
}

// hex4 reads four hexadecimal digits. ok is false when one of the bytes is no
// digit, whole when fewer than four are there.
func hex4(b []byte) (v rune, ok, whole bool) {
	for i := range 4 {
		if i == len(b) {
			return 0, true, false
		}
		c := b[i]
		switch {
		case isDigit(c):
			v = v<<4 | rune(c-'0')
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			v = v<<4 | rune(c|0x20-'a'+10)
		default:
			return 0, false, false
		}
	}
	return v, true, true
}

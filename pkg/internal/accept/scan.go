package accept

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// special returns a mask whose lowest set bit is in the first of eight bytes
// that does not stand for itself in a string: a quote, a backslash, a control
// character, or a byte of a longer character. What a borrow sets by mistake is
// above that bit.
// Source: Anderson, "Bit Twiddling Hacks", determining if a word has a zero byte.
func special(x uint64) uint64 {
	return (((x ^ ones*'"') - ones) | ((x ^ ones*'\\') - ones) | (x - ones*' ') | x) & highs
}

// str walks over the string whose opening quote is at i. It returns the offset
// behind the closing quote, or -1 when the string is broken or not sure to be
// sound; escaped says whether it has an escape.
func str(b []byte, i int) (end int, escaped bool) {
	i++
	for {
		for i+8 <= len(b) {
			m := special(binary.LittleEndian.Uint64(b[i:]))
			if m != 0 {
				i += bits.TrailingZeros64(m) >> 3
				break
			}
			i += 8
		}
		if i >= len(b) {
			return -1, escaped
		}
		switch c := b[i]; {
		case c == '"':
			return i + 1, escaped
		case c == '\\':
			n := escape(b[i:])
			if n == 0 {
				return -1, true
			}
			i += n
			escaped = true
		case c < 0x20:
			return -1, escaped
		case c < 0x80:
			i++ // a plain byte among the last seven
		default:
			if i = wides(b, i); i < 0 {
				return -1, escaped
			}
		}
	}
}

// wides walks over the characters of several bytes at i, and over single plain
// bytes between them. It returns -1 where the bytes are not UTF-8.
func wides(b []byte, i int) int {
	for i < len(b) && b[i] >= 0x80 {
		n := wide(b[i:])
		if n == 0 {
			return -1
		}
		i += n
		if i+1 < len(b) && b[i] == ' ' && b[i+1] >= 0x80 {
			i++
		}
	}
	return i
}

// wide returns the length of the character of several bytes at the start of b,
// 0 when it is none in UTF-8.
func wide(b []byte) int {
	if len(b) >= 2 && b[0] >= 0xC2 && b[0] <= 0xDF && b[1]&0xC0 == 0x80 {
		return 2
	}
	if len(b) >= 3 && b[0] > 0xE0 && b[0] <= 0xEF && b[0] != 0xED && b[1]&0xC0 == 0x80 && b[2]&0xC0 == 0x80 {
		return 3
	}
	r, n := utf8.DecodeRune(b)
	if r == utf8.RuneError && n == 1 {
		return 0
	}
	return n
}

// escape returns the length of the escape at the start of b, a pair of
// surrogates being one, or 0 when it is none.
func escape(b []byte) int {
	if len(b) < 2 {
		return 0
	}
	switch b[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return 2
	case 'u':
	default:
		return 0
	}
	high, ok := hex4(b, 2)
	switch {
	case !ok || high >= 0xDC00 && high <= 0xDFFF:
		return 0
	case high < 0xD800 || high > 0xDFFF:
		return 6
	}
	low, ok := hex4(b, 8)
	if !ok || b[6] != '\\' || b[7] != 'u' || low < 0xDC00 || low > 0xDFFF {
		return 0
	}
	return 12
}

func hex4(b []byte, i int) (v uint32, ok bool) {
	if len(b) < i+4 {
		return 0, false
	}
	for _, c := range b[i : i+4] {
		switch {
		case c-'0' <= 9:
			v = v<<4 | uint32(c-'0')
		case c|0x20 >= 'a' && c|0x20 <= 'f':
			v = v<<4 | uint32(c|0x20-'a'+10)
		default:
			return 0, false
		}
	}
	return v, true
}

func space(b []byte, i int) int {
	for i < len(b) && b[i] <= ' ' && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// number is a literal that is surely sound and small enough to be compared:
// digits / 10^scale.
type number struct {
	digits int64
	scale  int
}

// num walks over the number at i. It returns -1 for what is broken, and for what
// is too long, or has an exponent, so that others must judge it.
func num(b []byte, i int) (end int, n number) {
	negative := b[i] == '-'
	if negative {
		i++
	}
	start := i
	if i+8 <= len(b) {
		var count int
		n.digits, count = eight(binary.LittleEndian.Uint64(b[i:]))
		i += count
	}
	i, n.digits = digits(b, i, n.digits)
	if i == start || i-start > 17 || b[start] == '0' && i-start > 1 {
		return -1, n
	}
	if i < len(b) && b[i] == '.' {
		point := i + 1
		i, n.digits = digits(b, point, n.digits)
		n.scale = i - point
		if n.scale == 0 || i-start > 18 {
			return -1, n
		}
	}
	if i < len(b) && b[i]|0x20 == 'e' {
		return -1, n
	}
	if negative {
		n.digits = -n.digits
	}
	return i, n
}

// digits walks over the digits at i, which go on those of v.
func digits(b []byte, i int, v int64) (int, int64) {
	for i < len(b) && b[i]-'0' <= 9 {
		v = v*10 + int64(b[i]-'0')
		i++
	}
	return i, v
}

// eight returns how many of eight bytes, from the lowest on, are digits, and
// their value.
// Source: Lemire, "Quickly parsing eight digits", 2018.
func eight(x uint64) (v int64, count int) {
	x ^= ones * '0'
	other := (x + ones*(0x80-10) | x) & highs // lowest: the first that is no digit
	count = bits.TrailingZeros64(other) >> 3
	x <<= 64 - 8*count // zeros in front
	x = x * (10<<8 + 1) >> 8 & 0x00FF00FF00FF00FF
	x = x * (100<<16 + 1) >> 16 & 0x0000FFFF0000FFFF
	x = x * (10000<<32 + 1) >> 32
	return int64(x), count
}

// whole reports whether a number with a fraction is an integer all the same.
func (n number) whole() bool {
	for range n.scale {
		if n.digits%10 != 0 {
			return false
		}
		n.digits /= 10
	}
	return true
}

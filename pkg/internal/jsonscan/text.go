package jsonscan

import (
	"encoding/binary"
	"math/bits"
	"slices"
	"unicode/utf16"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// odd returns a mask whose lowest set bit is in the first of eight bytes, lowest
// first, that is not plain. Bits above it say nothing.
// Source: Anderson, "Bit Twiddling Hacks", determining if a word has a zero byte.
func odd(x uint64) uint64 {
	quote := x ^ ones*'"'
	slash := x ^ ones*'\\'
	return ((quote-ones)&^quote | (slash-ones)&^slash | (x-ones*0x20)&^x | x) & highs
}

// plainLen returns how many plain bytes b begins with.
func plainLen(b []byte) int {
	i := 0
	for ; i+8 <= len(b); i += 8 {
		if m := odd(binary.LittleEndian.Uint64(b[i:])); m != 0 {
			return i + bits.TrailingZeros64(m)>>3
		}
	}
	for i < len(b) && plain[b[i]] {
		i++
	}
	return i
}

// TextLen returns the length of the string at the start of b, its quotes
// included, or 0 when there is none, or none that is sound and whole.
func TextLen(b []byte) int {
	if len(b) == 0 || b[0] != '"' {
		return 0
	}
	for i := 1; ; {
		i += plainLen(b[i:])
		if i == len(b) {
			return 0
		}
		if b[i] == '"' {
			return i + 1
		}
		n, _ := special(b[i:], true)
		if n == 0 {
			return 0
		}
		i += n
	}
}

// AppendText appends to dst what the string at the start of b stands for, and
// returns the length of the string as [TextLen] does. With 0 nothing is appended.
func AppendText(dst, b []byte) (text []byte, n int) {
	if len(b) == 0 || b[0] != '"' {
		return dst, 0
	}
	from := len(dst)
	// A string is no longer than what it is written as, so that each byte read
	// leaves room for one to write.
	dst = slices.Grow(dst, len(b))[:from+len(b)]
	for i, to := 1, from; ; {
		if i+8 <= len(b) {
			x := binary.LittleEndian.Uint64(b[i:])
			binary.LittleEndian.PutUint64(dst[to:], x)
			m := odd(x)
			if m == 0 {
				i += 8
				to += 8
				continue
			}
			i += bits.TrailingZeros64(m) >> 3
			to += bits.TrailingZeros64(m) >> 3
			if b[i] == '\\' && i+1 < len(b) && escapes[b[i+1]] != 0 {
				dst[to] = escapes[b[i+1]]
				i += 2
				to++
				continue
			}
		}
		if i == len(b) {
			return dst[:from], 0
		}
		if b[i] == '"' {
			return dst[:to], i + 1
		}
		read, wrote := appendOne(dst[to:], b[i:])
		if read == 0 {
			return dst[:from], 0
		}
		i += read
		to += wrote
	}
}

// appendOne writes what the first character or escape of b, inside a string,
// stands for to the start of dst. It has read nothing when that is broken.
func appendOne(dst, b []byte) (read, wrote int) {
	switch c := b[0]; {
	case c == '\\':
		if len(b) > 1 && escapes[b[1]] != 0 {
			dst[0] = escapes[b[1]]
			return 2, 1
		}
		r, n := Unescape(b)
		if n == 0 {
			return 0, 0
		}
		return n, utf8.EncodeRune(dst, r)
	case plain[c]:
		dst[0] = c
		return 1, 1
	}
	n, _ := special(b, true)
	return n, copy(dst, b[:n])
}

// Unescape returns what the escape at the start of b stands for, and the length
// of the escape: a pair of surrogates is one. The length is 0 when there is none,
// or none that is sound and whole.
func Unescape(b []byte) (r rune, n int) {
	if len(b) == 0 || b[0] != '\\' {
		return 0, 0
	}
	n, _ = escape(b)
	switch n {
	case 2:
		r = rune(escapes[b[1]])
	case 6:
		r, _, _ = hex4(b[2:])
	case 12:
		high, _, _ := hex4(b[2:])
		low, _, _ := hex4(b[8:])
		r = utf16.DecodeRune(high, low)
	}
	return r, n
}

// escapes tells what a letter stands for behind a backslash, 0 for those that
// stand for nothing alone.
var escapes = [256]byte{'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t'}

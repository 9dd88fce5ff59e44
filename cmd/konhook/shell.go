package main

import (
	"fmt"
	"strings"

	"github.com/konhook/konhook/pkg/render"
)

// shellWord quotes a file name where a shell would take it apart, and writes with
// escapes what could not be shown as it is: the word can be shown and copied.
func shellWord(s string) string {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,"
	switch {
	case s != "" && strings.Trim(s, plain) == "":
		return s
	case render.CleanLine(s) == s:
		return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
	}
	var b strings.Builder
	b.WriteString("$'")
	for i, r := range s {
		char := s[i:min(len(s), i+len(string(r)))]
		if r == 0xFFFD { // it, or a byte that is no UTF-8
			char = s[i : i+1]
			if strings.HasPrefix(s[i:], "\uFFFD") {
				char = "\uFFFD"
			}
		}
		switch {
		case char == "'" || char == `\`:
			b.WriteString(`\` + char)
		case render.CleanLine(char) == char:
			b.WriteString(char)
		default: // in octal: shells differ in how many digits they take otherwise
			for _, c := range []byte(char) {
				fmt.Fprintf(&b, `\%03o`, c)
			}
		}
	}
	return b.String() + "'"
}

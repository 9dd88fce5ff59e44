package jsonset

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// ParseAssignment reads PATH=JSON as it is typed: PATH is a JSON Pointer and ends
// at the first equals sign. A value that is not JSON is a string. The error is
// an [*Error].
func ParseAssignment(s string) (pointer string, value []byte, err error) {
	pointer, text, ok := strings.Cut(s, "=")
	switch {
	case !ok:
		return "", nil, &Error{Pointer: s, Reason: "no = between a JSON Pointer and its value"}
	case pointer == "":
		return "", nil, &Error{Pointer: s, Reason: "no JSON Pointer before the ="}
	case pointer[0] != '/':
		reason := fmt.Sprintf("a JSON Pointer begins with /, as in %s", guess(pointer))
		return "", nil, &Error{Pointer: pointer, Reason: reason}
	case !utf8.ValidString(s):
		return "", nil, &Error{Pointer: pointer, Reason: "bytes that are not UTF-8"}
	}
	if _, err := split(pointer); err != nil {
		return "", nil, err
	}
	if jsonscan.Valid([]byte(text)) == nil {
		return pointer, []byte(text), nil
	}
	return pointer, quote(text), nil
}

// guess makes a pointer of a path that was typed in the manner of another tool.
func guess(path string) string {
	return "/" + strings.Trim(strings.ReplaceAll(path, ".", "/"), "/$")
}

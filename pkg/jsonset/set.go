// Package jsonset changes single values inside JSON and leaves every other byte
// as it is: the order of members, the white space, how numbers are written.
//
// A value is named by a JSON Pointer (RFC 6901).
package jsonset

import (
	"bytes"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// MaxTokens is how many names and indexes a pointer may have.
const MaxTokens = 1000

// Error says why a value cannot be set.
type Error struct {
	Pointer string // the pointer as far as it was followed, or the whole when it is none
	Reason  string // lower case, without a full stop
}

func (e *Error) Error() string {
	if e.Pointer == "" {
		return e.Reason
	}
	return fmt.Sprintf("%s: %s", e.Pointer, e.Reason)
}

// Set returns body with the value that pointer names replaced by value. A
// member that an object lacks is added behind its last, in the same layout; the
// index "-" adds an element to an array. Parents that are missing are made:
// objects, or an array where "-" follows. Of members with the same name the last
// one counts.
//
// Both body and value must be JSON. The error is an [*Error], or a
// [*jsonscan.Error] when one of them is not. body itself is left alone.
func Set(body []byte, pointer string, value []byte) ([]byte, error) {
	tokens, err := split(pointer)
	if err != nil {
		return nil, err
	}
	for _, b := range [][]byte{body, value} {
		if err := jsonscan.Valid(b); err != nil {
			return nil, err
		}
	}
	w := walker{body: body}
	w.enter(0)
	for i, token := range tokens {
		found, err := w.step(token)
		if err != nil {
			return nil, &Error{Pointer: join(tokens[:i]), Reason: err.Error()}
		}
		if !found {
			return w.add(token, build(tokens[i+1:], value)), nil
		}
	}
	return w.splice(w.at, w.end, bytes.TrimSpace(value)), nil
}

// split returns the names and indexes of a pointer.
func split(pointer string) ([]string, error) {
	if pointer == "" {
		return nil, nil
	}
	if pointer[0] != '/' {
		return nil, &Error{Pointer: pointer, Reason: "a JSON Pointer begins with /"}
	}
	tokens := strings.Split(pointer[1:], "/")
	if len(tokens) > MaxTokens {
		return nil, &Error{Reason: fmt.Sprintf("a JSON Pointer of more than %d names", MaxTokens)}
	}
	for i, token := range tokens {
		if strings.Contains(strings.NewReplacer("~0", "", "~1", "").Replace(token), "~") {
			return nil, &Error{Pointer: pointer, Reason: "in a JSON Pointer ~ stands before 0 or 1 only"}
		}
		tokens[i] = strings.NewReplacer("~1", "/", "~0", "~").Replace(token)
	}
	return tokens, nil
}

// join is the reverse of split.
func join(tokens []string) string {
	var b strings.Builder
	escape := strings.NewReplacer("~", "~0", "/", "~1")
	for _, token := range tokens {
		b.WriteByte('/')
		b.WriteString(escape.Replace(token))
	}
	return b.String()
}

// build returns value inside of the parents that tokens name.
func build(tokens []string, value []byte) []byte {
	value = bytes.TrimSpace(value)
	for _, token := range slices.Backward(tokens) {
		if token == "-" {
			value = slices.Concat([]byte{'['}, value, []byte{']'})
		} else {
			value = slices.Concat([]byte{'{'}, quote(token), []byte{':'}, value, []byte{'}'})
		}
	}
	return value
}

func quote(s string) []byte {
	b, _ := jsontext.AppendQuote(nil, strings.ToValidUTF8(s, "\uFFFD"))
	return b
}

// index reads the index of an array that has n elements.
func index(token string, n int) (int, error) {
	i, err := strconv.Atoi(token)
	switch {
	case err != nil || strconv.Itoa(i) != token || i < 0:
		return 0, fmt.Errorf("an array has no element %.40q", token)
	case i >= n:
		return 0, fmt.Errorf("the array has %d elements and none with the index %d: - adds one", n, i)
	}
	return i, nil
}

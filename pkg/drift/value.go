package drift

import (
	"bytes"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/konhook/konhook/pkg/event"
)

// typeOf names the type of a JSON value.
func typeOf(value []byte) string {
	switch {
	case len(value) == 0:
		return ""
	case value[0] == '{':
		return "object"
	case value[0] == '[':
		return "array"
	case value[0] == '"':
		return "string"
	case value[0] == 't', value[0] == 'f':
		return "boolean"
	case value[0] == 'n':
		return "null"
	case bytes.ContainsAny(value, ".eE"):
		return "number"
	}
	return "integer"
}

// redacted returns a value that keeps its shape and tells nothing else: strings
// and numbers are replaced, names stay.
func redacted(value []byte) []byte {
	var out []byte
	tokens := jsontext.NewDecoder(bytes.NewReader(value), jsontext.AllowDuplicateNames(true))
	for len(out) <= 2*maxExample {
		start := tokens.InputOffset()
		token, err := tokens.ReadToken()
		if err != nil {
			break // the end: the value was found valid
		}
		out = appendRedacted(out, token.Kind(), isName(tokens), value[start:tokens.InputOffset()])
	}
	return out
}

// isName reports whether the string that was read last is the name of a member.
func isName(tokens *jsontext.Decoder) bool {
	kind, length := tokens.StackIndex(tokens.StackDepth())
	return kind == '{' && length%2 == 1
}

// appendRedacted appends a token and the comma or colon before it, without the
// white space.
func appendRedacted(out []byte, kind jsontext.Kind, name bool, text []byte) []byte {
	token := bytes.TrimLeft(text, " \t\r\n,:")
	for _, c := range text[:len(text)-len(token)] {
		if c == ',' || c == ':' {
			out = append(out, c)
		}
	}
	switch {
	case kind == '"' && !name:
		return append(out, `"`+event.Redacted+`"`...)
	case kind == '0':
		return append(out, '0')
	}
	return append(out, token...)
}

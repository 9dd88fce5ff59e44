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
	var out bytes.Buffer
	from := jsontext.NewDecoder(bytes.NewReader(value), jsontext.AllowDuplicateNames(true))
	to := jsontext.NewEncoder(&out, jsontext.AllowDuplicateNames(true))
	for out.Len() <= 2*maxExample {
		token, err := from.ReadToken()
		if err != nil {
			break // the end: the value was found valid
		}
		depth := from.StackDepth()
		kind, length := from.StackIndex(depth)
		isName := token.Kind() == '"' && kind == '{' && length%2 == 1
		switch {
		case token.Kind() == '"' && !isName:
			token = jsontext.String(event.Redacted)
		case token.Kind() == '0':
			token = jsontext.Int(0)
		}
		if to.WriteToken(token) != nil {
			break
		}
	}
	return bytes.TrimSpace(out.Bytes())
}

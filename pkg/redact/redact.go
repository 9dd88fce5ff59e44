// Package redact takes what tells of a person out of events, so that they can be
// shown to others: in a report of a fault, in a test, in a chat.
//
// In every user object it replaces all values but those of id, language,
// timezone, role, isBanned and fromApi, also in members that nobody knows; of
// the userAttributes the names stay. Elsewhere it replaces what is called email.
// A string becomes "[redacted]" and a number 0, so that an event that follows
// the schema still does. Nothing else of the body changes.
//
// The id stays because without it events about the same person cannot be told
// from others. Text that a person wrote, such as the name of a group, stays too.
package redact

import (
	"bytes"
	"slices"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// Body returns a payload without what tells of a person. One that is not JSON is
// replaced as a whole.
func Body(body []byte) []byte {
	if jsonscan.Valid(body) != nil {
		return []byte(replacement)
	}
	r := redactor{body: body, tokens: jsontext.NewDecoder(bytes.NewReader(body), jsontext.AllowDuplicateNames(true))}
	if r.value(outside) != nil {
		return []byte(replacement)
	}
	return append(r.out, body[r.copied:]...)
}

const replacement = `"` + event.Redacted + `"`

// Delivery returns a copy of d without what tells of a person or of a server:
// beside [Body], the sender's address, the URL, which may hold a secret, and all
// headers but Content-Type.
func Delivery(d *event.Delivery) *event.Delivery {
	c := *d
	c.Body = Body(d.Body)
	c.Remote, c.URL = "", "/webhook"
	c.Headers = nil
	for _, h := range d.Headers {
		if bytes.EqualFold([]byte(h.Name), []byte("Content-Type")) {
			c.Headers = append(c.Headers, h)
		}
	}
	return &c
}

// where says what becomes of a value.
type where uint8

const (
	outside    where = iota // of any person
	kept                    // with all that is in it
	person                  // a user object
	attributes              // the userAttributes of one
	attribute               // an element of them
	hidden                  // with all that is in it
)

// member returns where the value of a member stands.
func (w where) member(name string) where {
	switch {
	case w == kept || w == hidden:
		return w
	case w == outside && (name == "user" || name == "users"):
		return person
	case w == outside && name == "email":
		return hidden
	case w == outside:
		return outside
	case w == person && (name == "userAttributes" || name == "attributes"):
		return attributes
	case w == person && slices.Contains([]string{"id", "language", "timezone", "role", "isBanned", "fromApi"}, name),
		w == attribute && slices.Contains([]string{"apiId", "name", "type"}, name):
		return kept
	}
	return hidden
}

// element returns where the elements of an array stand.
func (w where) element() where {
	if w == attributes {
		return attribute
	}
	return w
}

// hides reports whether a string or number at w is replaced.
func (w where) hides() bool { return w != outside && w != kept }

// redactor copies body to out, token by token.
type redactor struct {
	body   []byte
	tokens *jsontext.Decoder
	out    []byte
	copied int // bytes of body that out stands for
}

func (r *redactor) value(w where) error {
	switch r.tokens.PeekKind() {
	case '{':
		return r.each('}', func() error {
			name, err := r.tokens.ReadToken()
			if err != nil {
				return err
			}
			return r.value(w.member(name.String()))
		})
	case '[':
		return r.each(']', func() error { return r.value(w.element()) })
	}
	text, err := r.tokens.ReadValue()
	if err == nil && w.hides() {
		r.replace(text)
	}
	return err
}

// each reads an object or array, whose end is told by its last byte.
func (r *redactor) each(end jsontext.Kind, child func() error) error {
	if _, err := r.tokens.ReadToken(); err != nil {
		return err
	}
	for r.tokens.PeekKind() != end {
		if err := child(); err != nil {
			return err
		}
	}
	_, err := r.tokens.ReadToken()
	return err
}

// replace puts something neutral where the text that was just read stands.
func (r *redactor) replace(text jsontext.Value) {
	by := "0"
	switch text.Kind() {
	case '"':
		by = replacement
	case '0':
	default:
		return // true, false and null tell little
	}
	end := int(r.tokens.InputOffset())
	r.out = append(append(r.out, r.body[r.copied:end-len(text)]...), by...)
	r.copied = end
}

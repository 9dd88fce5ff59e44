package signature

import (
	"fmt"
	"log/slog"
	"strings"

	"github.com/konhook/konhook/pkg/event"
)

// Secret is what both ends share. It does not show itself: printed, logged or
// encoded it is "[redacted]". The zero Secret is none, and is refused.
//
// Its text is behind a pointer because fmt does not call the methods of
// unexported fields: a struct that holds a Secret prints an address instead. It
// is a pointer to a string, as fmt follows those to a struct or slice when the
// verb is a wrong one.
type Secret struct {
	held *string
	file string // empty when it is not known
	line int    // from 1; 0 when it was not read
}

// NewSecret makes a secret of its text. What the text has to be depends on the
// scheme and is seen when a [Signer] or [Verifier] is made.
func NewSecret(text string) Secret { return Secret{held: &text} }

// IsZero reports whether there is no secret.
func (s Secret) IsZero() bool { return s.text() == "" }

func (s Secret) text() string {
	if s.held == nil {
		return ""
	}
	return *s.held
}

// name tells which secret is meant, without showing it.
func (s Secret) name() string {
	if s.line == 0 {
		return "the secret"
	}
	return fmt.Sprintf("the secret on line %d", s.line)
}

// refuse makes the error that says what is wrong with a secret.
func (s Secret) refuse(reason string) error {
	return &SecretError{File: s.file, Line: s.line, Reason: "the secret " + reason}
}

// String returns "[redacted]", or "" for the zero Secret.
func (s Secret) String() string {
	if s.IsZero() {
		return ""
	}
	return event.Redacted
}

// GoString is what %#v prints.
func (s Secret) GoString() string { return "signature.Secret(" + s.String() + ")" }

// Format makes every verb print what String returns.
func (s Secret) Format(f fmt.State, verb rune) {
	text := s.String()
	if verb == 'v' && f.Flag('#') {
		text = s.GoString()
	}
	_, _ = f.Write([]byte(text)) // fmt.State never fails
}

// LogValue is what package log/slog logs.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// MarshalText is what encoders of JSON, YAML and the like write.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// MarshalJSON writes a string that is not the secret.
func (s Secret) MarshalJSON() ([]byte, error) { return []byte(`"` + s.String() + `"`), nil }

// Redact replaces the secret in a text with "[redacted]", with and without the
// prefix of [Standard]. Parts of it stay, and so does one that is shorter than
// 6 bytes: it could be anything.
func (s Secret) Redact(text string) string {
	const shortest = 6
	for _, secret := range []string{s.text(), strings.TrimPrefix(s.text(), secretPrefix)} {
		if len(secret) >= shortest {
			text = strings.ReplaceAll(text, secret, event.Redacted)
		}
	}
	return text
}

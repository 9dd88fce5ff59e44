package api

import (
	"bytes"
	"fmt"
	"log/slog"
	"unicode"
	"unicode/utf8"
)

// KeyLength is the number of characters of the keys that the vendor hands out.
const KeyLength = 32

// Key is an API key that does not show itself: printed, logged or encoded it is
// "[redacted]". The zero Key is no key.
//
// The text is behind a pointer because fmt does not call the methods of
// unexported fields: a struct that holds a Key prints an address instead.
type Key struct{ secret *string }

// ParseKey reads a key as a file, a variable or a terminal gives it. The notes
// tell a person about a line break that was cut off and about an unusual length.
//
// The error is an [*ConfigError] for a key with characters that cannot be
// printed, and a [*KeyError] around [ErrNoKey] when nothing is there.
func ParseKey(text []byte) (key Key, notes []string, err error) {
	trimmed := bytes.TrimRight(text, "\r\n")
	if len(trimmed) == 0 {
		return Key{}, nil, &KeyError{Err: ErrNoKey}
	}
	if len(trimmed) < len(text) {
		notes = append(notes, "the API key ended with a line break, which was cut off")
	}
	for i := 0; i < len(trimmed); {
		r, n := utf8.DecodeRune(trimmed[i:])
		if r == utf8.RuneError && n == 1 || !unicode.IsPrint(r) {
			return Key{}, nil, &ConfigError{
				What: "the API key",
				Why:  fmt.Sprintf("byte %d is no printable character", i+1),
			}
		}
		i += n
	}
	if n := utf8.RuneCount(trimmed); n != KeyLength {
		s := "s"
		if n == 1 {
			s = ""
		}
		notes = append(notes, fmt.Sprintf("the API key has %d character%s, Konstantly's have %d", n, s, KeyLength))
	}
	secret := string(trimmed)
	return Key{&secret}, notes, nil
}

// IsZero reports whether there is no key.
func (k Key) IsZero() bool { return k.secret == nil || *k.secret == "" }

// Reveal returns the key itself. It is for those who send it or store it where
// the user asked for that.
func (k Key) Reveal() string {
	if k.secret == nil {
		return ""
	}
	return *k.secret
}

// String returns "[redacted]", or "" for the zero Key.
func (k Key) String() string {
	if k.IsZero() {
		return ""
	}
	return redacted
}

// GoString is what %#v prints.
func (k Key) GoString() string { return "api.Key(" + k.String() + ")" }

// Format makes every verb print what String returns.
func (k Key) Format(s fmt.State, verb rune) {
	text := k.String()
	if verb == 'v' && s.Flag('#') {
		text = k.GoString()
	}
	_, _ = s.Write([]byte(text)) // fmt.State never fails
}

// LogValue is what package log/slog logs.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }

// MarshalText is what encoders of JSON, YAML and the like write.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// MarshalJSON writes a string that is not the key.
func (k Key) MarshalJSON() ([]byte, error) { return []byte(`"` + k.String() + `"`), nil }

package signature

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/http1"
)

const (
	// maxTimestamp is the last second of the year 9999. Milliseconds of today are
	// beyond it.
	maxTimestamp = 253402300799
	// maxQuoted is how many bytes of a header an error holds, maxNamed how many
	// names or versions from outside.
	maxQuoted, maxNamed = 40, 5
)

// find returns the values of the named headers. A name that comes twice is
// refused: who reads the first and who reads the last would see two deliveries.
func find(headers []event.Header, names ...string) ([]string, error) {
	values := make([]string, len(names))
	var missing []string
	for i, name := range names {
		n := 0
		for _, h := range headers {
			if strings.EqualFold(h.Name, name) {
				values[i] = strings.Trim(h.Value, " \t")
				n++
			}
		}
		switch {
		case values[i] == "" && n < 2:
			missing = append(missing, name)
		case n > 1:
			return nil, &MalformedError{name, fmt.Sprintf("it came %d times", n)}
		case values[i] == event.Redacted:
			return nil, &MalformedError{name, "its value was taken out when the delivery was captured"}
		}
	}
	if len(missing) > 0 {
		return nil, &MissingError{missing, presentSignatures(headers, names)}
	}
	return values, nil
}

// presentSignatures returns the names of other headers that seem to hold a
// signature: the scheme or the name that is expected may be the wrong one.
func presentSignatures(headers []event.Header, expected []string) []string {
	var names []string
	for _, h := range headers {
		known := slices.ContainsFunc(expected, func(name string) bool { return strings.EqualFold(name, h.Name) })
		if !known && strings.Contains(strings.ToLower(h.Name), "signature") && http1.IsToken(h.Name) &&
			len(h.Name) <= maxQuoted && len(names) < maxNamed && !slices.Contains(names, h.Name) {
			names = append(names, h.Name)
		}
	}
	return names
}

// parseTimestamp reads Unix seconds that are written in the one way there is, so
// that what was signed is what was read. The error is a [*MalformedError].
func parseTimestamp(text string) (time.Time, error) {
	seconds, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil || strconv.FormatInt(seconds, 10) != text || seconds < 0:
		return time.Time{}, &MalformedError{HeaderTimestamp, quote(text) + " is no number of Unix seconds"}
	case seconds > maxTimestamp:
		return time.Time{}, &MalformedError{HeaderTimestamp, quote(text) + " is behind the year 9999: Unix seconds are expected, not milliseconds"}
	}
	return time.Unix(seconds, 0), nil
}

// parseSignatures returns the v1 signatures of a list that spaces separate. The
// error is a [*MalformedError] or a [*VersionError].
func parseSignatures(list string) ([][]byte, error) {
	var signatures [][]byte
	var others []string
	var reason string
	for entry := range strings.FieldsSeq(list) {
		name, text, ok := strings.Cut(entry, ",")
		switch {
		case !ok || !isVersion(name):
			reason = orDefault(reason, quote(entry)+" has no version: v1,BASE64 is expected")
		case name == version:
			s, wrong := Base64.decode(text)
			if wrong == "" {
				signatures = append(signatures, s)
			}
			reason = orDefault(reason, wrong)
		case !slices.Contains(others, name) && len(others) < maxNamed:
			others = append(others, name)
		}
	}
	switch {
	case len(signatures) > 0:
		return signatures, nil
	case reason != "":
		return nil, &MalformedError{HeaderSignature, reason}
	}
	return nil, &VersionError{others}
}

// isVersion reports whether s can be the version of a signature.
func isVersion(s string) bool {
	return s != "" && len(s) <= maxQuoted && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < '0' || r > '9') && (r < 'a' || r > 'z') && (r < 'A' || r > 'Z')
	})
}

// parsePlain reads the value of the header of HMACSHA256. The reason is empty
// when it is a signature.
func (o Options) parsePlain(value string) (signature []byte, reason string) {
	text, ok := strings.CutPrefix(value, o.Prefix)
	if !ok {
		return nil, fmt.Sprintf("%s does not begin with %q", quote(value), o.Prefix)
	}
	signature, reason = o.Encoding.decode(text)
	if reason == "" {
		return signature, ""
	}
	if prefix, rest, ok := strings.Cut(text, "="); ok {
		if _, wrong := o.Encoding.decode(rest); wrong == "" {
			reason = quote(prefix+"=") + " comes before the signature, and is not the prefix that is expected"
		}
	}
	return nil, reason
}

// decode reads a signature. The reason is empty when it is one.
func (e Encoding) decode(text string) (signature []byte, reason string) {
	if b := e.bytes(text); b != nil {
		return b, ""
	}
	other := Hex
	if e == Hex {
		other = Base64
	}
	if other.bytes(text) != nil {
		return nil, fmt.Sprintf("the signature is %s, and %s is expected", other, e)
	}
	return nil, fmt.Sprintf("%s is no %s of %d bytes", quote(text), e, sha256.Size)
}

// bytes returns what text stands for when it has the length of a signature, else
// nil.
func (e Encoding) bytes(text string) []byte {
	var b []byte
	var err error
	switch {
	case e == Hex:
		b, err = hex.DecodeString(text)
	case strings.ContainsAny(text, "\r\n"): // which package base64 passes over
		return nil
	default:
		// Strict, or the last character could be another and mean the same.
		b, err = base64.StdEncoding.Strict().DecodeString(text)
	}
	if err != nil || len(b) != sha256.Size {
		return nil
	}
	return b
}

// quote quotes the start of text from outside, as ASCII.
func quote(text string) string {
	if len(text) > maxQuoted {
		return strconv.QuoteToASCII(text[:maxQuoted]) + "..."
	}
	return strconv.QuoteToASCII(text)
}

package signature

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// MissingError says that headers are not there, or empty. The delivery may not be
// signed at all.
type MissingError struct {
	// Headers are the names of those that are missing.
	Headers []string
	// Present are names of headers that did come and, by their name, hold
	// a signature. They come from outside.
	Present []string
}

func (e *MissingError) Error() string {
	text := "the header " + enumerate(e.Headers) + " is missing"
	if len(e.Headers) > 1 {
		text = "the headers " + enumerate(e.Headers) + " are missing"
	}
	if len(e.Present) > 0 {
		text += "; what came is " + enumerate(e.Present)
	}
	return text
}

// enumerate writes "a", "a and b", "a, b and c".
func enumerate(names []string) string {
	n := len(names)
	if n < 2 {
		return strings.Join(names, "")
	}
	return strings.Join(names[:n-1], ", ") + " and " + names[n-1]
}

// MalformedError says that a header is not of the form that it should have.
type MalformedError struct {
	Header string
	Reason string // lower case, without a full stop
}

func (e *MalformedError) Error() string {
	return "the header " + e.Header + " is malformed: " + e.Reason
}

// VersionError says that there are signatures, and none of the version v1.
type VersionError struct {
	// Versions are those that came, each once. They come from outside and are of
	// ASCII letters and digits.
	Versions []string
}

func (e *VersionError) Error() string {
	text := "no v1 signature; what came is " + enumerate(e.Versions)
	if slices.Contains(e.Versions, "v1a") {
		text += ", and v1a (asymmetric, ed25519) is not supported"
	}
	return text
}

// StaleError says that the timestamp is too far from the present: an old delivery
// was sent again, or a clock is wrong. Whether the signature is right is then not
// looked at.
type StaleError struct {
	Age       time.Duration // to the second; below 0 for a timestamp in the future
	Tolerance time.Duration // how far it may lie in the past or the future
}

func (e *StaleError) Error() string {
	direction := "old"
	if e.Age < 0 {
		direction = "in the future"
	}
	// The least Duration has no positive counterpart, and Abs knows that.
	return fmt.Sprintf("timestamp %s %s; the tolerance is %s", inWords(e.Age.Abs()), direction, inWords(e.Tolerance))
}

// inWords writes a duration as a person says it.
func inWords(d time.Duration) string {
	const day = 24 * time.Hour
	switch {
	case d < time.Minute:
		return count(int(d/time.Second), "second")
	case d < 10*time.Minute && d%time.Minute >= time.Second:
		return count(int(d/time.Minute), "minute") + " " + count(int(d%time.Minute/time.Second), "second")
	case d < 2*time.Hour:
		return count(int(d/time.Minute), "minute")
	case d < 2*day:
		return count(int(d/time.Hour), "hour")
	}
	return count(int(d/day), "day")
}

func count(n int, unit string) string {
	if n == 1 {
		return "1 " + unit
	}
	return fmt.Sprintf("%d %ss", n, unit)
}

// Cause is what a signature that does not match was found to be made of.
type Cause string

// The causes that are found when the body has at most [MaxExplained] bytes. Each
// is only found of who has the secret.
const (
	// CauseUnknown: another secret, or other bytes.
	CauseUnknown Cause = ""
	// CauseReencoded: the payload was parsed and written anew before it was
	// signed, or between being signed and being sent.
	CauseReencoded Cause = "re-encoded JSON"
	// CauseLineBreak: the body with a line break at its end, or without the one
	// that it has.
	CauseLineBreak Cause = "line break"
	// CauseBodyAlone: the body without id and timestamp, which Standard signs too.
	CauseBodyAlone Cause = "body alone"
	// CauseSecretText: the text of a secret as the key, which under Standard is
	// what its base64 stands for.
	CauseSecretText Cause = "text of the secret"
)

// MismatchError says that the signature is none of the secrets and the body.
type MismatchError struct {
	Cause Cause
	// Form tells more of CauseReencoded, such as "compact, sorted keys".
	Form string
}

func (e *MismatchError) Error() string {
	switch e.Cause {
	case CauseReencoded:
		return "signature made of re-encoded JSON (" + e.Form + "), not of the bytes that came"
	case CauseLineBreak:
		return "signature made of a body with another line break at its end"
	case CauseBodyAlone:
		return "signature made of the body alone, without id and timestamp"
	case CauseSecretText:
		return "signature made with the text of the secret, not with what its base64 stands for"
	}
	return "signature made with another secret, or of other bytes than those that came, such as re-encoded JSON"
}

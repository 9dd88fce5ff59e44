package signature

import (
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// The headers of [Standard].
const (
	HeaderID        = "webhook-id"
	HeaderTimestamp = "webhook-timestamp"
	HeaderSignature = "webhook-signature"
)

// MaxID is how many bytes the id of a delivery may have to be signed.
const MaxID = 256

// Signer makes the headers that prove where a delivery comes from. It is made by
// [NewSigner] and safe for concurrent use.
type Signer struct {
	o    Options
	keys []key
}

// NewSigner returns a signer. The error is an [*OptionError] or a
// [*SecretError].
func NewSigner(o Options) (*Signer, error) {
	o, keys, err := o.checked()
	if err != nil {
		return nil, err
	}
	return &Signer{o, keys}, nil
}

// SignError says why something cannot be signed.
type SignError struct {
	What   string // such as "the id"
	Reason string
}

func (e *SignError) Error() string { return e.What + " cannot be signed: " + e.Reason }

// Sign returns the headers of one attempt to deliver body. Every attempt has the
// same id and its own time, at, which [Standard] signs to the second.
// [HMACSHA256] signs the body alone and looks at neither.
//
// The error is a [*SignError]: of an id that [CheckID] refuses, and of a time
// before 1970 or behind the year 9999.
func (s *Signer) Sign(id string, at time.Time, body []byte) ([]event.Header, error) {
	if len(s.keys) == 0 {
		return nil, &SignError{"a delivery", "there is no secret"}
	}
	if s.o.Scheme == HMACSHA256 {
		sum := s.keys[0].sum("", body)
		return []event.Header{{Name: s.o.Header, Value: s.o.Prefix + s.o.Encoding.encode(sum)}}, nil
	}
	if err := CheckID(id); err != nil {
		return nil, err
	}
	if unix := at.Unix(); unix < 0 || unix > maxTimestamp {
		return nil, &SignError{"the time", "it is not between 1970 and 9999"}
	}
	timestamp := strconv.FormatInt(at.Unix(), 10)
	signatures := make([]string, len(s.keys))
	for i, k := range s.keys {
		signatures[i] = version + "," + Base64.encode(k.sum(signedHead(id, timestamp), body))
	}
	return []event.Header{
		{Name: HeaderID, Value: id},
		{Name: HeaderTimestamp, Value: timestamp},
		{Name: HeaderSignature, Value: strings.Join(signatures, " ")},
	}, nil
}

// CheckID reports whether an id can be signed: it is neither empty nor longer
// than [MaxID], it is of printable ASCII without spaces, so that a header leaves
// it as it is, and it has no dot, which separates it from the timestamp. The
// error is a [*SignError].
func CheckID(id string) error {
	reason := wrongID(id)
	if i := strings.IndexFunc(id, func(r rune) bool { return r == ' ' || notPrintable(r) }); reason == "" && i >= 0 {
		reason = fmt.Sprintf("byte %d is a space or no printable ASCII", i+1)
	}
	if reason == "" && len(id) > MaxID {
		reason = fmt.Sprintf("it has %d bytes, at most %d are taken", len(id), MaxID)
	}
	if reason != "" {
		return &SignError{"the id", reason}
	}
	return nil
}

// wrongID says why an id proves nothing. With a dot in it, "a.1" with the
// timestamp 2 would have the same signature as "a" with the timestamp 1 and "2."
// before the body.
func wrongID(id string) string {
	switch {
	case id == "":
		return "it is empty"
	case strings.Contains(id, "."):
		return "it has a dot, which separates id, timestamp and body"
	}
	return ""
}

// version is of the signatures of Standard that are made and understood.
const version = "v1"

// signedHead is what Standard signs before the body.
func signedHead(id, timestamp string) string { return id + "." + timestamp + "." }

func (e Encoding) encode(sum []byte) string {
	if e == Base64 {
		return base64.StdEncoding.EncodeToString(sum)
	}
	return hex.EncodeToString(sum)
}

package signature

import (
	"crypto/hmac"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// Verifier says whether a delivery is signed as it should be. It is made by
// [NewVerifier] and safe for concurrent use; the zero Verifier takes nothing.
type Verifier struct {
	o    Options
	keys []key
}

// NewVerifier returns a verifier. The error is an [*OptionError] or a
// [*SecretError].
func NewVerifier(o Options) (*Verifier, error) {
	o, keys, err := o.checked()
	if err != nil {
		return nil, err
	}
	return &Verifier{o, keys}, nil
}

// Verify returns nil when one of the secrets has signed what came. headers are
// all of the delivery's, in any letter case and with nothing redacted, and body
// is what the sender signed: the bytes as they came, of which nothing was parsed
// and written anew. now is the present, by which [Standard] judges the timestamp;
// [HMACSHA256] has none.
//
// The error is a [*MissingError], [*MalformedError], [*StaleError],
// [*VersionError] or [*MismatchError], and the first of these that applies. Its
// text never shows a secret; what it quotes of the headers is bounded.
//
// All secrets are tried with all signatures in constant time, so that how long it
// takes tells nothing of a secret or of which one it is.
func (v *Verifier) Verify(headers []event.Header, body []byte, now time.Time) error {
	var c claim
	var err error
	if v.o.Scheme == HMACSHA256 {
		c, err = v.plainClaim(headers)
	} else {
		c, err = v.standardClaim(headers, now)
	}
	if err != nil {
		return err
	}
	if v.signed(c, body) {
		return nil
	}
	return v.explain(c, body)
}

// claim is what the headers say: that these signatures are of the head and a
// body.
type claim struct {
	head       string
	signatures [][]byte
}

// standardClaim reads the headers of Standard.
func (v *Verifier) standardClaim(headers []event.Header, now time.Time) (claim, error) {
	values, err := find(headers, HeaderID, HeaderTimestamp, HeaderSignature)
	if err != nil {
		return claim{}, err
	}
	id, timestamp, list := values[0], values[1], values[2]
	if reason := wrongID(id); reason != "" {
		return claim{}, &MalformedError{HeaderID, reason}
	}
	at, err := parseTimestamp(timestamp)
	if err != nil {
		return claim{}, err
	}
	// The header has whole seconds, so the clock is read to the second too.
	if age := time.Unix(now.Unix(), 0).Sub(at); age > v.o.Tolerance || age < -v.o.Tolerance {
		return claim{}, &StaleError{age, v.o.Tolerance}
	}
	signatures, err := parseSignatures(list)
	return claim{signedHead(id, timestamp), signatures}, err
}

// plainClaim reads the header of HMACSHA256.
func (v *Verifier) plainClaim(headers []event.Header) (claim, error) {
	values, err := find(headers, v.o.Header)
	if err != nil {
		return claim{}, err
	}
	signature, reason := v.o.parsePlain(values[0])
	if reason != "" {
		return claim{}, &MalformedError{v.o.Header, reason}
	}
	return claim{"", [][]byte{signature}}, nil
}

// signed reports whether one of the keys made one of the signatures.
func (v *Verifier) signed(c claim, body []byte) bool {
	found := false
	for _, k := range v.keys {
		sum := k.sum(c.head, body)
		for _, s := range c.signatures {
			// In this order, so that a match ends nothing early.
			found = hmac.Equal(sum, s) || found
		}
	}
	return found
}

package signature

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
)

const (
	secretPrefix = "whsec_" // of Standard's secrets
	// How many bytes Standard Webhooks asks of a secret: 192 to 512 bits.
	minKey, maxKey = 24, 64
)

// key is what HMAC takes. Its bytes are behind a pointer to a string for the
// reasons that the text of a [Secret] is.
type key struct {
	secret Secret
	bytes  *string
}

// newKeys makes the keys of the secrets. The error is a [*SecretError].
func newKeys(scheme Scheme, secrets []Secret) ([]key, error) {
	switch n := len(secrets); {
	case n == 0:
		return nil, &SecretError{Reason: "there is no secret"}
	case n > MaxSecrets:
		return nil, &OptionError{"Secrets", fmt.Sprintf("%d, at most %d are taken", n, MaxSecrets)}
	}
	keys := make([]key, len(secrets))
	for i, s := range secrets {
		if s.IsZero() {
			return nil, s.refuse("is empty")
		}
		bytes := s.text()
		if scheme == Standard {
			var reason string
			if bytes, reason = decodeSecret(s.text()); reason != "" {
				return nil, s.refuse(reason)
			}
		}
		keys[i] = key{s, &bytes}
	}
	return keys, nil
}

// decodeSecret returns the bytes that a secret of Standard stands for, or why it
// is none. Padding is optional, as in the Python library of the specification.
func decodeSecret(text string) (bytes, reason string) {
	text = strings.TrimSpace(text)
	if strings.HasPrefix(text, "whpk_") || strings.HasPrefix(text, "whsk_") {
		return "", "is an asymmetric key, for v1a signatures, which are not supported: a whsec_ secret is needed"
	}
	text, prefixed := strings.CutPrefix(text, secretPrefix)
	text = strings.TrimRight(text, "=")
	decoded, err := base64.RawStdEncoding.DecodeString(text)
	if err == nil && strings.ContainsAny(text, "\r\n") { // which package base64 passes over
		return "", "has a line break in it"
	}
	switch {
	case err != nil && prefixed:
		return "", "has something behind whsec_ that is not base64"
	case err != nil:
		return "", "is not base64, as Standard Webhooks asks: of plain text take the base64"
	case len(decoded) == 0:
		return "", "is empty"
	}
	return string(decoded), ""
}

// sum returns the HMAC-SHA256 of head and body.
func (k key) sum(head string, body []byte) []byte {
	mac := hmac.New(sha256.New, []byte(*k.bytes))
	mac.Write([]byte(head)) // a hash never fails
	mac.Write(body)
	return mac.Sum(nil)
}

// note says what of a key may not be meant, as the end of a sentence.
func (k key) note(scheme Scheme) string {
	text := k.secret.text()
	n := len(*k.bytes)
	switch {
	case scheme == Standard && (n < minKey || n > maxKey):
		return fmt.Sprintf("has %s, and Standard Webhooks asks for %d to %d", count(n, "byte"), minKey, maxKey)
	case scheme == HMACSHA256 && strings.HasPrefix(text, secretPrefix):
		return "begins with whsec_, as those of the standard scheme do: hmac-sha256 takes all of it as text"
	case scheme == HMACSHA256 && strings.TrimSpace(text) != text:
		return "begins or ends with white space, which belongs to it"
	}
	return ""
}

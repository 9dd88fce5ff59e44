package signature

import (
	"bytes"
	"strings"
)

// MaxExplained is how many bytes a body may have for the cause of a mismatch to be
// looked for, which takes many times longer than the check.
const MaxExplained = 64 << 10

// explain finds out what signatures were made of that do not match. It only tells
// of mistakes by somebody who has the secret: of any other signature nothing will
// match here either.
func (v *Verifier) explain(c claim, body []byte) *MismatchError {
	if len(body) > MaxExplained {
		return &MismatchError{}
	}
	if v.signed(claim{"", c.signatures}, body) {
		return &MismatchError{Cause: CauseBodyAlone}
	}
	for form, text := range reencoded(body) {
		if v.signed(c, text) {
			return &MismatchError{CauseReencoded, form}
		}
	}
	bare := bytes.TrimRight(body, "\r\n")
	for _, end := range []string{"", "\n", "\r\n"} {
		if v.signed(c, append(bytes.Clone(bare), end...)) {
			return &MismatchError{Cause: CauseLineBreak}
		}
	}
	if v.signedWithText(c, body) {
		return &MismatchError{Cause: CauseSecretText}
	}
	return &MismatchError{}
}

// signedWithText reports whether the text of a secret is the key, with or without
// the prefix.
func (v *Verifier) signedWithText(c claim, body []byte) bool {
	if v.o.Scheme != Standard {
		return false
	}
	var keys []key
	for _, k := range v.keys {
		text := strings.TrimSpace(k.secret.text())
		bare := strings.TrimPrefix(text, secretPrefix)
		keys = append(keys, key{k.secret, &text}, key{k.secret, &bare})
	}
	return (&Verifier{v.o, keys}).signed(c, body)
}

package signature

import (
	"encoding/base64"
	"errors"
	"strings"
	"testing"
)

// Whoever has a secret and signs something else is told what.
func TestMismatchCause(t *testing.T) {
	sign := func(secret string, head, body string) string {
		return "v1," + Base64.encode(key{bytes: &secret}.sum(head, []byte(body)))
	}
	head := signedHead(testID, "1614265330")
	raw, err := base64.StdEncoding.DecodeString("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	const text = "no JSON"
	tests := []struct {
		signature, body string
		cause           Cause
		want            string
	}{
		{sign(string(raw), "", text), text, CauseBodyAlone, "signature made of the body alone, without id and timestamp"},
		{sign(testSecret, head, text), text, CauseSecretText, "signature made with the text of the secret, not with what its base64 stands for"},
		{sign(testSecret[6:], head, text), text, CauseSecretText, ""},
		{sign(string(raw), head, text), text + "\n", CauseLineBreak, "signature made of a body with another line break at its end"},
		{sign(string(raw), head, text+"\n"), text, CauseLineBreak, ""},
		{sign(string(raw), head, text+"\r\n"), text + "\n", CauseLineBreak, ""},
		{sign(string(raw), head, `{"a":[1,{}]}`), "{ \"a\" : [ 1, { } ] }\n", CauseReencoded, "signature made of re-encoded JSON (compact), not of the bytes that came"},
		{sign(string(raw), head, `{"a":1,"b":2}`), `{"b":2,"a":1}`, CauseReencoded, "(compact, sorted keys)"},
		{sign("another", head, text), text, CauseUnknown, "such as re-encoded JSON"},
		{sign(string(raw), head, `{"a":2}`), `{"a":1,"a":2}`, CauseUnknown, ""}, // of duplicates nothing is guessed
		{sign(string(raw), head, `{"a":1}`), `{"a": 1}` + strings.Repeat(" ", MaxExplained), CauseUnknown, ""},
		{sign(string(raw), head, `[1]`), `[1 ]` + strings.Repeat(" ", MaxExplained-4), CauseReencoded, ""},
		{sign(string(raw), head, nested(maxNesting)), " " + nested(maxNesting), CauseReencoded, ""},
		{sign(string(raw), head, nested(maxNesting+1)), " " + nested(maxNesting+1), CauseUnknown, ""},
	}
	v := mustVerifier(t, Options{Secrets: secrets("whsec_AAAA", testSecret)})
	for i, test := range tests {
		err := v.Verify(standardHeaders(test.signature), []byte(test.body), testTime())
		mismatch, ok := errors.AsType[*MismatchError](err)
		if !ok || mismatch.Cause != test.cause || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%d: got %v, want cause %q, %s", i, err, test.cause, test.want)
		}
	}
}

func nested(n int) string { return strings.Repeat("[", n) + "0" + strings.Repeat("]", n) }

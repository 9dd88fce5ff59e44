package signature

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestSignRefuses(t *testing.T) {
	s := mustSigner(t, Options{Secrets: secrets(testSecret)})
	tests := []struct {
		id   string
		at   time.Time
		want string
	}{
		{"", testTime(), "the id cannot be signed: it is empty"},
		{"a.b", testTime(), "the id cannot be signed: it has a dot"},
		{"a b", testTime(), "byte 2 is a space or no printable ASCII"},
		{"a\r\nb", testTime(), "byte 2 is a space"},
		{"\u00e9", testTime(), "byte 1 is a space"},
		{"a\xff", testTime(), "byte 2 is a space"},
		{strings.Repeat("a", MaxID+1), testTime(), "it has 257 bytes, at most 256 are taken"},
		{"a", time.Unix(-1, 999_999_999), "the time cannot be signed: it is not between 1970 and 9999"},
		{"a", time.Time{}, "the time cannot be signed"},
		{"a", time.Unix(maxTimestamp+1, 0), "the time cannot be signed"},
	}
	for _, test := range tests {
		headers, err := s.Sign(test.id, test.at, nil)
		if _, ok := errors.AsType[*SignError](err); !ok || headers != nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("Sign(%q, %v): %v, %v; want %q", test.id, test.at, headers, err, test.want)
		}
	}
	if _, err := s.Sign(strings.Repeat("a", MaxID), testTime(), nil); err != nil {
		t.Error(err)
	}
	if _, err := (&Signer{}).Sign("a", testTime(), nil); err == nil {
		t.Error("the zero signer signs")
	}
	if err := (&Verifier{}).Verify(standardHeaders(testV1), []byte(testBody), testTime()); err == nil {
		t.Error("the zero verifier takes something")
	}
}

// A retry has the same id, and a timestamp and a signature of its own.
func TestAttempts(t *testing.T) {
	s := mustSigner(t, Options{Secrets: secrets(testSecret)})
	first, _ := s.Sign("id", testTime(), []byte(testBody))
	again, _ := s.Sign("id", testTime().Add(time.Second), []byte(testBody))
	if first[0] != again[0] || first[1] == again[1] || first[2] == again[2] {
		t.Errorf("%v\n%v", first, again)
	}
}

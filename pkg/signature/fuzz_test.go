package signature

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// FuzzSignedHeader: whatever the headers hold, Verify returns, and takes nothing
// that was not signed. What it says of them is bounded and fit for a terminal.
func FuzzSignedHeader(f *testing.F) {
	f.Add(testID, "1614265330", testV1, testBody, int64(1614265330))
	f.Add("", "", "", "", int64(0))
	f.Add("a.b", "-1", "v1,", "\xff", int64(-1))
	f.Add("id", "9223372036854775807", "v1a,AAAA v1,AAAA", `{"a":[1,"\u00e9\/<"]}`, int64(-1<<63))
	f.Add("id", "1", "sha256="+strings.Repeat("ab", 32), `{"b":1e9,"a":null}`, int64(1<<62))
	standard := mustVerifier(f, Options{Secrets: secrets("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", testSecret[:30])})
	plain := mustVerifier(f, Options{Scheme: HMACSHA256, Header: HeaderSignature, Prefix: "sha256=", Secrets: secrets("nobody knows this", "\xff")})
	f.Fuzz(func(t *testing.T, id, timestamp, signature, body string, now int64) {
		headers := []event.Header{{Name: HeaderID, Value: id}, {Name: "Webhook-Timestamp", Value: timestamp},
			{Name: HeaderSignature, Value: signature}, {Name: signature, Value: id}}
		for _, v := range []*Verifier{standard, plain} {
			err := v.Verify(headers, []byte(body), time.Unix(now, 0))
			if err == nil {
				t.Fatal("taken, though nobody has the secret")
			}
			text := err.Error()
			if len(text) > 600 || strings.ContainsFunc(text, notPrintable) {
				t.Errorf("%d bytes: %q", len(text), text)
			}
		}
	})
}

// FuzzRoundTrip: what Sign makes Verify takes, and not with a byte flipped.
func FuzzRoundTrip(f *testing.F) {
	f.Add("id", int64(1700000000), []byte(testBody), []byte("secret"), uint(0), byte(1))
	f.Add("", int64(-5), []byte{}, []byte{}, uint(7), byte(0x20))
	f.Add("msg_1", int64(0), []byte(`{"b": 1, "a": "\u00e9"}`), bytes.Repeat([]byte("k"), 70), uint(90), byte(0x80))
	f.Fuzz(func(t *testing.T, id string, unix int64, body, secret []byte, at uint, mask byte) {
		now := time.Unix(unix, 0)
		for _, o := range []Options{
			{Secrets: secrets(secretPrefix + Base64.encode(secret))},
			{Scheme: HMACSHA256, Secrets: secrets(string(secret))},
			{Scheme: HMACSHA256, Secrets: secrets(string(secret)), Encoding: Base64, Prefix: "v0="},
		} {
			signer, err := NewSigner(o)
			if err != nil {
				if len(secret) > 0 {
					t.Fatal(err)
				}
				continue
			}
			headers, err := signer.Sign(id, now, body)
			if err != nil {
				if CheckID(id) == nil && unix >= 0 && unix <= maxTimestamp {
					t.Fatal(err)
				}
				continue
			}
			v := mustVerifier(t, o)
			if err := v.Verify(headers, body, now); err != nil {
				t.Fatalf("%v: %v", headers, err)
			}
			if mask != 0 {
				refuseFlipped(t, v, headers, body, now, at, mask)
			}
		}
	})
}

// refuseFlipped changes one byte of the values and the body laid end to end.
func refuseFlipped(t *testing.T, v *Verifier, headers []event.Header, body []byte, now time.Time, at uint, mask byte) {
	t.Helper()
	size := uint(len(body))
	for _, h := range headers {
		size += uint(len(h.Value))
	}
	at %= size
	for i, h := range headers {
		if at >= uint(len(h.Value)) {
			at -= uint(len(h.Value))
			continue
		}
		value := []byte(h.Value)
		value[at] ^= mask
		if v.o.Scheme == HMACSHA256 && v.o.Encoding == Hex && strings.EqualFold(string(value), h.Value) {
			return // hex in either case is the same signature
		}
		headers[i].Value = string(value)
		if v.Verify(headers, body, now) == nil {
			t.Fatalf("%s: %q was %q", h.Name, value, h.Value)
		}
		return
	}
	flipped := bytes.Clone(body)
	flipped[at] ^= mask
	if v.Verify(headers, flipped, now) == nil {
		t.Fatalf("body: %q was %q", flipped, body)
	}
}

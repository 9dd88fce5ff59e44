package signature

import (
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

// vectors are what testdata/vectors.py computed, with other code than ours.
type vectors struct {
	Standard []struct {
		Name, Secret, ID, Body, Signature string
		Timestamp                         int64
	}
	Plain []struct {
		Name, Secret, Body, Hex, Base64 string
	}
	Reencoded []struct {
		Form, Body, Hex string
	}
}

func loadVectors(t testing.TB) vectors {
	t.Helper()
	text, err := os.ReadFile("testdata/vectors.json")
	if err != nil {
		t.Fatal(err)
	}
	var v vectors
	if err := json.Unmarshal(text, &v); err != nil {
		t.Fatal(err)
	}
	if len(v.Standard) < 7 || len(v.Plain) < 5 || len(v.Reencoded) < 8 {
		t.Fatalf("too few vectors: %d, %d, %d", len(v.Standard), len(v.Plain), len(v.Reencoded))
	}
	return v
}

func mustSigner(t testing.TB, o Options) *Signer {
	t.Helper()
	s, err := NewSigner(o)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func mustVerifier(t testing.TB, o Options) *Verifier {
	t.Helper()
	v, err := NewVerifier(o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func secrets(texts ...string) []Secret {
	var s []Secret
	for _, t := range texts {
		s = append(s, NewSecret(t))
	}
	return s
}

func TestStandardVectors(t *testing.T) {
	for _, v := range loadVectors(t).Standard {
		o := Options{Secrets: secrets(v.Secret)}
		at := time.Unix(v.Timestamp, 999_999_999)
		got, err := mustSigner(t, o).Sign(v.ID, at, []byte(v.Body))
		want := []event.Header{
			{Name: "webhook-id", Value: v.ID},
			{Name: "webhook-timestamp", Value: strconv.FormatInt(v.Timestamp, 10)},
			{Name: "webhook-signature", Value: v.Signature},
		}
		if d := cmp.Diff(want, got); d != "" || err != nil {
			t.Errorf("%s: %v, -want +got:\n%s", v.Name, err, d)
		}
		if err := mustVerifier(t, o).Verify(want, []byte(v.Body), at); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
}

// The vector that every library of the specification is tested with, written
// out so that no script can change it.
func TestPublishedVector(t *testing.T) {
	s := mustSigner(t, Options{Secrets: secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")})
	got, err := s.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if err != nil {
		t.Fatal(err)
	}
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got[2].Value != want {
		t.Errorf("got %s, want %s", got[2].Value, want)
	}
}

func TestPlainVectors(t *testing.T) {
	for _, v := range loadVectors(t).Plain {
		for _, form := range []struct {
			o    Options
			want event.Header
		}{
			{Options{}, event.Header{Name: "X-Signature", Value: v.Hex}},
			{Options{Encoding: Base64}, event.Header{Name: "X-Signature", Value: v.Base64}},
			{Options{Prefix: "sha256=", Header: "X-Hub-Signature-256"}, event.Header{Name: "X-Hub-Signature-256", Value: "sha256=" + v.Hex}},
		} {
			form.o.Scheme, form.o.Secrets = HMACSHA256, secrets(v.Secret)
			got, err := mustSigner(t, form.o).Sign("", time.Time{}, []byte(v.Body))
			if d := cmp.Diff([]event.Header{form.want}, got); d != "" || err != nil {
				t.Errorf("%s: %v, -want +got:\n%s", v.Name, err, d)
			}
			if err := mustVerifier(t, form.o).Verify(got, []byte(v.Body), time.Time{}); err != nil {
				t.Errorf("%s: %v", v.Name, err)
			}
		}
	}
}

func TestReencodedVectors(t *testing.T) {
	verifier := mustVerifier(t, Options{Scheme: HMACSHA256, Secrets: secrets("old", "secret")})
	vectors := loadVectors(t).Reencoded
	for _, v := range vectors {
		expectReencoded(t, verifier, v.Hex, v.Body, v.Form)
	}
	// What PHP's json_encode makes of the same, and Go's encoding/json of a map.
	const php = "90180b1c874653093938562f2b657223c2da9ed7b8748be2fb1e7380c1dc371e"
	body := vectors[0].Body
	var value any
	if err := json.Unmarshal([]byte(body), &value); err != nil {
		t.Fatal(err)
	}
	byGo, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	headers, err := mustSigner(t, Options{Scheme: HMACSHA256, Secrets: secrets("secret")}).Sign("", time.Time{}, byGo)
	if err != nil {
		t.Fatal(err)
	}
	expectReencoded(t, verifier, headers[0].Value, body, "compact, <, > and & escaped, sorted keys")
	expectReencoded(t, verifier, php, body, "compact, slashes and characters beyond ASCII escaped")
}

func expectReencoded(t *testing.T, v *Verifier, signature, body, form string) {
	t.Helper()
	err := v.Verify([]event.Header{{Name: "x-signature", Value: signature}}, []byte(body), time.Time{})
	mismatch, ok := errors.AsType[*MismatchError](err)
	if !ok || mismatch.Cause != CauseReencoded || mismatch.Form != form {
		t.Errorf("got %v, want re-encoded JSON, %s", err, form)
	}
}

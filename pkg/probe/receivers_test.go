package probe

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
	"github.com/konhook/konhook/pkg/signature"
)

func signing(scheme signature.Scheme) *signature.Options {
	return &signature.Options{Scheme: scheme, Secrets: []signature.Secret{signature.NewSecret(secret)}}
}

// good is a receiver that takes what the schema allows, and types that it does
// not know.
func good(t *testing.T, sign *signature.Options) http.HandlerFunc {
	v := newValidator(t)
	var verifier *signature.Verifier
	if sign != nil {
		var err error
		if verifier, err = signature.NewVerifier(*sign); err != nil {
			t.Fatal(err)
		}
	}
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		switch {
		case r.Method != http.MethodPost:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
		case verifier != nil && verifier.Verify(headersOf(r), body, time.Now()) != nil:
			w.WriteHeader(http.StatusUnauthorized)
		case !sound(v, body):
			w.WriteHeader(http.StatusBadRequest)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

func newValidator(t *testing.T) *schema.Validator {
	t.Helper()
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func headersOf(r *http.Request) (all []event.Header) {
	for name, values := range r.Header {
		for _, v := range values {
			all = append(all, event.Header{Name: name, Value: v})
		}
	}
	return all
}

func sound(v *schema.Validator, body []byte) bool {
	for e, err := range event.ReadFrom(context.Background(), strings.NewReader(string(body)), "body", event.ReadOptions{Whole: true}) {
		if err != nil {
			return false
		}
		for _, f := range v.Check(e) {
			if f.Severity == schema.Error && (f.Pointer != "/type" || !strings.Contains(string(body), `"type":"`)) {
				return false
			}
		}
		return true
	}
	return false
}

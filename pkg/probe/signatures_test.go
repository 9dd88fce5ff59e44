package probe

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/signature"
)

// checking is a receiver that checks signatures, of the body as change makes it.
func checking(t *testing.T, sign *signature.Options, change func([]byte) []byte) http.HandlerFunc {
	t.Helper()
	verifier, err := signature.NewVerifier(*sign)
	if err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		if verifier.Verify(headersOf(r), change(body), time.Now()) != nil {
			w.WriteHeader(http.StatusUnauthorized)
		}
	}
}

// TestHintsAboutSignatures: what a refused signature means depends on what else
// was refused.
func TestHintsAboutSignatures(t *testing.T) {
	sign := signing(signature.Standard)
	compact := func(body []byte) []byte {
		var b bytes.Buffer
		if json.Compact(&b, body) != nil {
			return body
		}
		return b.Bytes()
	}
	forbids := func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }
	get, _ := Lookup("get")
	valid, _ := Lookup("signature-valid")
	const bytesOfBody = "check the bytes of the body as they came, before a framework parses them"
	tests := map[string]struct {
		handler   http.HandlerFunc
		sign      *signature.Options
		name      string
		hint, not string
	}{
		"another secret": {checking(t, &signature.Options{
			Scheme: signature.Standard, Secrets: []signature.Secret{signature.NewSecret(anotherSecret)},
		}, bytes.Clone), sign, "unicode", "those of the receiver? Does it " + bytesOfBody, "signs the JSON"},
		"forbidden":              {forbids, sign, "unicode", "those of the receiver? Does it " + bytesOfBody, ""},
		"not signed":             {forbids, nil, "unicode", "does the receiver want signatures?", ""},
		"signs as Python writes": {checking(t, sign, func(body []byte) []byte { return asPython(compact(body)) }), sign, "unicode", "the receiver signs the JSON as it would write it itself", "secret"},
		"signs as it parses":     {checking(t, sign, compact), sign, "signature-valid", "check the signature of the bytes of the body", "secret"},
		"a GET without one":      {checking(t, sign, bytes.Clone), sign, "get", get.Mend, "signature"},
		"a GET, nothing signed":  {forbids, nil, "get", get.Mend, "signature"},
		"takes one way alone":    {onlyCompact, sign, "signature-valid", valid.Mend, "secret"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, Options{URL: serve(t, tt.handler), Sign: tt.sign, Cases: []string{tt.name}})[tt.name]
			if !strings.Contains(r.Hint, tt.hint) || tt.not != "" && strings.Contains(r.Hint, tt.not) {
				t.Errorf("%s: %s: %q", r.Outcome, r.Got, r.Hint)
			}
		})
	}
}

func onlyCompact(w http.ResponseWriter, r *http.Request) {
	if body, _ := io.ReadAll(r.Body); bytes.Contains(body, []byte(`, "`)) {
		w.WriteHeader(http.StatusBadRequest)
	}
}

func TestAsPython(t *testing.T) {
	const sound = `{"a":[1,"x, y:\"é😀\\"],"b":{"c":null,"\\":1.5}}`
	const want = `{"a": [1, "x, y:\"\u00e9\ud83d\ude00\\"], "b": {"c": null, "\\": 1.5}}`
	if diff := cmp.Diff(want, string(asPython([]byte(sound)))); diff != "" {
		t.Error(diff)
	}
}

// TestSignatureOfTomorrow: a receiver that looks for old signatures alone takes
// one that stays good for a day.
func TestSignatureOfTomorrow(t *testing.T) {
	var last atomic.Int64
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		at, _ := strconv.ParseInt(r.Header.Get(signature.HeaderTimestamp), 10, 64)
		last.Store(at)
		if time.Since(time.Unix(at, 0)) > 5*time.Minute {
			w.WriteHeader(http.StatusUnauthorized)
		}
	})
	r := run(t, Options{URL: url, Sign: signing(signature.Standard), Cases: []string{"signature-stale"}})["signature-stale"]
	if r.Outcome != Fail || r.Got != "200 OK for the one of tomorrow" {
		t.Errorf("%s: %q", r.Outcome, r.Got)
	}
	if ahead := time.Until(time.Unix(last.Load(), 0)); ahead < stale-time.Hour {
		t.Error(ahead)
	}
}

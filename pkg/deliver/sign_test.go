package deliver

import (
	"errors"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/signature"
)

// Each attempt is signed anew, with the same id. The second of them is the vector
// that every library of Standard Webhooks is tested with.
func TestEachAttemptIsSigned(t *testing.T) {
	signer, err := signature.NewSigner(signature.Options{Secrets: []signature.Secret{signature.NewSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")}})
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		var got []http.Header
		answer := statuses(503, 200)
		clock := time.Unix(1614265329, 0)
		s, _, stop := receive(t, Options{Retries: 1, Backoff: -1, Now: func() time.Time { return clock }}, func(w http.ResponseWriter, r *http.Request) {
			got = append(got, r.Header)
			clock = clock.Add(time.Second)
			answer(w, r)
		})
		defer stop()
		r := s.Send(t.Context(), Request{
			URL: here, Body: []byte(`{"test": 2432232314}`), Headers: headers("Webhook-Signature", "v1,old", "X-Other", "kept"),
			Sign: func(now time.Time, body []byte) ([]event.Header, error) {
				return signer.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", now, body)
			},
		}, nil)
		if !r.OK || len(got) != 2 {
			t.Fatalf("%d requests, %v", len(got), r.Err)
		}
		for i, want := range []map[string][]string{
			{"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265329"}, "X-Other": {"kept"}},
			{"Webhook-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Webhook-Timestamp": {"1614265330"}, "X-Other": {"kept"}, "Webhook-Signature": {"v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="}},
		} {
			for name, values := range want {
				if d := cmp.Diff(values, got[i][name]); d != "" {
					t.Errorf("attempt %d, %s (-want +got):\n%s", i+1, name, d)
				}
			}
		}
		if first, second := got[0].Get("Webhook-Signature"), got[1].Get("Webhook-Signature"); first == second || first == "v1,old" {
			t.Errorf("the signatures are %q and %q", first, second)
		}
	})
}

func TestWhatCannotBeSignedIsNotSent(t *testing.T) {
	why := errors.New("no id")
	s := New(Options{Retries: 3, Backoff: time.Hour})
	defer s.Close()
	attempts := 0
	r := s.Send(t.Context(), Request{URL: here, Sign: func(time.Time, []byte) ([]event.Header, error) { return nil, why }}, func(Result) { attempts++ })
	if r.OK || !errors.Is(r.Err, why) || attempts != 1 {
		t.Errorf("%v in %d attempts", r.Err, attempts)
	}
}

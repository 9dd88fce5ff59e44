package listen

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// signed is a Verify that wants a header which holds the body's length in words.
func signed(headers []event.Header, body []byte, now time.Time) error {
	switch {
	case time.Since(now) > time.Minute:
		return errors.New("no time")
	case !slices.Contains(headers, event.Header{Name: "X-Secret", Value: "canary"}):
		return errors.New("the secret reason")
	case string(body) != published:
		return errors.New("other bytes")
	}
	return nil
}

func TestVerify(t *testing.T) {
	packed := pack(t, published)
	tests := []struct {
		name, body string
		headers    []string
		reason     string // empty: it is signed
	}{
		{"signed", published, []string{"X-Secret: canary"}, ""},
		{"signed before it was packed", packed, []string{"X-Secret: canary", "Content-Encoding: gzip"}, ""},
		{"not signed", published, nil, "the secret reason"},
		{"another body", "{}", []string{"X-Secret: canary"}, "other bytes"},
		{"not what its encoding says", published + " ", []string{"X-Secret: canary", "Content-Encoding: gzip"}, "other bytes"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var kept store
			s := start(t, Options{Save: kept.save, Verify: signed, Check: checkJSON})
			got := s.post(tt.body, tt.headers...)
			x := s.next()
			want, refused := 200, ""
			var wrong *SignatureError
			if tt.reason != "" {
				want, refused = 401, event.RefusedSignature
				if !errors.As(x.Err, &wrong) || wrong.Error() != tt.reason {
					t.Errorf("the reason is %v; want %s", x.Err, tt.reason)
				}
			}
			if got.status != want || x.Status != want || x.Delivery.Response.Status != want || x.Delivery.Refused != refused {
				t.Errorf("answered %d, observed %+v; want %d", got.status, x, want)
			}
			if x.Signed != (want == 200) || x.Counted != x.Signed || !x.Stored() || len(kept.ids()) != 1 || x.Delivery.Valid == nil {
				t.Errorf("observed %+v", x)
			}
			if strings.Contains(got.body, "secret") || strings.Contains(got.body, "bytes") {
				t.Errorf("the sender is told %q", got.body)
			}
			if string(x.Delivery.Body) != tt.body {
				t.Errorf("stored %q", x.Delivery.Body)
			}
		})
	}
}

// TestBadSignatureGoesBeforeAllElse: it is neither judged by the schema nor
// forwarded, takes no answer of those in turn and leaves the limit alone.
func TestBadSignatureGoesBeforeAllElse(t *testing.T) {
	s := start(t, Options{
		Verify: signed, Check: checkJSON, RejectInvalid: true, Limit: 1, Respond: []Answer{202, 500},
		Routes: []Route{{Types: []event.Type{event.TypeOf([]byte(published))}, URL: "http://127.0.0.1:1"}},
	})
	for _, body := range []string{published, "not JSON"} {
		if got := s.post(body); got.status != 401 {
			t.Errorf("%q is answered %d", body, got.status)
		}
		if x := s.next(); x.Target != "" || x.Forwarded != 0 {
			t.Errorf("observed %+v", x)
		}
	}
	s = start(t, Options{Verify: signed, Respond: []Answer{202, 500}, Limit: 1})
	for _, want := range []int{401, 202} {
		var headers []string
		if want == 202 {
			headers = []string{"X-Secret: canary"}
		}
		if got := s.post(published, headers...); got.status != want {
			t.Errorf("answered %d; want %d", got.status, want)
		}
	}
}

func TestBadSignatureThatIsNotStored(t *testing.T) {
	var kept store
	kept.fail(errors.New("disk full"))
	s := start(t, Options{Save: kept.save, Verify: signed})
	if got := s.post(published); got.status != 503 {
		t.Errorf("answered %d", got.status)
	}
}

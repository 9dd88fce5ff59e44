package deliver

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// Names beyond ASCII are written by net/http, which carries such requests, and
// all else is as it is elsewhere.
func TestThroughNetHTTP(t *testing.T) {
	var seen *http.Request
	var body string
	handle := statuses(200)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		seen, body = r, string(text)
		handle(w, r)
	}))
	defer server.Close()
	url := strings.Replace(server.URL, "127.0.0.1", "me:word@b\u00fccher.localhost", 1) + "/webhook"
	s := New(Options{Retries: 1, Backoff: -1, Timeout: 5 * time.Second})
	defer s.Close()
	req := Request{
		URL: url, Body: []byte("{}"), Headers: headers("X-Signature", "old", "X-Other", "kept", "Content-Length", "99"),
		Sign: func(time.Time, []byte) ([]event.Header, error) { return headers("x-signature", "new"), nil },
	}
	if r := s.Send(t.Context(), req, nil); !r.OK {
		t.Fatal(r.Err)
	}
	user, password, _ := seen.BasicAuth()
	if body != "{}" || seen.ContentLength != 2 || strings.Join(seen.Header["X-Signature"], ",") != "new" || seen.Header.Get("X-Other") != "kept" ||
		user != "me" || password != "word" || !strings.HasPrefix(seen.Host, "xn--bcher-kva.localhost:") {
		t.Errorf("body %q, host %s, header %v", body, seen.Host, seen.Header)
	}

	handle = func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no luck", http.StatusNotFound) }
	if r := s.Send(t.Context(), req, nil); r.OK || r.Status != 404 || string(r.Answer) != "no luck\n" || r.Attempt != 1 {
		t.Errorf("%+v", r)
	}
	attempts := 0
	handle = func(w http.ResponseWriter, _ *http.Request) {
		if attempts++; attempts == 1 {
			w.Header().Set("Retry-After", "0")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}
	if r := s.Send(t.Context(), req, nil); !r.OK || r.Attempt != 2 {
		t.Errorf("%+v", r)
	}

	hang := New(Options{Timeout: 50 * time.Millisecond})
	defer hang.Close()
	handle = func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }
	if r := hang.Send(t.Context(), req, nil); text(r.Err) != "no whole answer within 50ms" || !errors.Is(r.Err, context.DeadlineExceeded) {
		t.Errorf("error %v", r.Err)
	}
}

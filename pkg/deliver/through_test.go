package deliver

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
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
	s := New(Options{Retries: 1, Backoff: -1, Timeout: time.Minute})
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

// What follows a 101 is not HTTP any more, and no time limit would end reading it.
func TestSwitchingProtocolsThroughNetHTTP(t *testing.T) {
	let := make(chan struct{})
	url := serve(t, func(c net.Conn, _ int) {
		take(bufio.NewReader(c))
		io.WriteString(c, "HTTP/1.1 101 x\r\nUpgrade: y\r\nConnection: Upgrade\r\n\r\n")
		select {
		case <-let:
		case <-time.After(40 * time.Second): // or a Send that hangs would hang the test
		}
	})
	s := New(Options{Timeout: 2 * time.Minute})
	defer s.Close()
	begin := time.Now()
	r := s.Send(t.Context(), Request{URL: strings.Replace(url, "127.0.0.1", "b\u00fccher.localhost", 1), Body: []byte("{}")}, nil)
	took := time.Since(begin)
	close(let)
	if r.OK || r.Status != 101 || took > 30*time.Second {
		t.Errorf("status %d, ok %v, %v after %s", r.Status, r.OK, r.Err, took)
	}
}

// The proxy is asked for the host of the URL, whatever the header Host says.
func TestTargetForAProxy(t *testing.T) {
	for _, tt := range []struct{ url, want string }{
		{"http://me:pw@staging.example/web%20hook?x=1", "http://staging.example/web%20hook?x=1"},
		{"http://[2001:db8::1]:8080", "http://[2001:db8::1]:8080/"},
		{"http://staging.example?a b", "http://staging.example/?a%20b"},
	} {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := absolute(u).RequestURI(); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.url, got, tt.want)
		}
	}
}

// Who is told late of deliveries makes none of them slow, whoever carries them.
func TestSlowIsNoLatencyThroughNetHTTP(t *testing.T) {
	const most, to = time.Second, "http://b\u00fccher.localhost:5000/webhook"
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{MaxLatency: most}, statuses(200))
		defer stop()
		o := RunOptions{
			Ready: true, Slow: func() { <-time.After(most + 1) },
			Target: func(e *event.Event) Request { return Request{URL: to, Body: e.Body} },
		}
		summary, err := s.Run(t.Context(), numbered(2), o, func(r Result) {
			if !r.OK || r.Latency != 0 {
				t.Errorf("event %d: %v after %s", r.Number, r.Err, r.Latency)
			}
		})
		if err != nil || summary.OK != 2 {
			t.Errorf("%+v, %v", summary, err)
		}
	})
}

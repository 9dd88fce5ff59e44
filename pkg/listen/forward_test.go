package listen

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// backend is another receiver.
func backend(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

func TestForward(t *testing.T) {
	var got *http.Request
	var body []byte
	target := backend(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		h := w.Header()
		h["x-Answer"] = []string{"1", "2"}
		h.Set("Connection", "X-Hop")
		h.Set("X-Hop", "1")
		h.Set("Content-Type", "application/x-thing")
		w.WriteHeader(http.StatusAccepted)
		_, _ = io.WriteString(w, "taken")
	})
	var kept store
	s := start(t, Options{Save: kept.save, Forward: target + "/hook?y=2"})
	answer, err := s.send(http.MethodPost, "/in?x=1", published, "Content-Type: application/json", "Authorization: Bearer canary",
		"X-Many: 1", "X-Many: 2", "Connection: X-Mine", "X-Mine: 1", "User-Agent: the sender/1")
	if err != nil {
		t.Fatal(err)
	}
	if answer.status != 202 || answer.body != "taken" || answer.header.Get("Content-Type") != "application/x-thing" ||
		!slices.Equal(answer.header["X-Answer"], []string{"1", "2"}) || answer.header.Get("X-Hop") != "" {
		t.Errorf("answered %+v", answer)
	}
	if got.RequestURI != "/hook?y=2" || string(body) != published || "http://"+got.Host != target {
		t.Errorf("forwarded %s %s %q", got.Host, got.RequestURI, body)
	}
	for name, want := range map[string][]string{
		"Content-Type": {"application/json"}, "Authorization": {"Bearer canary"}, "X-Many": {"1", "2"}, "X-Mine": nil,
		"User-Agent": {"the sender/1"}, "Accept-Encoding": {"gzip"}, // as the client of this test sends it
	} {
		if !slices.Equal(got.Header[name], want) {
			t.Errorf("forwarded %s %q; want %q", name, got.Header[name], want)
		}
	}
	x := s.next()
	if x.Status != 202 || x.Delivery.Response.Status != 202 || x.Forwarded <= 0 || x.Err != nil || !x.Stored() {
		t.Errorf("observed %+v", x)
	}
	if !slices.Contains(x.Delivery.Headers, event.Header{Name: "Authorization", Value: event.Redacted}) {
		t.Errorf("stored the headers %v", x.Delivery.Headers)
	}
}

func TestForwardPassesRefusalsAndRedirectsOn(t *testing.T) {
	for _, status := range []int{204, 302, 400, 410, 500} {
		target := backend(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Location", "/elsewhere")
			w.WriteHeader(status)
		})
		s := start(t, Options{Forward: target})
		c := client()
		c.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
		res, err := c.Post(s.url, "application/json", strings.NewReader(published))
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != status || res.Header.Get("Location") != "/elsewhere" {
			t.Errorf("answered %d %v; want %d", res.StatusCode, res.Header, status)
		}
	}
}

func TestForwardThatFails(t *testing.T) {
	hang := make(chan struct{})
	gone, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	gone.Close()
	tests := []struct {
		name, target string
		timeout      time.Duration
		want         int
	}{
		{"nobody there", "http://" + gone.Addr().String(), time.Hour, 502},
		{"connection dropped", backend(t, func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }), time.Hour, 502},
		{"answer cut off", backend(t, func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "10")
			_, _ = io.WriteString(w, "half")
		}), time.Hour, 502},
		{"answer without end", backend(t, func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write(make([]byte, maxReply+1))
		}), time.Hour, 502},
		{"no answer", backend(t, func(http.ResponseWriter, *http.Request) { <-hang }), 200 * time.Millisecond, 504},
	}
	defer close(hang)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var kept store
			s := start(t, Options{Save: kept.save, Forward: tt.target, Timeout: tt.timeout})
			got := s.post(published)
			x := s.next()
			var failed *ForwardError
			if got.status != tt.want || x.Status != tt.want || !errors.As(x.Err, &failed) || failed.Status != tt.want {
				t.Errorf("answered %d, observed %+v; want %d", got.status, x, tt.want)
			}
			if strings.Contains(got.body, "127.0.0.1") {
				t.Errorf("the sender is told %q", got.body)
			}
			if !x.Stored() || len(kept.ids()) != 1 || x.Delivery.Response.Status != tt.want {
				t.Errorf("stored %v", x.Delivery.Response)
			}
		})
	}
}

func TestForwardedAndNotStoredIsNotAcknowledged(t *testing.T) {
	target := backend(t, func(http.ResponseWriter, *http.Request) {})
	var kept store
	kept.fail(errors.New("disk full"))
	s := start(t, Options{Save: kept.save, Forward: target})
	if got := s.post(published); got.status != 503 {
		t.Errorf("answered %d", got.status)
	}
}

func TestRejectedIsNotForwarded(t *testing.T) {
	target := backend(t, func(http.ResponseWriter, *http.Request) { t.Error("forwarded") })
	s := start(t, Options{Forward: target, Check: checkJSON, RejectInvalid: true})
	if got := s.post("x"); got.status != 422 {
		t.Errorf("answered %d", got.status)
	}
}

// TestForwardOutlivesItsSender: a sender that gives up does not break off what
// the other receiver is doing.
func TestForwardOutlivesItsSender(t *testing.T) {
	began, gone := make(chan struct{}), make(chan struct{})
	target := backend(t, func(_ http.ResponseWriter, r *http.Request) {
		close(began)
		<-gone
		select {
		case <-r.Context().Done():
			t.Error("broken off")
		case <-time.After(100 * time.Millisecond):
		}
	})
	s := start(t, Options{Forward: target})
	c := s.dial()
	s.write(c, head+"\r\n{}")
	<-began
	c.Close()
	close(gone)
	if x := s.next(); x.Status != 200 || x.Err != nil {
		t.Errorf("observed %+v", x)
	}
}

// A receiver that closes the connection instead of an answer may have taken what
// it got: nothing is sent to it again, whatever its headers and its body.
func TestForwardSendsOnce(t *testing.T) {
	for _, body := range []string{published, ""} {
		for _, name := range []string{"Idempotency-Key", "X-Idempotency-Key"} {
			var got atomic.Int32
			target := backend(t, func(w http.ResponseWriter, _ *http.Request) {
				if got.Add(1) > 1 {
					c, _, _ := w.(http.Hijacker).Hijack()
					c.Close()
				}
			})
			s := start(t, Options{Forward: target})
			for _, want := range []int{200, 502} {
				if a, err := s.send(http.MethodPost, "/", body, name+": 1"); err != nil || a.status != want {
					t.Errorf("%s, %q: answered %+v, %v; want %d", name, body, a, err, want)
				}
			}
			if n := got.Load(); n != 2 {
				t.Errorf("%s, %q: 2 forwarded, %d received", name, body, n)
			}
		}
	}
}

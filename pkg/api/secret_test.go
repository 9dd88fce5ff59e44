package api

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// TestRedirectsNeverGetTheKey sends clients over five codes and two hops, within
// http and from https to http, and looks for the key behind them.
func TestRedirectsNeverGetTheKey(t *testing.T) {
	var (
		mu   sync.Mutex
		seen []string
	)
	second := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, fmt.Sprint(r.URL, r.Header))
	})
	for _, code := range []int{301, 302, 303, 307, 308} {
		first := serve(t, func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			seen = append(seen, fmt.Sprint(r.URL, r.Header))
			mu.Unlock()
			http.Redirect(w, r, second+"/hop2?key="+r.Header.Get("X-API-KEY"), code)
		})
		toFirst := func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, strings.Replace(first, "://", "://user:"+canary+"@", 1)+"/"+r.Header.Get("X-API-KEY")+"?key="+r.Header.Get("X-API-KEY"), code)
		}
		plain := httptest.NewServer(http.HandlerFunc(toFirst))
		t.Cleanup(plain.Close)
		secure := httptest.NewTLSServer(http.HandlerFunc(toFirst))
		t.Cleanup(secure.Close)
		for _, url := range []string{plain.URL, secure.URL} {
			checkRedirect(t, url, first, code)
		}
	}
	if len(seen) != 0 {
		t.Errorf("redirects were followed: %q", seen)
	}
}

func checkRedirect(t *testing.T, url, to string, code int) {
	t.Helper()
	var traced strings.Builder
	c := newClient(t, Options{BaseURL: url, Insecure: true, Trace: func(x Exchange) { fmt.Fprintf(&traced, "%+v", x) }})
	_, err := c.Last(t.Context(), published(t))
	var redirect *RedirectError
	if !errors.As(err, &redirect) || redirect.Status != code || redirect.To != to+"/"+redacted && !strings.HasPrefix(redirect.To, to+"/%5Bredacted") {
		t.Fatalf("%d: %T %v", code, err, err)
	}
	all := fmt.Sprintf("%v %+v %#v %s", err, err, redirect, traced.String())
	if strings.Contains(all, canary) || strings.Contains(all, "user:") || !strings.Contains(traced.String(), redacted) {
		t.Errorf("%d: a secret shows in %s", code, all)
	}
}

// TestServersThatSendTheKeyBack has the key in every part of an answer that an
// error or a trace shows.
func TestServersThatSendTheKeyBack(t *testing.T) {
	for _, status := range []int{200, 302, 304, 400, 401, 403, 404, 429, 500, 503} {
		url := serve(t, func(w http.ResponseWriter, r *http.Request) {
			key := r.Header.Get("X-API-KEY")
			for _, name := range []string{"Content-Type", "X-Echo", "Set-Cookie", "Location", "Warning", "X-" + key} {
				w.Header().Set(name, "x"+key)
			}
			w.WriteHeader(status)
			fmt.Fprintf(w, "%s no, %q", strings.Repeat(".", maxMessage-20), key)
		})
		var traced strings.Builder
		c := newClient(t, Options{BaseURL: url, Retries: -1, Trace: func(x Exchange) { fmt.Fprintf(&traced, "%+v", x) }})
		_, err := c.Last(t.Context(), published(t))
		if err == nil {
			t.Fatalf("%d: no error", status)
		}
		all := strings.ToLower(fmt.Sprintf("%v %+v %#v %s", err, err, err, traced.String()))
		if strings.Contains(all, strings.ToLower(canary[:12])) {
			t.Errorf("%d: the key shows in %s", status, all)
		}
	}
}

// TestBrokenAnswers has a server that speaks no HTTP but repeats the key.
func TestBrokenAnswers(t *testing.T) {
	for _, line := range []string{canary, "HTTP/1.1 " + canary, "HTTP/1.1 200 OK\r\n" + canary + "\r\n\r\n", "HTTP/1.1 200 OK\r\nContent-Length: " + canary + "\r\n\r\n"} {
		url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			fmt.Fprintf(conn, "%s\r\n\r\n", line)
			_ = conn.Close()
		})
		_, err := newClient(t, Options{BaseURL: url, Retries: -1}).Last(t.Context(), published(t))
		if err == nil || strings.Contains(fmt.Sprintf("%#v %v", err, err), canary) {
			t.Errorf("%q: %v", line, err)
		}
	}
}

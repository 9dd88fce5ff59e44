package probe

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/signature"
)

// TestHostileAnswers: whatever comes back, the probe ends soon, and what it
// quotes is short and clean.
func TestHostileAnswers(t *testing.T) {
	forever := func(text string) func(net.Conn, string) {
		return func(c net.Conn, _ string) {
			for much := strings.Repeat(text, 1000); ; {
				if _, err := io.WriteString(c, much); err != nil {
					return
				}
			}
		}
	}
	once := func(text string) func(net.Conn, string) {
		return func(c net.Conn, _ string) { _, _ = io.WriteString(c, text) }
	}
	tests := map[string]struct {
		talk func(net.Conn, string)
		got  string
	}{
		"nothing":         {once(""), "the connection was "},
		"no HTTP":         {once("SSH-2.0-\x1b[2Jx\r\n\r\n"), "no answer that is HTTP: "},
		"half an answer":  {once("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"), "the connection was "},
		"endless head":    {forever("X-A: b\r\n"), "no answer that is HTTP: "},
		"endless interim": {forever("HTTP/1.1 103 Early Hints\r\n\r\n"), "no answer that is HTTP: answers of 1xx without an end"},
		"escapes":         {once("HTTP/1.1 500 \x1b[31m\r\nContent-Length: 15\r\n\r\n\x1b[2J\u202eevil\xff\x00 abc"), `500 Internal Server Error: \x1b[2J\u202eevil`},
		"long line":       {once("HTTP/1.1 500 No\r\nConnection: close\r\n\r\n" + strings.Repeat("x", 1<<20)), "500 Internal Server Error: xxxx"},
		"endless body": {func(c net.Conn, _ string) {
			_, _ = io.WriteString(c, "HTTP/1.1 400 No\r\n\r\n")
			forever("xxxxxxxx")(c, "")
		}, "400 Bad Request: xxxx"},
		"a strange number": {once("HTTP/1.1 999 Hm\r\nContent-Length: 0\r\n\r\n"), "999"},
		"a switch":         {once("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "the connection was "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				started := time.Now()
				r := run(t, piped(t, tt.talk).quick("unicode"))["unicode"]
				if r.Outcome != Fail || !strings.HasPrefix(r.Got, tt.got) {
					t.Errorf("%s: %q", r.Outcome, r.Got)
				}
				if len([]rune(r.Got)) > maxGot || strings.ContainsAny(r.Got, "\x1b\n\u202e") {
					t.Errorf("%q", r.Got)
				}
				if time.Since(started) > 8*time.Second {
					t.Errorf("took %s", time.Since(started))
				}
			})
		})
	}
}

func TestSecretsAreNotQuoted(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		w.WriteHeader(500)
		_, _ = io.WriteString(w, "no "+secret+" for "+user+" "+password+" at "+r.URL.String())
	})
	o := Options{URL: strings.Replace(url, "://", "://me:pass-word@", 1) + "?token=tok-en", Cases: []string{"unicode", "answer-leaks"}, Sign: signing(signature.Standard)}
	results := run(t, o)
	if got := results["unicode"].Got; !strings.HasPrefix(got, "500 Internal Server Error: no [redacted] for me [redacted] at /webhook?[redacted]") {
		t.Error(got)
	}
	if got := results["answer-leaks"].Got; got != "the secret of the signatures, in an answer of 500" {
		t.Error(got)
	}
}

// TestSecretsInJSONAreNotQuoted: PHP writes a backslash before each slash.
func TestSecretsInJSONAreNotQuoted(t *testing.T) {
	slashes := "a/b/" + strings.Repeat("/", 28)
	sign := &signature.Options{Scheme: signature.Standard, Secrets: []signature.Secret{signature.NewSecret("whsec_" + slashes)}}
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(500)
		_, _ = io.WriteString(w, `{"secret":"`+strings.ReplaceAll(slashes, "/", `\/`)+`"}`)
	})
	if got := run(t, Options{URL: url, Sign: sign, Cases: []string{"unicode"}})["unicode"].Got; got != `500 Internal Server Error: {"secret":"[redacted]"}` {
		t.Error(got)
	}
}

// TestOwnWordsAreNotHidden: what the URL has in it is taken out of what the receiver
// says, and of nothing else.
func TestOwnWordsAreNotHidden(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(500)
		_, _ = io.WriteString(w, "Internal matters of course.published")
	})
	r := run(t, Options{URL: url + "?a=Internal&b=course.published&c=that+you", Cases: []string{"event-types"}})["event-types"]
	if r.Got != "500 Internal Server Error for course.published, course.unpublished, course.assigned and 6 more: [redacted] matters of [redacted]" {
		t.Error(r.Got)
	}
	if r.Hint != r.Case.Mend || !strings.Contains(r.Hint, "that you") {
		t.Error(r.Hint)
	}
	synctest.Test(t, func(t *testing.T) {
		o := piped(t, func(c net.Conn, _ string) { _, _ = io.WriteString(c, "no whatever\r\n\r\n") }).to("unicode")
		o.URL += "?a=HTTP&b=whatever"
		r := run(t, o)["unicode"]
		if !strings.HasPrefix(r.Got, "no answer that is HTTP: ") || strings.Contains(r.Got, "whatever") {
			t.Error(r.Got)
		}
	})
	url = serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) })
	r = run(t, Options{URL: url + "?a=signatures", Cases: []string{"unicode"}})["unicode"]
	if !strings.HasPrefix(r.Hint, "does the receiver want signatures?") {
		t.Error(r.Hint)
	}
}

// TestTLS: https is spoken with the settings that were given.
func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(good(t, nil))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	o := Options{URL: server.URL, Cases: []string{"keep-alive", "large", "cut"}, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	if diff := cmp.Diff(o.Cases, outcomes(run(t, o), Pass)); diff != "" {
		t.Error(diff)
	}
	o.TLS = nil
	_, err := Run(t.Context(), o, func(Result) error { return errEnough })
	unknown, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
	if nobody, ok := errors.AsType[*deliver.UnreachableError](err); !ok || !isUnknown || nobody.Addr != server.Listener.Addr().String() {
		t.Errorf("%v (%v)", err, unknown)
	}
}

// TestWhereURLsLead: a name below localhost is this machine, and what stands in
// the URL is sent as replay sends it.
func TestWhereURLsLead(t *testing.T) {
	var mu sync.Mutex
	var uris, hosts []string
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		uris, hosts = append(uris, r.RequestURI), append(hosts, r.Host)
	})
	for _, name := range []string{"app.localhost", "localhost."} {
		uris, hosts = nil, nil
		run(t, Options{URL: strings.Replace(url, "127.0.0.1", name, 1) + "?a=b c", Cases: []string{"unicode"}})
		if uris[0] != "/webhook?a=b%20c" || !strings.HasPrefix(hosts[0], name+":") {
			t.Errorf("%q at %q", uris[0], hosts[0])
		}
	}
}

// TestConcurrent: the events are there at the same time.
func TestConcurrent(t *testing.T) {
	var there atomic.Int32
	all := make(chan struct{})
	release := sync.OnceFunc(func() { close(all) })
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), "Course/Assigned") {
			return
		}
		if there.Add(1) == crowd {
			release()
		}
		select {
		case <-all:
		case <-r.Context().Done():
			release() // this one was waited for in vain, and the others need not be
		}
	})
	if r := run(t, Options{URL: url, Cases: []string{"concurrent"}, Timeout: time.Minute})["concurrent"]; r.Outcome != Pass {
		t.Errorf("%s: %q", r.Outcome, r.Got)
	}
}

// TestLostConnection: half a body comes, and the connection ends.
func TestLostConnection(t *testing.T) {
	broken := make(chan int, 10)
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil {
			broken <- len(body)
		}
	})
	if r := run(t, Options{URL: url, Cases: []string{"lost-connection"}})["lost-connection"]; r.Outcome != Pass {
		t.Errorf("%s: %q", r.Outcome, r.Got)
	}
	select {
	case n := <-broken:
		if n == 0 {
			t.Error("no part of the body came")
		}
	case <-time.After(time.Minute):
		t.Error("no body was broken")
	}
}

// TestLessPatience: once an answer was late, others have less time.
func TestLessPatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := piped(t, func(c net.Conn, body string) {
			if !strings.HasPrefix(body, "{") {
				_, _ = io.Copy(io.Discard, c) // until the other side gives up
				return
			}
			_, _ = io.WriteString(c, fine)
		})
		results := run(t, network.quick("array", "string"))
		if got := []string{results["array"].Got, results["string"].Got}; !slices.Equal(got, []string{"no whole answer within 1 s", "no whole answer within 500 ms"}) {
			t.Errorf("%q", got)
		}
	})
}

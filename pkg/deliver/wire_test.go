package deliver

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/konhook/konhook/pkg/event"
)

func TestBodiesArriveByteExact(t *testing.T) {
	received := make(chan []byte, 1)
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil || r.ContentLength != int64(len(body)) || len(r.TransferEncoding) > 0 || r.Method != "POST" {
			t.Errorf("%s of %d bytes, Content-Length %d, encodings %v, %v",
				r.Method, len(body), r.ContentLength, r.TransferEncoding, err)
		}
		received <- body
	}))
	defer server.Close()
	s := New(Options{})
	defer s.Close()
	rapid.Check(t, func(t *rapid.T) {
		body := rapid.SliceOfN(rapid.Byte(), 0, 1<<14).Draw(t, "body")
		r := s.Send(context.Background(), Request{URL: server.URL, Body: body}, nil)
		if !r.OK || r.Bytes != len(body) {
			t.Fatalf("not delivered: %+v", r)
		}
		got := <-received
		if !bytes.Equal(got, body) {
			t.Fatalf("sent %q, received %q", body, got)
		}
		if sum := sha256.Sum256(got); r.SHA256() != hex.EncodeToString(sum[:]) {
			t.Fatalf("sha256 %s is not that of the body", r.SHA256())
		}
	})
}

// wire takes one request off a connection and returns its text.
func wire(t *testing.T, s *Sender, req Request) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	lines := make(chan string, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			lines <- err.Error()
			return
		}
		defer c.Close()
		var text strings.Builder
		in := bufio.NewReader(c)
		for {
			line, err := in.ReadString('\n')
			if line == "\r\n" || err != nil {
				break
			}
			text.WriteString(line)
		}
		fmt.Fprint(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		lines <- text.String()
	}()
	req.URL = strings.Replace(req.URL, "ADDR", l.Addr().String(), 1)
	if r := s.Send(t.Context(), req, nil); !r.OK {
		t.Fatalf("not delivered: %v", r.Err)
	}
	return strings.ReplaceAll(strings.ReplaceAll(<-lines, "\r", ""), l.Addr().String(), "ADDR")
}

func TestHeadersOnTheWire(t *testing.T) {
	tests := []struct {
		name    string
		url     string
		headers []event.Header
		want    string
	}{
		{
			"spaces", "http://ADDR/a b?c d", nil,
			"POST /a%20b?c%20d HTTP/1.1\nHost: ADDR\nUser-Agent: konhook/test\nContent-Length: 2\n",
		},
		{
			"none", "http://ADDR/webhook?x=1", nil,
			"POST /webhook?x=1 HTTP/1.1\nHost: ADDR\nUser-Agent: konhook/test\nContent-Length: 2\n",
		},
		{
			"case and repeats", "http://ADDR/", headers("x-lower", "1", "X-UPPER", "2", "x-lower", "3"),
			"POST / HTTP/1.1\nHost: ADDR\nUser-Agent: konhook/test\nContent-Length: 2\nx-lower: 1\nX-UPPER: 2\nx-lower: 3\n",
		},
		{
			"user agent", "http://ADDR/", headers("user-agent", "theirs"),
			"POST / HTTP/1.1\nHost: ADDR\nContent-Length: 2\nuser-agent: theirs\n",
		},
		{
			"host", "http://ADDR/", headers("host", "example.org"),
			"POST / HTTP/1.1\nhost: example.org\nUser-Agent: konhook/test\nContent-Length: 2\n",
		},
		{
			"lengths", "http://ADDR/", headers("content-length", "99", "Transfer-Encoding", "chunked", "transfer-encoding", "gzip"),
			"POST / HTTP/1.1\nHost: ADDR\nUser-Agent: konhook/test\nContent-Length: 2\n",
		},
		{
			"user and password", "http://me:secret@ADDR/", nil,
			"POST / HTTP/1.1\nHost: ADDR\nUser-Agent: konhook/test\nContent-Length: 2\nAuthorization: Basic bWU6c2VjcmV0\n",
		},
		{
			"authorization", "http://me:secret@ADDR/", headers("authorization", "Bearer x"),
			"POST / HTTP/1.1\nHost: ADDR\nUser-Agent: konhook/test\nContent-Length: 2\nauthorization: Bearer x\n",
		},
	}
	s := New(Options{UserAgent: "konhook/test"})
	defer s.Close()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := wire(t, s, Request{URL: tt.url, Headers: tt.headers, Body: []byte("{}")})
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// What signs has the last word, but for what belongs to the message.
func TestSignedHeadersOnTheWire(t *testing.T) {
	const begin = "POST / HTTP/1.1\nHost: ADDR\n"
	tests := map[string]string{
		"Authorization":     begin + "User-Agent: konhook/test\nContent-Length: 2\nX: y\nAuthorization: 7\n",
		"User-Agent":        begin + "Content-Length: 2\nAuthorization: Basic bWU6c2VjcmV0\nX: y\nUser-Agent: 7\n",
		"content-length":    begin + "User-Agent: konhook/test\nContent-Length: 2\nAuthorization: Basic bWU6c2VjcmV0\nX: y\n",
		"Host":              begin + "User-Agent: konhook/test\nContent-Length: 2\nAuthorization: Basic bWU6c2VjcmV0\nX: y\n",
		"Transfer-Encoding": begin + "User-Agent: konhook/test\nContent-Length: 2\nAuthorization: Basic bWU6c2VjcmV0\nX: y\n",
		"x":                 begin + "User-Agent: konhook/test\nContent-Length: 2\nAuthorization: Basic bWU6c2VjcmV0\nx: 7\n",
	}
	s := New(Options{UserAgent: "konhook/test"})
	defer s.Close()
	for name, want := range tests {
		got := wire(t, s, Request{
			URL: "http://me:secret@ADDR/", Body: []byte("{}"), Headers: headers("X", "y"),
			Sign: func(time.Time, []byte) ([]event.Header, error) { return headers(name, "7"), nil },
		})
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

// A connection ends after a request that says so.
func TestOwnConnectionClose(t *testing.T) {
	for value, dials := range map[string]int{"close": 3, "Keep-Alive, Close": 3, "keep-alive": 1} {
		synctest.Test(t, func(t *testing.T) {
			s, network, stop := receive(t, Options{}, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set("Connection", "keep-alive") // or net/http would tell of the end
			})
			defer stop()
			for range 3 {
				if r := s.Send(t.Context(), Request{URL: here, Headers: headers("Connection", value)}, nil); !r.OK {
					t.Fatal(r.Err)
				}
			}
			if network.dials != dials {
				t.Errorf("%s: %d connections, want %d", value, network.dials, dials)
			}
		})
	}
}

func TestBadHeaderIsAnError(t *testing.T) {
	s := New(Options{Retries: 3, Backoff: time.Hour})
	defer s.Close()
	for _, bad := range []event.Header{{Name: "X Y", Value: "z"}, {Name: "X", Value: "a\r\nY: b"}, {Name: "", Value: "x"}} {
		attempts := 0
		r := s.Send(t.Context(), Request{URL: here, Headers: []event.Header{bad}}, func(Result) { attempts++ })
		if r.OK || r.Err == nil || attempts != 1 {
			t.Errorf("%q: %v in %d attempts, want an error in one", bad, r.Err, attempts)
		}
	}
}

// raw answers every connection with the same text, whatever it asks.
func raw(t *testing.T, answer string) (url string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	t.Cleanup(func() { l.Close(); <-done })
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			in := textproto.NewReader(bufio.NewReader(c))
			for line, err := in.ReadLine(); line != "" && err == nil; line, err = in.ReadLine() {
			}
			io.WriteString(c, answer)
			c.Close()
		}
	}()
	return "http://" + l.Addr().String()
}

func TestBrokenAnswers(t *testing.T) {
	tests := []struct {
		name, answer string
		status       int
		err          string
	}{
		{"none", "", 0, "the connection was closed before the answer had come"},
		{"cut off", "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", 200, "the connection was closed before the answer had come"},
		{"no HTTP", "SSH-2.0-OpenSSH\r\n", 0, "SSH-2.0-OpenSSH"},
		{"failure cut off", "HTTP/1.1 404 No\r\nContent-Length: 10\r\n\r\nabc", 404, "answered 404 Not Found"},
		{"huge header", "HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", 1<<20) + "\r\n\r\n", 0, "header"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := New(Options{})
			defer s.Close()
			r := s.Send(t.Context(), Request{URL: raw(t, tt.answer)}, nil)
			if r.OK || r.Status != tt.status || !strings.Contains(text(r.Err), tt.err) {
				t.Errorf("status %d, error %q; want %d and %q", r.Status, text(r.Err), tt.status, tt.err)
			}
		})
	}
}

// An Idempotency-Key tells net/http that it may send a request again by itself.
// Nobody would be told of that.
func TestNothingIsSentTwiceInSecret(t *testing.T) {
	for _, host := range []string{"127.0.0.1", "b\u00fccher.localhost"} { // net/http carries what goes to the second
		for _, body := range []string{"{}", ""} {
			var requests atomic.Int32
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				if r.ContentLength != int64(len(body)) || len(r.TransferEncoding) > 0 {
					t.Errorf("body %q: length %d, coded %v", body, r.ContentLength, r.TransferEncoding)
				}
				if requests.Add(1) == 1 {
					return
				}
				c, _, err := w.(http.Hijacker).Hijack()
				if err == nil {
					c.Close()
				}
			}))
			s := New(Options{})
			req := Request{
				URL: strings.Replace(server.URL, "127.0.0.1", host, 1), Body: []byte(body),
				Headers: []event.Header{{Name: "idempotency-Key", Value: "1"}, {Name: "Idempotency-Key", Value: "1"}},
			}
			if r := s.Send(t.Context(), req, nil); !r.OK {
				t.Fatal(r.Err)
			}
			if r := s.Send(t.Context(), req, nil); r.OK || requests.Load() != 2 {
				t.Errorf("%s, body %q: ok %v after %d requests, want a failure after 2", host, body, r.OK, requests.Load())
			}
			s.Close()
			server.Close()
		}
	}
}

func TestRedirectsAreNotFollowed(t *testing.T) {
	var elsewhere atomic.Int32
	second := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { elsewhere.Add(1) }))
	defer second.Close()
	for _, status := range []int{301, 302, 303, 307, 308} {
		first := httptest.NewServer(http.RedirectHandler(second.URL, status))
		s := New(Options{Retries: 2})
		if r := s.Send(t.Context(), Request{URL: first.URL, Body: []byte("{}")}, nil); r.OK || r.Status != status || r.Attempt != 1 {
			t.Errorf("%d: %+v", status, r)
		}
		s.Close()
		first.Close()
	}
	if n := elsewhere.Load(); n > 0 {
		t.Errorf("%d requests reached the second server", n)
	}
}

func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(statuses(200))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the refused handshake
	server.StartTLS()
	defer server.Close()
	trusting := New(Options{TLS: server.Client().Transport.(*http.Transport).TLSClientConfig})
	defer trusting.Close()
	if r := trusting.Send(t.Context(), Request{URL: server.URL}, nil); !r.OK {
		t.Errorf("with the certificate trusted: %v", r.Err)
	}
	s := New(Options{})
	defer s.Close()
	if r := s.Send(t.Context(), Request{URL: server.URL}, nil); r.OK || !strings.Contains(text(r.Err), "certificate") {
		t.Errorf("with a certificate nobody knows: %v", r.Err)
	}
}

func TestNetworkErrorsKeepTheirCause(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s := New(Options{})
	defer s.Close()
	r := s.Send(t.Context(), Request{URL: "http://" + l.Addr().String()}, nil)
	var cause *net.OpError
	if !errors.As(r.Err, &cause) || r.Err.Error() != "the connection was refused" {
		t.Errorf("error %v, want a refused connection", r.Err)
	}
}

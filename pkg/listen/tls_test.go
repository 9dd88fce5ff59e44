package listen

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

func certificate(t *testing.T) *tls.Certificate {
	t.Helper()
	c, err := SelfSigned([]string{"localhost", "127.0.0.1", "::1"}, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// secureClient trusts a certificate and nothing else.
func secureClient(t *testing.T, c *tls.Certificate) *http.Client {
	t.Helper()
	pool := x509.NewCertPool()
	pool.AddCert(c.Leaf)
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}, ForceAttemptHTTP2: true}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: lenient}
}

// postSecurely returns the status and the protocol of the answer.
func (s *running) postSecurely(c *http.Client) (status int, proto string, err error) {
	req, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, "https://"+s.addr, strings.NewReader(published))
	if err != nil {
		return 0, "", err
	}
	req.Header["x-ODD-case"] = []string{"1"}
	res, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Proto, err
}

func TestSelfSigned(t *testing.T) {
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	c, err := SelfSigned([]string{"localhost", "::1", "Tunnel.example"}, now, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AddCert(c.Leaf)
	for name, want := range map[string]bool{"localhost": true, "::1": true, "tunnel.example": true, "127.0.0.1": false, "evil.example": false} {
		_, err := c.Leaf.Verify(x509.VerifyOptions{DNSName: name, Roots: pool, CurrentTime: now})
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := c.Leaf.Verify(x509.VerifyOptions{Roots: pool, CurrentTime: now.Add(2 * time.Hour)}); err == nil {
		t.Error("valid for longer than it should be")
	}
}

func TestTLS(t *testing.T) {
	c := certificate(t)
	var kept store
	s := start(t, Options{Certificate: c, Save: kept.save})
	for _, client := range []*http.Client{secureClient(t, c), secureClient(t, c)} {
		for range 3 { // on one connection
			if status, proto, err := s.postSecurely(client); err != nil || status != 200 || proto != "HTTP/1.1" {
				t.Errorf("answered %d over %s, %v", status, proto, err)
			}
			x := s.next()
			if string(x.Delivery.Body) != published || !slices.Contains(x.Delivery.Headers, event.Header{Name: "x-ODD-case", Value: "1"}) {
				t.Errorf("observed %+v", x.Delivery)
			}
		}
	}
	if n := len(kept.ids()); n != 6 {
		t.Errorf("%d stored", n)
	}
}

// TestTLSNotices has clients that fail: few of them are worth a word.
func TestTLSNotices(t *testing.T) {
	c := certificate(t)
	notices := make(chan Notice, 100)
	s := start(t, Options{Certificate: c, Notice: func(n Notice) { notices <- n }})
	told := func(want NoticeKind) {
		t.Helper()
		select {
		case n := <-notices:
			if n.Kind != want || n.Remote == "" || want == HandshakeFailed && !strings.Contains(n.Err.Error(), "certificate") {
				t.Errorf("told %+v; want %s", n, want)
			}
		case <-time.After(lenient):
			t.Fatalf("no notice; want %s", want)
		}
	}
	for i := range 3 {
		s.dial().Close() // looks whether somebody is there
		res, err := client().Post("http://"+s.addr, "application/json", strings.NewReader(published))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(res.Body)
		res.Body.Close()
		if res.StatusCode != 400 || !strings.Contains(string(text), "https://") {
			t.Errorf("answered %d %q", res.StatusCode, text)
		}
		if _, _, err := s.postSecurely(client()); err == nil {
			t.Error("a certificate that nobody has vouched for was trusted")
		}
		if i == 0 {
			told(PlainHTTP)
			told(HandshakeFailed) // a client knows that it failed before the receiver does
		}
	}
	if _, _, err := s.postSecurely(secureClient(t, c)); err != nil {
		t.Fatal(err)
	}
	if _, _, err := s.postSecurely(client()); err == nil {
		t.Error("trusted")
	}
	told(HandshakeFailed)
	s.stop()
	if err := s.wait(); err != nil || len(notices) > 0 {
		t.Errorf("%v, and %d notices more", err, len(notices))
	}
}

func TestClientsThatNeverShakeHandsDoNotKeepOthersOut(t *testing.T) {
	c := certificate(t)
	s := start(t, Options{Certificate: c})
	s.halfOpen(hello)
	if status, _, err := s.postSecurely(secureClient(t, c)); err != nil || status != 200 {
		t.Errorf("answered %d, %v", status, err)
	}
}

const hello = "\x16\x03\x01\x02\x00\x01\x00" // begins the first record of a TLS client

func TestClientsThatNeverShakeHandsDoNotHoldOthersUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := certificate(t)
		s := startInMemory(t, Options{Certificate: c})
		s.halfOpen(hello)
		began := time.Now()
		secure := s.shake(c)
		s.write(secure, head+"\r\n{}")
		if got := readAnswer(t, secure); got != 200 {
			t.Errorf("answered %d", got)
		}
		if took := time.Since(began); took > longestWait {
			t.Errorf("an honest delivery took %v", took)
		}
	})
}

// shake opens a connection that trusts a certificate and nothing else.
func (s *running) shake(c *tls.Certificate) net.Conn {
	pool := x509.NewCertPool()
	pool.AddCert(c.Leaf)
	return tls.Client(s.dial(), &tls.Config{RootCAs: pool, ServerName: "localhost"})
}

// TestTLSStopsInTime has clients that send requests, or parts of them, and never read
// what comes.
func TestTLSStopsInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := certificate(t)
		s := startInMemory(t, Options{Certificate: c, Body: strings.Repeat("x", 1<<20)})
		for _, request := range []string{head, head + "\r\n{}", head, head + "\r\n{}"} {
			s.write(s.shake(c), request)
		}
		if took := s.timeToStop(); took != Grace {
			t.Errorf("stopped after %v; want %v", took, Grace)
		}
	})
}

func TestTLSAnswersWhatIsUnderWay(t *testing.T) {
	c := certificate(t)
	s := start(t, Options{Certificate: c})
	secure := s.shake(c)
	s.write(secure, head)
	if _, _, err := s.postSecurely(secureClient(t, c)); err != nil {
		t.Fatal(err)
	}
	s.stop()
	s.write(secure, "\r\n{}")
	if got := readAnswer(t, secure); got != 200 {
		t.Errorf("answered %d", got)
	}
}

func TestLooksLikeHTTP(t *testing.T) {
	for text, want := range map[string]bool{"POST ": true, "GET /": true, "OPTIO": true, "\x16\x03\x01\x02\x00": false, " POST": false, "SSH-2": false} {
		if got := looksLikeHTTP([5]byte([]byte(text))); got != want {
			t.Errorf("%q: %v", text, got)
		}
	}
}

// TestUnread has requests that net/http answers by itself.
func TestUnread(t *testing.T) {
	tests := []struct {
		name, sent string
		status     int
		method     string
		reason     string
	}{
		{"control character", "POST /x HTTP/1.1\r\nHost: localhost\r\nX: a\x01b\r\n\r\n", 400, "POST", "a header is malformed"},
		{"no host", "POST /x HTTP/1.1\r\n\r\n", 400, "POST", "missing required Host header"},
		{"no HTTP", "hello\r\n\r\n", 400, "", "not an HTTP request"},
		{"TLS", "\x16\x03\x01\x00\x04\x01\n\n\n\n\n", 400, "", "--tls"},
		{"large head", "POST /x HTTP/1.1\r\nHost: localhost\r\nX: " + strings.Repeat("x", 2*MaxHeader), 431, "POST", "larger than 65536 bytes"},
		{"expectation", "POST /x HTTP/1.1\r\nHost: localhost\r\nExpect: tea\r\n\r\n", 417, "POST", "Expectation Failed"},
		{"transfer encoding", "POST /x HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: tea\r\n\r\n", 501, "", "Not Implemented"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, Options{})
			c := s.dial()
			go func() { _, _ = io.WriteString(c, tt.sent) }()
			if got := readAnswer(t, c); got != tt.status {
				t.Errorf("answered %d; want %d", got, tt.status)
			}
			x := s.next()
			if x.Status != tt.status || x.Delivery.Method != tt.method || !strings.Contains(x.Refused, tt.reason) || x.Stored() || x.Event != nil {
				t.Errorf("observed %d %q %q of %q", x.Status, x.Refused, x.Err, x.Delivery.Method)
			}
		})
	}
}

// TestPartsOfRequestsAreNotTold: who leaves in the middle of a request has not
// sent a wrong one.
func TestPartsOfRequestsAreNotTold(t *testing.T) {
	s := start(t, Options{})
	c := s.dial()
	s.write(c, head)
	if err := c.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, c); err != nil { // until the receiver has noticed
		t.Fatal(err)
	}
	s.post(published)
	if x := s.next(); x.Status != 200 {
		t.Errorf("observed %+v", x)
	}
}

func TestNoticesAfterTheEndAreNotTold(t *testing.T) {
	r, err := New(Options{Notice: func(n Notice) { t.Errorf("told %+v", n) }})
	if err != nil {
		t.Fatal(err)
	}
	r.end()
	r.notify(&serving{work: context.Background()}, Notice{})
	r.queue.drain(nil)
}

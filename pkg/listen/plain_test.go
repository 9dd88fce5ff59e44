package listen

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

const plainHead = "POST /a?b=%20c HTTP/1.1\r\nHost: localhost:1\r\nContent-Type: application/json\r\ncontent-length: 2\r\n"

func TestPlain(t *testing.T) {
	for name, sent := range map[string]string{
		"usual":                plainHead + "\r\n{}",
		"another behind it":    plainHead + "\r\n{}POST",
		"nothing in it":        strings.Replace(plainHead, ": 2", ": 0", 1) + "\r\n",
		"kept alive":           plainHead + "Connection: Keep-Alive\r\n\r\n{}",
		"a header twice":       plainHead + "X: 1\r\nx:2 \r\nY:\r\n\r\n{}",
		"an address":           strings.Replace(plainHead, "localhost:1", "[::1]:8910", 1) + "\r\n{}",
		"dots in the path":     strings.Replace(plainHead, "/a", "/a/../b", 1) + "\r\n{}",
		"parts of the buffer":  strings.Replace(plainHead, ": 2", ": 6000", 1) + "\r\n" + strings.Repeat("x", 6000),
		"an empty Connection:": plainHead + "Connection: keep-alive\r\n\r\n{}",
	} {
		if _, ok := parsePlain([]byte(sent)); !ok {
			t.Errorf("%s: not taken", name)
		}
		checkPlain(t, []byte(sent))
	}
	for name, sent := range map[string]string{
		"nothing":            "",
		"GET":                "GET" + plainHead[4:] + "\r\n{}",
		"HTTP/1.0":           strings.Replace(plainHead, "1.1", "1.0", 1) + "\r\n{}",
		"body not there":     plainHead + "\r\n{",
		"head not there":     plainHead,
		"no host":            strings.Replace(plainHead, "Host", "Guest", 1) + "\r\n{}",
		"two hosts":          plainHead + "Host: localhost\r\n\r\n{}",
		"strange host":       strings.Replace(plainHead, "localhost", "local host", 1) + "\r\n{}",
		"no length":          strings.Replace(plainHead, "content-length", "length", 1) + "\r\n{}",
		"two lengths":        plainHead + "Content-Length: 2\r\n\r\n{}",
		"a sign":             strings.Replace(plainHead, ": 2", ": +2", 1) + "\r\n{}",
		"chunks":             plainHead + "Transfer-Encoding: chunked\r\n\r\n{}",
		"a question first":   plainHead + "Expect: 100-continue\r\n\r\n{}",
		"to be closed":       plainHead + "Connection: close\r\n\r\n{}",
		"upgrade":            plainHead + "Upgrade: h2c\r\n\r\n{}",
		"trailer":            plainHead + "Trailer: X\r\n\r\n{}",
		"folded":             plainHead + "X: 1\r\n 2\r\n\r\n{}",
		"a bare line feed":   plainHead + "X: 1\n\r\n{}",
		"a bare return":      plainHead + "X: 1\r2\r\n\r\n{}",
		"a control":          plainHead + "X: \x01\r\n\r\n{}",
		"beyond ASCII":       plainHead + "X: é\r\n\r\n{}",
		"space before colon": plainHead + "X : 1\r\n\r\n{}",
		"no name":            plainHead + ": 1\r\n\r\n{}",
		"no colon":           plainHead + "X\r\n\r\n{}",
		"a whole URL":        strings.Replace(plainHead, "/a", "http://localhost/a", 1) + "\r\n{}",
		"two slashes":        strings.Replace(plainHead, "/a", "//a", 1) + "\r\n{}",
		"a broken escape":    strings.Replace(plainHead, "/a?b=%20c", "/%2", 1) + "\r\n{}",
		"two spaces":         strings.Replace(plainHead, " HTTP", "  HTTP", 1) + "\r\n{}",
		"TLS":                "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\n\r\n",
	} {
		if _, ok := parsePlain([]byte(sent)); ok {
			t.Errorf("%s: taken", name)
		}
	}
}

// FuzzPlain checks that what is taken for plain net/http reads as the same request.
func FuzzPlain(f *testing.F) {
	f.Add([]byte(plainHead + "\r\n{}"))
	f.Add([]byte(plainHead + "X: 1\r\nX: 2\r\nConnection: keep-alive\r\nPragma: no-cache\r\n\r\n{}POST / HTTP/1.1\r\n"))
	f.Fuzz(checkPlain)
}

func checkPlain(t *testing.T, sent []byte) {
	t.Helper()
	p, ok := parsePlain(sent)
	if !ok {
		return
	}
	var ours http.Request
	p.fill(&ours, http.Header{})
	in := bufio.NewReader(bytes.NewReader(sent))
	theirs, err := http.ReadRequest(in)
	if err != nil {
		t.Fatalf("%q: taken, but %v", sent, err)
	}
	if theirs.Header.Get("Pragma") == "no-cache" {
		theirs.Header.Del("Cache-Control") // added
		ours.Header.Del("Cache-Control")
	}
	if theirs.Method != http.MethodPost || theirs.Proto != "HTTP/1.1" || theirs.Close || theirs.TransferEncoding != nil || theirs.Trailer != nil {
		t.Fatalf("%q: taken", sent)
	}
	if ours.RequestURI != theirs.RequestURI || ours.Host != theirs.Host || ours.ContentLength != theirs.ContentLength {
		t.Errorf("%q: %+v, want %+v", sent, ours, theirs)
	}
	if diff := cmp.Diff(theirs.Header, ours.Header); diff != "" {
		t.Errorf("%q: (-want +got)\n%s", sent, diff)
	}
	if diff := cmp.Diff(theirs.URL, ours.URL, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%q: (-want +got)\n%s", sent, diff)
	}
	if ourBody, theirBody := readAll(t, ours.Body), readAll(t, theirs.Body); ourBody != theirBody {
		t.Errorf("%q: body %q, want %q", sent, ourBody, theirBody)
	}
	if rest := readAll(t, in); rest != string(sent[p.length:]) {
		t.Errorf("%q: %q is left, want %q", sent, sent[p.length:], rest)
	}
}

func readAll(t *testing.T, r io.Reader) string {
	t.Helper()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPlainAnswers holds the answers against those that net/http sends for the
// same handler.
func TestPlainAnswers(t *testing.T) {
	for name, handler := range map[string]http.HandlerFunc{
		"nothing":      func(http.ResponseWriter, *http.Request) {},
		"status":       func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(503) },
		"no content":   func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(204); _, _ = io.WriteString(w, "x") },
		"not modified": func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(304) },
		"unknown":      func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(299) },
		"text": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "a")
			_, _ = io.WriteString(w, "b")
		},
		"page": func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") },
		"type": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "a/b")
			_, _ = io.WriteString(w, "<html>")
		},
		"encoding": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "x")
		},
		"several lines": func(w http.ResponseWriter, _ *http.Request) { w.Header()["X-A"] = []string{"1", "2\r\nB: 3"} },
		"date":          func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Date", "then") },
		"body":          func(w http.ResponseWriter, r *http.Request) { _, _ = io.Copy(w, r.Body) },
	} {
		t.Run(name, func(t *testing.T) {
			ours, theirs := answerOf(t, handler, true), answerOf(t, handler, false)
			if ours.Header.Get("Date") == "" || theirs.Header.Get("Date") != "then" {
				ours.Header.Del("Date")
				theirs.Header.Del("Date")
			}
			if diff := cmp.Diff(theirs, ours); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}

// sentAnswer is an answer as a client reads it.
type sentAnswer struct {
	Status string
	Header http.Header
	Length int64
	Close  bool
	Body   string
}

// answerOf sends two requests on one connection, and returns the second answer.
func answerOf(t *testing.T, handler http.Handler, plain bool) (last sentAnswer) {
	t.Helper()
	client, socket := net.Pipe()
	server := &http.Server{Handler: handler, ReadHeaderTimeout: readHeaderTimeout}
	ended := make(chan struct{})
	if plain {
		c := &conn{Conn: socket, socket: socket, gate: newGate(nil, nil, nil)}
		c.deadlines.changed.L = &c.deadlines.mu
		go func() {
			defer close(ended)
			(&plainServer{handler: handler, server: server, base: context.Background()}).serve(c)
		}()
	} else {
		close(ended)
		go func() { _ = server.Serve(&pipeListener{socket}) }()
	}
	defer func() {
		client.Close()
		server.Close()
		<-ended
	}()
	in := bufio.NewReader(client)
	for range 2 {
		wrote := make(chan struct{})
		go func() {
			defer close(wrote)
			_, _ = io.WriteString(client, plainHead+"\r\n{}")
		}()
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		last = sentAnswer{res.Status, res.Header, res.ContentLength, res.Close, readAll(t, res.Body)}
		res.Body.Close()
		<-wrote
	}
	return last
}

// pipeListener returns one connection and then fails.
type pipeListener struct{ c net.Conn }

func (l *pipeListener) Accept() (net.Conn, error) {
	if l.c == nil {
		return nil, errTurnedOver
	}
	c := l.c
	l.c = nil
	return c, nil
}
func (l *pipeListener) Close() error   { return nil }
func (l *pipeListener) Addr() net.Addr { return &net.TCPAddr{} }

// TestTurnedOver sends plain requests and others on one connection, in pieces and
// all at once.
func TestTurnedOver(t *testing.T) {
	sent := plainHead + "\r\n{}" + plainHead + "\r\n[]\r\n" +
		plainHead + "Transfer-Encoding: chunked\r\n\r\n1\r\n1\r\n0\r\n\r\n" + plainHead + "\r\n{}"
	sent = strings.Replace(sent, "content-length: 2\r\nTransfer", "Transfer", 1)
	for _, size := range []int{1, 50, 200, len(sent)} {
		s := start(t, Options{})
		c := s.dial()
		go func() {
			for rest := sent; rest != ""; {
				n := min(size, len(rest))
				_, _ = io.WriteString(c, rest[:n])
				rest = rest[n:]
			}
		}()
		in := bufio.NewReader(c)
		for _, want := range []string{"{}", "[]", "1", "{}"} {
			res, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			res.Body.Close()
			x := s.next()
			if got := string(x.Delivery.Body); res.StatusCode != 200 || got != want || x.Delivery.URL != "/a?b=%20c" || len(x.Delivery.Headers) != 3 {
				t.Errorf("%d bytes at a time: %d, %q; want %q", size, res.StatusCode, got, want)
			}
		}
	}
}

// TestPlainConnectionsTimeOut has clients that send nothing, or nothing more.
func TestPlainConnectionsTimeOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			sent string
			wait time.Duration
		}{{"", readHeaderTimeout}, {plainHead + "\r\n{}", idleTimeout}} {
			client, socket := net.Pipe()
			inner := &conn{Conn: socket, socket: socket, gate: newGate(nil, nil, nil)}
			inner.deadlines.changed.L = &inner.deadlines.mu
			began := time.Now()
			p := &plainServer{handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}), base: t.Context()}
			go p.serve(inner)
			go func() { _, _ = io.WriteString(client, c.sent) }()
			_, _ = io.Copy(io.Discard, client)
			if took := time.Since(began); took != c.wait {
				t.Errorf("%q: closed after %s, want %s", c.sent, took, c.wait)
			}
			client.Close()
		}
	})
}

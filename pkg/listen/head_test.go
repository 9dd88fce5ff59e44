package listen

import (
	"bufio"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

// TestHeadersAsTheyCame sends bytes and looks at the headers of each request
// that comes out of them.
func TestHeadersAsTheyCame(t *testing.T) {
	const one = "POST /1 HTTP/1.1\r\nhOsT: localhost\r\nx-B: 1\r\nX-a:2\r\nx-B:  3 \t\r\ncontent-LENGTH: 2\r\n\r\n{}"
	const oneHeaders = "hOsT: localhost|x-B: 1|X-a: 2|x-B: 3|content-LENGTH: 2"
	const two = "POST /2 HTTP/1.1\r\nZ: z\r\nHost: localhost\r\ncontent-length: 0\r\nA: a\r\n\r\n"
	const twoHeaders = "Z: z|Host: localhost|content-length: 0|A: a"
	const chunked = "POST /3 HTTP/1.1\r\nhost: localhost\r\ntransfer-encoding: Chunked\r\nTRAILER: x-t\r\nz: 1\r\n\r\n" +
		"1;ext=\"a\"\r\n{\r\n01\r\n}\r\n0\r\nx-t: 1\r\n\r\n"
	const chunkedHeaders = "host: localhost|transfer-encoding: Chunked|TRAILER: x-t|z: 1"
	tests := []struct {
		name, sent string
		want       []string
	}{
		{"one", one, []string{oneHeaders}},
		{"one after the other", one + two + one, []string{oneHeaders, twoHeaders, oneHeaders}},
		{"chunks", chunked + one + chunked + chunked, []string{chunkedHeaders, oneHeaders, chunkedHeaders, chunkedHeaders}},
		{"GET in between", "GET / HTTP/1.1\r\nHOST: localhost\r\n\r\n" + one, []string{"HOST: localhost", oneHeaders}},
		{"OPTIONS of the server", "OPTIONS * HTTP/1.1\r\nHOST: localhost\r\n\r\n" + one, []string{"HOST: localhost", oneHeaders}},
		{"PUT with a body", "PUT / HTTP/1.1\r\nHOST: localhost\r\nContent-length: 5\r\n\r\nPOST " + one,
			[]string{"HOST: localhost|Content-length: 5", oneHeaders}},
		{"refused by its path", strings.Replace(one, "/1", "/other", 1) + two, []string{oneHeaders, twoHeaders}},
		{"line breaks in between", one + "\r\n" + two, []string{oneHeaders, twoHeaders}},
		{"bare line breaks", strings.ReplaceAll(one, "\r\n", "\n") + two, []string{oneHeaders, twoHeaders}},
		{"cache control that net/http adds", "POST / HTTP/1.1\r\nHost: localhost\r\npragma: no-cache\r\ncontent-length: 0\r\n\r\n" + two,
			[]string{"Host: localhost|pragma: no-cache|content-length: 0", twoHeaders}},
		{"body like a head", "POST / HTTP/1.1\r\nHost: localhost\r\ncontent-length: 40\r\n\r\n" + "POST /x HTTP/1.1\r\nHost: localhost\r\n\r\n  " + two,
			[]string{"Host: localhost|content-length: 40", twoHeaders}},
		{"HTTP/1.0", "POST / HTTP/1.0\r\nx-a: 1\r\ncontent-length: 2\r\n\r\n{}", []string{"x-a: 1|content-length: 2"}},
		{"expectation", "POST / HTTP/1.1\r\nhost: localhost\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n{}" + two,
			[]string{"host: localhost|expect: 100-continue|content-length: 2", twoHeaders}},
		{"folded line", "POST / HTTP/1.1\r\nhost: localhost\r\nx-a: 1\r\n  2\r\ncontent-length: 0\r\n\r\n" + two,
			[]string{"host: localhost|x-a: 1 2|content-length: 0", twoHeaders}},
	}
	for _, tt := range tests {
		for _, whole := range []bool{true, false} {
			t.Run(tt.name, func(t *testing.T) {
				s := start(t, Options{Path: "", Check: checkJSON})
				c := s.dial()
				go func() { // the answers, unread, would hold up the server
					_, _ = io.Copy(io.Discard, c)
				}()
				if whole {
					s.write(c, tt.sent)
				} else {
					for i := range tt.sent {
						s.write(c, tt.sent[i:i+1])
					}
				}
				for i, want := range tt.want {
					if got := join(s.next().Delivery.Headers); got != want {
						t.Errorf("request %d has\n%s; want\n%s", i+1, got, want)
					}
				}
			})
		}
	}
}

func join(headers []event.Header) string {
	lines := make([]string, len(headers))
	for i, h := range headers {
		lines[i] = h.Name + ": " + h.Value
	}
	return strings.Join(lines, "|")
}

func TestHeadersInAnotherServer(t *testing.T) {
	seen := make(chan Observed, 1)
	r, err := New(Options{On: func(x Observed) { seen <- x }})
	if err != nil {
		t.Fatal(err)
	}
	req := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost/", strings.NewReader("{}"))
	req.Header = http.Header{"B": {"2", "1"}, "A": {"3"}}
	w := httptest.NewRecorder()
	r.ServeHTTP(w, req)
	if got := join((<-seen).Delivery.Headers); w.Code != 200 || got != "Host: localhost|A: 3|B: 2|B: 1" {
		t.Errorf("answered %d, headers %s", w.Code, got)
	}
}

// FuzzRecorder checks that what the recorder finds does not depend on how the
// bytes are cut, and that it agrees with net/http or says that it does not know.
func FuzzRecorder(f *testing.F) {
	f.Add([]byte("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}POST / HTTP/1.1\r\nHost: x\r\n\r\n"), 3)
	f.Add([]byte("POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n0\r\n\r\nGET / HTTP/1.1\nHost: y\n\n"), 1)
	f.Add([]byte("POST / HTTP/1.1\r\nA: 1\r\n\t2\r\n\r\n"), 7)
	f.Fuzz(func(t *testing.T, sent []byte, size int) {
		size = max(1, size%64)
		var whole, cut recorder
		whole.write(sent)
		for rest := sent; len(rest) > 0; {
			n := min(size, len(rest))
			cut.write(rest[:n])
			rest = rest[n:]
		}
		if diff := cmp.Diff(whole.heads, cut.heads, cmp.AllowUnexported(requestHead{})); diff != "" {
			t.Fatal(diff)
		}
		in := bufio.NewReader(strings.NewReader(string(sent)))
		for {
			req, err := http.ReadRequest(in)
			if err != nil {
				return
			}
			if headers, ok := whole.take(req); ok {
				for name, values := range req.Header {
					n := 0
					for _, h := range headers {
						if http.CanonicalHeaderKey(h.Name) == name {
							n++
						}
					}
					if n != len(values) && name != "Cache-Control" {
						t.Errorf("%d of %s; want %d", n, name, len(values))
					}
				}
			}
			if _, err := io.Copy(io.Discard, req.Body); err != nil {
				return
			}
		}
	})
}

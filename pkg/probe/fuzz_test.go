package probe

import (
	"bufio"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/signature"
)

// FuzzAnswer: whatever comes back, what is said of it is one clean line of
// bounded length without the secrets.
func FuzzAnswer(f *testing.F) {
	for _, seed := range []string{
		"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
		"HTTP/1.1 500 \x1b[31m\r\nContent-Type: text/html\r\n\r\n<title>\u202eno</title>",
		"HTTP/1.0 401 no\r\n\r\nwant " + secret,
		"HTTP/1.1 400 Bad Request\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<pre>\r\n0\r\n\r\n",
		"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 308 Moved\r\nLocation: /\xff\r\nContent-Length: 0\r\n\r\n",
		"HTTP/1.1 500 x\r\nContent-Length: 11\r\n\r\n<title>Erro", "", "\x00",
	} {
		f.Add([]byte(seed))
	}
	s, err := newSession(Options{URL: "http://127.0.0.1:1", Sign: signing(signature.Standard), Timeout: time.Second})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		c := &line{in: bufio.NewReader(strings.NewReader(string(text)))}
		a, err := c.readAnswer("POST")
		if err != nil {
			a = answer{err: s.explain(t.Context(), err)}
		}
		if a.err == nil && (a.status < 200 || a.status > 999) {
			t.Errorf("status %d", a.status)
		}
		_ = s.findLeak(a)
		var got answers
		got.add("it", a, refused())
		v := got.verdict(s)
		for _, said := range []string{s.quote(v.got, maxGot), s.quote(v.hint, maxHint)} {
			if said != render.CleanLine(said) || render.Width(said) > maxHint || strings.Contains(said, secret) {
				t.Errorf("%q", said)
			}
		}
	})
}

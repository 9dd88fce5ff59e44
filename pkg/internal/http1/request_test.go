package http1

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"testing"
)

// One Request writes several, and each is what net/http reads.
func TestRequest(t *testing.T) {
	const head = "POST /a?b=c HTTP/1.1\r\nHost: h:1\r\nx-Y: \xff z\r\nContent-Length: 5\r\n\r\n"
	var q Request
	for _, tt := range []struct {
		most int
		want string
	}{{5, head + "hello"}, {4, head}, {6, head + "hello"}} {
		q.Begin("/a?b=c")
		q.Add("Host", "h:1")
		q.Add("x-Y", "\xff z")
		q.AddLength(5)
		if got := string(q.End([]byte("hello"), tt.most)); got != tt.want {
			t.Errorf("with a body of up to %d bytes:\n%q, want\n%q", tt.most, got, tt.want)
		}
	}
	read, err := http.ReadRequest(bufio.NewReader(bytes.NewReader(q.buf)))
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(read.Body)
	if err != nil || string(body) != "hello" || read.Method != http.MethodPost || read.RequestURI != "/a?b=c" ||
		read.Host != "h:1" || read.Header.Get("X-Y") != "\xff z" {
		t.Errorf("net/http reads %+v with %q, %v", read, body, err)
	}
}

// What may be in the name of a header, and what in its value, byte by byte.
func TestTokenAndControl(t *testing.T) {
	const marks = "!#$%&'*+-.^_`|~"
	for c := range 256 {
		text := "a" + string([]byte{byte(c)})
		token := '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || bytes.IndexByte([]byte(marks), byte(c)) >= 0
		if IsToken(text) != token || IsToken([]byte(text)) != token {
			t.Errorf("%q is a token: %v", text, !token)
		}
		control := c < ' ' && c != '\t' || c == 0x7F
		if HasControl(text) != control || HasControl([]byte(text)) != control {
			t.Errorf("%q has a control character: %v", text, !control)
		}
	}
	if IsToken("") || HasControl("") {
		t.Error("nothing is a token, or a control character")
	}
}

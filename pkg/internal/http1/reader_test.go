package http1

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

var accepted = []struct {
	name, text string
	status     int
	body       string
	close      bool
}{
	{"length", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", 200, "hello", false},
	{"no length", "HTTP/1.1 200 OK\r\n\r\nhello", 200, "hello", true},
	{"chunked", "HTTP/1.1 200 OK\r\ntransfer-encoding: Chunked\r\n\r\n5\r\nhello\r\n6;x=\"y\"\r\n world\r\n0\r\nX: y\r\n\r\n", 200, "hello world", false},
	{"line feeds", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok", 200, "ok", false},
	{"no reason", "HTTP/1.1 204\r\n\r\n", 204, "", false},
	{"empty reason", "HTTP/1.1 202 \r\nContent-Length: 0\r\n\r\n", 202, "", false},
	{"204 with a length", "HTTP/1.1 204 No Content\r\nContent-Length: 3\r\n\r\nabc", 204, "", true},
	{"304 with a length", "HTTP/1.1 304 Same\r\nContent-Length: 3\r\n\r\n", 304, "", false},
	{"close", "HTTP/1.1 200 OK\r\nConnection: x, Close\r\nContent-Length: 0\r\n\r\n", 200, "", true},
	{"old", "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, "ok", true},
	{"old and kept", "HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
	{"interim", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", 200, "", false},
	{"another protocol", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\nbytes", 101, "", true},
	{"same length twice", "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", 200, "ok", false},
	{"leading zeros", "HTTP/1.1 200 OK\r\nContent-Length: 0002\r\n\r\nok", 200, "ok", false},
	{"strange status", "HTTP/1.1 999 Denied\r\nContent-Length: 0\r\n\r\n", 999, "", false},
	{"bytes beyond ASCII", "HTTP/1.1 200 \xff\r\nX: \xfe\t\x80\r\nContent-Length: 0\r\n\r\n", 200, "", false},
	{"empty value", "HTTP/1.1 200 OK\r\nX:\r\nContent-Length:0\r\n\r\n", 200, "", false},
}

func TestAccepted(t *testing.T) {
	for _, tt := range accepted {
		t.Run(tt.name, func(t *testing.T) {
			for _, src := range []io.Reader{strings.NewReader(tt.text), iotest.OneByteReader(strings.NewReader(tt.text)), iotest.DataErrReader(strings.NewReader(tt.text))} {
				got, err := readOurs(src)
				if err != nil || got.Status != tt.status || got.Body != tt.body || got.Close != tt.close {
					t.Errorf("%+v, %v; want %d %q, close %v", got, err, tt.status, tt.body, tt.close)
				}
			}
		})
	}
}

const ok = "HTTP/1.1 200 OK\r\n"

var refused = []struct{ name, text, err string }{
	{"nothing", "", "EOF"},
	{"half a line", "HTTP/1.1 2", "unexpected EOF"},
	{"half a head", ok + "X: y\r\n", "unexpected EOF"},
	{"half a body", ok + "Content-Length: 5\r\n\r\nhel", "unexpected EOF"},
	{"half a chunk", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhel", "unexpected EOF"},
	{"no last chunk", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n", "unexpected EOF"},
	{"no end", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n", "unexpected EOF"},
	{"another protocol", "SSH-2.0-OpenSSH_9.6\r\n", `it begins with "SSH-2.0-OpenSSH_9.6"`},
	{"another version", "HTTP/2.0 200 OK\r\n\r\n", `it begins with "HTTP/2.0 200 OK"`},
	{"small letters", "http/1.1 200 OK\r\n\r\n", "it begins with"},
	{"no version", "200 OK\r\n\r\n", "it begins with"},
	{"empty line first", "\r\nHTTP/1.1 200 OK\r\n\r\n", `it begins with ""`},
	{"status of two digits", "HTTP/1.1 20 OK\r\n\r\n", "it begins with"},
	{"status of four digits", "HTTP/1.1 2000 OK\r\n\r\n", "it begins with"},
	{"status below 100", "HTTP/1.1 099 OK\r\n\r\n", "it begins with"},
	{"status with a sign", "HTTP/1.1 +20 OK\r\n\r\n", "it begins with"},
	{"escape in the reason", "HTTP/1.1 200 \x1b[2J\r\n\r\n", `"HTTP/1.1 200 \x1b[2J"`},
	{"continued header", ok + "X: a\r\n b\r\n\r\n", "continued on the next line"},
	{"continued first header", ok + " X: a\r\n\r\n", "continued on the next line"},
	{"space before the colon", ok + "Content-Length : 5\r\n\r\nhello", "a line in its header that is none"},
	{"no colon", ok + "nonsense\r\n\r\n", `"nonsense"`},
	{"no name", ok + ": x\r\n\r\n", "a line in its header that is none"},
	{"NUL in a value", ok + "X: a\x00b\r\n\r\n", "a control character in the header"},
	{"CR in a value", ok + "X: a\rb\r\n\r\n", "a control character in the header"},
	{"two lengths", ok + "Content-Length: 5\r\nContent-Length: 6\r\n\r\nhello", "two lengths that differ"},
	{"two spellings of a length", ok + "Content-Length: 05\r\nContent-Length: 5\r\n\r\nhello", "two lengths that differ"},
	{"list of lengths", ok + "Content-Length: 5, 5\r\n\r\nhello", "a Content-Length of"},
	{"length with a sign", ok + "Content-Length: +5\r\n\r\nhello", "a Content-Length of"},
	{"length below 0", ok + "Content-Length: -1\r\n\r\n", "a Content-Length of"},
	{"no length in it", ok + "Content-Length:\r\n\r\n", "a Content-Length of nothing"},
	{"length beyond measure", ok + "Content-Length: 99999999999999999999\r\n\r\n", "a Content-Length of"},
	{"length and chunks", ok + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "both a Content-Length"},
	{"other coding", ok + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "a Transfer-Encoding of"},
	{"chunked twice", ok + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "a Transfer-Encoding of"},
	{"chunks in 1.0", "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "in HTTP/1.0"},
	{"length in the trailer", ok + "Transfer-Encoding: chunked\r\nTrailer: x, Content-Length\r\n\r\n0\r\n\r\n", "follow the body"},
	{"chunk without a length", ok + "Transfer-Encoding: chunked\r\n\r\n\r\n", "a chunk whose length is"},
	{"chunk with a sign", ok + "Transfer-Encoding: chunked\r\n\r\n+5\r\nhello\r\n0\r\n\r\n", "a chunk whose length is"},
	{"chunk in hex notation", ok + "Transfer-Encoding: chunked\r\n\r\n0x5\r\nhello\r\n0\r\n\r\n", "a chunk whose length is"},
	{"huge chunk", ok + "Transfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\n", "a chunk whose length is"},
	{"chunk of 64 bits", ok + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", "a chunk whose length is"},
	{"chunk after a line feed", ok + "Transfer-Encoding: chunked\r\n\r\n5\nhello\r\n0\r\n\r\n", "a line feed alone"},
	{"chunk that is too long", ok + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello!\r\n0\r\n\r\n", "longer than it says"},
	{"endless length of a chunk", ok + "Transfer-Encoding: chunked\r\n\r\n5;" + strings.Repeat("x", 1<<20), "has no end"},
	{"waste", ok + "Transfer-Encoding: chunked\r\n\r\n" + strings.Repeat("1;"+strings.Repeat("x", 900)+"\r\na\r\n", 100), "next to nothing"},
	{"endless trailer", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\n" + strings.Repeat("X: y\r\n", 1000), "too much behind its body"},
	{"trailer that is none", ok + "Transfer-Encoding: chunked\r\n\r\n0\r\nnonsense\r\n\r\n", "a line in its header that is none"},
	{"endless line", ok + "X: " + strings.Repeat("x", 1<<20), "its header has no end"},
	{"endless header", ok + strings.Repeat("X: y\r\n", 1<<20), "its header has no end"},
	{"endless interim answers", strings.Repeat("HTTP/1.1 100 Continue\r\n\r\n", 20), "more than 5 answers of 1xx"},
}

func TestRefused(t *testing.T) {
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			for _, src := range []io.Reader{strings.NewReader(tt.text), iotest.OneByteReader(strings.NewReader(tt.text))} {
				got, err := readOurs(src)
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("%+v, %v; want an error with %q", got, err, tt.err)
				}
			}
		})
	}
}

// endless is an answer whose body has no end.
type endless struct{ head io.Reader }

func (e *endless) Read(p []byte) (int, error) {
	if n, err := e.head.Read(p); n > 0 || err != io.EOF {
		return n, err
	}
	return len(p), nil
}

func TestBodyIsBounded(t *testing.T) {
	for _, head := range []string{ok + "\r\n", ok + "Content-Length: 999999999999\r\n\r\n"} {
		src := &endless{strings.NewReader(head)}
		r := NewReader(src)
		h, err := r.Head(nil)
		if err != nil {
			t.Fatal(err)
		}
		first, whole, err := r.Body(h, 10, 1<<16)
		if len(first) != 10 || whole || err != nil {
			t.Errorf("kept %d bytes, whole %v, %v; want 10 bytes of more", len(first), whole, err)
		}
	}
}

// Answers follow one another over one connection, and one long head does not
// stay in memory.
func TestAnswersInTurn(t *testing.T) {
	var text bytes.Buffer
	for i := range 100 {
		text.WriteString("HTTP/1.1 200 OK\r\nX: " + strings.Repeat("x", i*1000) + "\r\nContent-Length: 3\r\n\r\nabc")
	}
	r := NewReader(&text)
	for i := range 100 {
		length := 0
		h, err := r.Head(func(name, value []byte) {
			if string(name) == "X" {
				length = len(value)
			}
		})
		if err != nil || length != i*1000 {
			t.Fatalf("answer %d: a header of %d bytes, %v", i, length, err)
		}
		if first, whole, err := r.Body(h, 2, 10); string(first) != "ab" || !whole || err != nil {
			t.Fatalf("answer %d: %q, %v, %v", i, first, whole, err)
		}
	}
	if _, err := r.Head(nil); err != io.EOF || r.Begun() || r.Buffered() != 0 {
		t.Errorf("behind the last answer: %v", err)
	}
	if len(r.buf) > 4*usualBuffer {
		t.Errorf("%d bytes are kept", len(r.buf))
	}
}

// The errors of a source come through as they are.
func TestSourceErrors(t *testing.T) {
	why := errors.New("why")
	for _, text := range []string{"", "HTTP", ok + "\r\nabc", ok + "Content-Length: 9\r\n\r\nabc"} {
		_, err := readOurs(io.MultiReader(strings.NewReader(text), iotest.ErrReader(why)))
		if !errors.Is(err, why) {
			t.Errorf("%q: %v", text, err)
		}
	}
	if _, err := readOurs(stuck{}); !errors.Is(err, io.ErrNoProgress) {
		t.Errorf("a source that gives nothing: %v", err)
	}
}

type stuck struct{}

func (stuck) Read([]byte) (int, error) { return 0, nil }

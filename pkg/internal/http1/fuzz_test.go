package http1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

// seen is an answer as somebody understands it.
type seen struct {
	Status int
	Header http.Header
	Body   string
	Close  bool
}

// readOurs reads one answer.
func readOurs(src io.Reader) (s seen, err error) {
	s.Header = http.Header{}
	r := NewReader(src)
	h, err := r.Head(func(name, value []byte) {
		key := textproto.CanonicalMIMEHeaderKey(string(name))
		s.Header[key] = append(s.Header[key], string(value))
	})
	if err != nil {
		return s, err
	}
	s.Status, s.Close = h.Status, h.Close
	body, whole, err := r.Body(h, 1<<20, 1<<20)
	s.Body = string(body)
	if err == nil && !whole {
		err = errors.New("too long")
	}
	return s, err
}

// readTheirs reads one answer with net/http.
func readTheirs(text []byte) (s seen, err error) {
	in := bufio.NewReader(bytes.NewReader(text))
	for {
		answer, err := http.ReadResponse(in, &http.Request{Method: http.MethodPost})
		if err != nil {
			return s, err
		}
		body, err := io.ReadAll(answer.Body)
		answer.Body.Close()
		if answer.StatusCode < 200 && answer.StatusCode != 101 {
			continue
		}
		return seen{answer.StatusCode, answer.Header, string(body), answer.Close}, err
	}
}

// What is accepted here net/http accepts too, and understands in the same way;
// and it does not matter in how many pieces it comes.
func FuzzAnswer(f *testing.F) {
	for _, a := range accepted {
		f.Add([]byte(a.text))
	}
	for _, r := range refused {
		f.Add([]byte(r.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		got, err := readOurs(bytes.NewReader(text))
		slow, slowErr := readOurs(iotest.OneByteReader(bytes.NewReader(text)))
		if d := cmp.Diff(got, slow); d != "" || (err == nil) != (slowErr == nil) {
			t.Fatalf("byte by byte it is another answer: %v, %v\n%s", err, slowErr, d)
		}
		if err != nil {
			return
		}
		want, err := readTheirs(text)
		if err != nil {
			t.Fatalf("accepted, and net/http says: %v", err)
		}
		forget(want.Header)
		forget(got.Header)
		if got.Status == 101 || got.Status == 204 {
			want.Close = got.Close // to close a connection that could be kept is no harm
		}
		if got.Close {
			want.Close = true
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("(-net/http +ours):\n%s", d)
		}
	})
}

// forget takes out what net/http takes out of the header it shows.
func forget(h http.Header) {
	for _, name := range []string{"Content-Length", "Transfer-Encoding", "Trailer", "Connection"} {
		delete(h, name)
	}
}

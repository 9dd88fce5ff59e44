package api

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"

	"go.uber.org/goleak"

	"github.com/konhook/konhook/pkg/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// canary is a key that nothing may show.
const canary = "canary0123456789ABCDEFGHIJKLMNOP"

func canaryKey(tb testing.TB) Key {
	tb.Helper()
	key, notes, err := ParseKey([]byte(canary))
	if err != nil || notes != nil {
		tb.Fatalf("ParseKey(canary) = %q, %v", notes, err)
	}
	return key
}

func published(tb testing.TB) event.Type {
	tb.Helper()
	kind, err := event.ParseType("course.published")
	if err != nil {
		tb.Fatal(err)
	}
	return kind
}

// newClient makes a client of a server with no retries unless o says so.
func newClient(t *testing.T, o Options) *Client {
	t.Helper()
	if o.Key.IsZero() {
		o.Key = canaryKey(t)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.URL
}

const payload = `{"occuredAt": 1700000000, "type": "Course/Published", "body": {"n": 1.50}}` + "\n"

func TestLast(t *testing.T) {
	var got *http.Request
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		got = r
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		w.Header().Set("X-Request-Id", "r-1")
		_, _ = io.WriteString(w, payload)
	})
	c := newClient(t, Options{BaseURL: url + "/openapi/v1/", UserAgent: "konhook/test"})
	answer, err := c.Last(t.Context(), published(t))
	if err != nil {
		t.Fatal(err)
	}
	if got.Method != "GET" || got.URL.Path != "/openapi/v1/webhook/course.published/last" {
		t.Errorf("request: %s %s", got.Method, got.URL)
	}
	if got.Header.Get("X-API-KEY") != canary || got.UserAgent() != "konhook/test" {
		t.Errorf("request header: %v", got.Header)
	}
	if string(answer.Event.Body) != payload || answer.Event.Type != published(t) {
		t.Errorf("event: %s %q", answer.Event.Type, answer.Event.Body)
	}
	if answer.ContentType != "application/json; charset=utf-8" || answer.RequestID != "r-1" {
		t.Errorf("answer: %+v", answer)
	}
}

// TestStatus covers every status that has a meaning of its own, and how often
// each is asked for.
func TestStatus(t *testing.T) {
	t.Parallel()
	tests := []struct {
		status, attempts int
		kind             any
		text             string
	}{
		{204, 1, &RemoteError{}, "answered 204 No Content"},
		{206, 1, &RemoteError{}, "answered 206 Partial Content: {\"error\": \"x y\"}"},
		{400, 1, &RemoteError{}, "GET /webhook/course.published/last: the API at HOST answered 400 Bad Request: "},
		{401, 1, &KeyError{}, "the API refused the key with 401 Unauthorized: {\"error\": \"x y\"}"},
		{403, 1, &KeyError{}, "403 Forbidden"},
		{404, 1, &NoEventError{}, "no course.published event in the last 30 days"},
		{405, 1, &RemoteError{}, "405"},
		{429, 3, &RateLimitError{}, "the rate limit of the API is used up: {\"error\": \"x y\"}"},
		{500, 3, &RemoteError{}, "500 Internal Server Error"},
		{501, 3, &RemoteError{}, "501"},
		{502, 3, &RemoteError{}, "502"},
		{503, 3, &RemoteError{}, "503"},
		{504, 3, &RemoteError{}, "504"},
		{599, 3, &RemoteError{}, "answered 599"},
	}
	for _, test := range tests {
		t.Run(fmt.Sprint(test.status), func(t *testing.T) {
			t.Parallel()
			var attempts atomic.Int32
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				attempts.Add(1)
				w.WriteHeader(test.status)
				_, _ = io.WriteString(w, "{\"error\":\n  \"x y\"}\n")
			})
			_, err := newClient(t, Options{BaseURL: url}).Last(t.Context(), published(t))
			if got, want := fmt.Sprintf("%T", err), fmt.Sprintf("%T", test.kind); got != want {
				t.Fatalf("error is a %s, want a %s", got, want)
			}
			got := strings.ReplaceAll(err.Error(), strings.TrimPrefix(url, "http://"), "HOST")
			got = strings.ReplaceAll(got, ", after a wait of 2s", "") // told when the pauses, which differ, were a second together
			if !strings.Contains(got, test.text) {
				t.Errorf("error %q does not contain %q", got, test.text)
			}
			if n := int(attempts.Load()); n != test.attempts {
				t.Errorf("%d attempts, want %d", n, test.attempts)
			}
		})
	}
}

// TestErrorsTellOfTheAnswer has each error carry the status, the id of the request
// and what the API said, in characters that can be printed.
func TestErrorsTellOfTheAnswer(t *testing.T) {
	for _, name := range []string{"X-Request-Id", "Cf-Ray"} {
		for _, status := range []int{200, 302, 401, 404, 429, 500} {
			url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
				w.Header().Set(name, "r-1\u202e"+strings.Repeat("\u00e9", 100))
				w.WriteHeader(status)
				_, _ = io.WriteString(w, "no\x1b[31m,\n\u202eno\u200b\xff\U000e0041 caf\u00e9")
			})
			_, err := newClient(t, Options{BaseURL: url, Retries: -1}).Last(t.Context(), published(t))
			got, id, message := answerOf(t, err)
			if got != status || !strings.HasPrefix(id, `r-1\u202e\u00e9`[:9]) || len(id) > 103 || !utf8.ValidString(id) {
				t.Errorf("%d: status %d, id %q", status, got, id)
			}
			if want := `no\x1b[31m, \u202eno\u200b\xff\U000e0041 caf` + "\u00e9"; message != want && status != 200 && status != 302 && status != 404 {
				t.Errorf("%d: %q, want %q", status, message, want)
			}
		}
	}
}

func answerOf(t *testing.T, err error) (status int, id, message string) {
	t.Helper()
	switch e := err.(type) { //nolint:errorlint // they are what Last returns
	case *NoEventError:
		return e.Status, e.RequestID, string(e.Message)
	case *KeyError:
		return e.Status, e.RequestID, e.Message
	case *RateLimitError:
		return e.Status, e.RequestID, e.Message
	case *RemoteError:
		return e.Status, e.RequestID, e.Message
	case *RedirectError:
		return e.Status, e.RequestID, ""
	case *ContentError:
		return e.Status, e.RequestID, ""
	}
	t.Fatalf("%T %v", err, err)
	return 0, "", ""
}

func TestNoEventKeepsWhatTheAPISaid(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, "{\"a\":\n1}"+strings.Repeat(" ", 1000))
	})
	_, err := newClient(t, Options{BaseURL: url}).Last(t.Context(), published(t))
	var none *NoEventError
	if !errors.As(err, &none) {
		t.Fatal(err)
	}
	if !strings.HasPrefix(string(none.Message), "{\"a\":\n1} ") || len(none.Message) != maxMessage {
		t.Errorf("message: %q", none.Message)
	}
}

func TestRetrySucceeds(t *testing.T) {
	var n atomic.Int32
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		if n.Add(1) < 3 {
			panic(http.ErrAbortHandler) // the connection is closed without an answer
		}
		_, _ = io.WriteString(w, payload)
	})
	var attempts []int
	c := newClient(t, Options{BaseURL: url, Trace: func(x Exchange) { attempts = append(attempts, x.Attempt) }})
	if _, err := c.Last(t.Context(), published(t)); err != nil {
		t.Fatal(err)
	}
	if fmt.Sprint(attempts) != "[1 2 3]" {
		t.Errorf("attempts: %v", attempts)
	}
}

func TestNoRetriesWhenNegative(t *testing.T) {
	var n atomic.Int32
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		n.Add(1)
		w.WriteHeader(http.StatusBadGateway)
	})
	_, err := newClient(t, Options{BaseURL: url, Retries: -1}).Last(t.Context(), published(t))
	if err == nil || n.Load() != 1 {
		t.Errorf("%d attempts, error %v", n.Load(), err)
	}
}

func TestContent(t *testing.T) {
	t.Parallel()
	bomb := strings.Repeat(gzipped(t, make([]byte, 1<<20)), 200) // one after the other are one
	tests := []struct {
		name, text string
		answer     http.HandlerFunc
	}{
		{"empty", "is empty", func(http.ResponseWriter, *http.Request) {}},
		{"html", "is not JSON: '<' instead of a value at byte 0 (its content type is text/html)", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "text/html")
			_, _ = io.WriteString(w, "<html>")
		}},
		{"two values", "is not JSON: more behind the value at byte 3", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, "{} {}")
		}},
		{"cut off", "was cut off after 75 of 100 bytes", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "100")
			_, _ = io.WriteString(w, payload)
		}},
		{"large", "is larger than 10 MiB", func(w http.ResponseWriter, _ *http.Request) {
			_, _ = io.WriteString(w, `"`+strings.Repeat("x", MaxBody)+`"`)
		}},
		{"gzip bomb", "is larger than 10 MiB", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, bomb)
		}},
		{"broken gzip", "cannot be read", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			_, _ = io.WriteString(w, "this is no gzip at all")
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := newClient(t, Options{BaseURL: serve(t, test.answer), Timeout: 5 * time.Minute}).Last(t.Context(), published(t))
			var content *ContentError
			if !errors.As(err, &content) || !strings.Contains(err.Error(), test.text) {
				t.Errorf("%T %v, want a ContentError with %q", err, err, test.text)
			}
		})
	}
}

func gzipped(t *testing.T, text []byte) string {
	t.Helper()
	var b strings.Builder
	z := gzip.NewWriter(&b)
	_, _ = z.Write(text)
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestLargestAndGzip(t *testing.T) {
	packed := gzipped(t, []byte(`"`+strings.Repeat("x", MaxBody-2)+`"`))
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		_, _ = io.WriteString(w, packed)
	})
	answer, err := newClient(t, Options{BaseURL: url, Timeout: 5 * time.Minute}).Last(t.Context(), published(t))
	if err != nil || len(answer.Event.Body) != MaxBody {
		t.Fatal(err)
	}
}

// piped makes the connections of a client in memory, which a fake clock can see
// through, and leaves their other ends to serve.
func piped(c *Client, serve func(net.Conn)) {
	c.transport.(*http.Transport).DialContext = func(context.Context, string, string) (net.Conn, error) {
		ours, theirs := net.Pipe()
		go func() {
			defer func() { _ = theirs.Close() }()
			serve(theirs)
		}()
		return ours, nil
	}
}

func TestTimeout(t *testing.T) {
	for _, test := range []struct {
		name, text string
		first      string
	}{
		{"no answer", "nothing had come after 500ms", ""},
		{"half an answer", "5 bytes had come after 500ms", "HTTP/1.1 200 OK\r\n\r\n" + `{"a":`},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var n atomic.Int32
				c := newClient(t, Options{BaseURL: "http://127.0.0.1:8911", Timeout: 500 * time.Millisecond})
				piped(c, func(server net.Conn) {
					if _, err := http.ReadRequest(bufio.NewReader(server)); err != nil {
						t.Error(err)
					}
					n.Add(1)
					_, _ = io.WriteString(server, test.first)
					_, _ = io.Copy(io.Discard, server) // until the client gives up
				})
				began := time.Now()
				_, err := c.Last(t.Context(), published(t))
				var remote *RemoteError
				if !errors.As(err, &remote) || !remote.Timeout || remote.Unreachable || !strings.Contains(err.Error(), test.text) {
					t.Errorf("%T %v", err, err)
				}
				if took := time.Since(began); n.Load() != 1 || took != 500*time.Millisecond {
					t.Errorf("%d attempts in %s", n.Load(), took)
				}
			})
		})
	}
}

func TestUnreachable(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	base := "http://user:pass" + canary + "@" + l.Addr().String() + "/openapi/v1?token=" + canary
	_ = l.Close()
	_, err = newClient(t, Options{BaseURL: base}).Last(t.Context(), published(t))
	var remote *RemoteError
	if !errors.As(err, &remote) || !remote.Unreachable || remote.Attempts != 3 {
		t.Fatalf("%T %+v", err, err)
	}
	if want := fmt.Sprintf("the API at %s cannot be reached: connection refused", l.Addr()); err.Error() != want {
		t.Errorf("%q, want %q", err, want)
	}
}

// TestNoConnectionInTime has a server that takes connections and never says a
// word of TLS.
func TestNoConnectionInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := newClient(t, Options{BaseURL: "https://127.0.0.1:8911"})
		piped(c, func(server net.Conn) { _, _ = io.Copy(io.Discard, server) })
		began := time.Now()
		_, err := c.Last(t.Context(), published(t))
		var remote *RemoteError
		if !errors.As(err, &remote) || !remote.Unreachable || !remote.Timeout || remote.Attempts != 3 {
			t.Fatalf("%T %v", err, err)
		}
		const pauses = (250 + 500) * time.Millisecond * 3 / 2 // at most
		if took := time.Since(began); took <= reach || took > reach+pauses {
			t.Errorf("given up after %s", took)
		}
	})
}

// TestUnreachableTurnByTurn has many ask an API that cannot be reached: the first
// is told so after its own attempts, not after everybody's.
func TestUnreachableTurnByTurn(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	tried := make(chan string, 100)
	c := newClient(t, Options{BaseURL: "https://" + l.Addr().String(), Trace: func(x Exchange) {
		tried <- fmt.Sprint(x.Attempt, " ", x.URL)
	}})
	c.connect, c.reach = 20*time.Millisecond, time.Minute
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var wg sync.WaitGroup
	for _, kind := range event.Types() {
		wg.Go(func() {
			if _, err := c.Last(ctx, kind); err == nil {
				t.Error("no error")
			}
			cancel()
		})
	}
	wg.Wait()
	first := <-tried
	for _, attempt := range []string{"2", "3"} {
		if next, want := <-tried, attempt+first[1:]; next != want {
			t.Errorf("%q after %q", next, first)
		}
	}
}

// TestGivenUpIn20s adds up what the attempts of one call may take at most.
func TestGivenUpIn20s(t *testing.T) {
	pauses := time.Duration(0)
	for i, d := 0, 250*time.Millisecond; i < DefaultRetries; i, d = i+1, 2*d {
		pauses += d * 3 / 2
	}
	if worst := reach + pauses; worst >= 19*time.Second {
		t.Errorf("an API that cannot be reached is given up after %s", worst)
	}
}

func TestCancelled(t *testing.T) {
	reason := errors.New("interrupted")
	ctx, cancel := context.WithCancelCause(t.Context())
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		cancel(reason)
		<-r.Context().Done()
	})
	if _, err := newClient(t, Options{BaseURL: url}).Last(ctx, published(t)); !errors.Is(err, reason) {
		t.Errorf("%T %v", err, err)
	}
}

func TestNoKey(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("a request was sent") })
	c, err := New(Options{BaseURL: url})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.Last(t.Context(), published(t))
	var key *KeyError
	if !errors.As(err, &key) || !errors.Is(err, ErrNoKey) {
		t.Errorf("%T %v", err, err)
	}
}

func TestUnknownType(t *testing.T) {
	c := newClient(t, Options{BaseURL: "http://127.0.0.1:1"})
	if _, err := c.Last(t.Context(), event.Type{}); err == nil {
		t.Error("a request for no type")
	}
}

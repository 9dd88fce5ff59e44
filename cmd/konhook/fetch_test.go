package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fetchCanary is a key that nothing may show.
const fetchCanary = "canary0123456789ABCDEFGHIJKLMNOP"

// fetchFrom runs konhook fetch against an API, with the canary as its key.
func fetchFrom(t *testing.T, answer http.HandlerFunc, s *streams, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	server := httptest.NewServer(answer)
	defer server.Close()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("KONHOOK_API_KEY", fetchCanary)
	t.Setenv("KONHOOK_BASE_URL", server.URL)
	var out, err bytes.Buffer
	s.in, s.err, s.width = strings.NewReader(""), &err, 80
	if s.out == nil {
		s.out = &out
	}
	code = run(t.Context(), append([]string{"fetch"}, args...), s)
	stderr = strings.ReplaceAll(err.String(), strings.TrimPrefix(server.URL, "http://"), "HOST")
	return code, out.String(), stderr
}

func answerWith(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func TestFetchFailures(t *testing.T) {
	tests := []struct {
		name   string
		answer http.HandlerFunc
		code   int
		stderr string
	}{
		{"no JSON", answerWith(200, "<html>"), 5,
			"konhook: GET /webhook/user.created/last: the answer of the API is not JSON: '<' instead of a value at byte 0 (its content type is text/html; charset=utf-8)\n"},
		{"nothing", answerWith(200, ""), 5, "konhook: GET /webhook/user.created/last: the answer of the API is empty\n"},
		{"cut off", func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", "9")
			w.Header().Set("Content-Type", "application/json")
			_, _ = io.WriteString(w, "{}")
		}, 5, "konhook: GET /webhook/user.created/last: the answer of the API was cut off after 2 of 9 bytes (its content type is application/json)\n"},
		{"a redirect", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "https://evil.example/x?key="+r.Header.Get("X-API-KEY"), http.StatusFound)
		}, 5, "konhook: GET /webhook/user.created/last: the API redirects to https://evil.example/x (302 Found), which is not followed because the key would go with it\n" +
			"  try: --base-url URL, when the API has moved\n"},
		{"a failure", answerWith(500, "\x1b[31mred\u202e\nline "+fetchCanary), 5,
			"konhook: GET /webhook/user.created/last: the API at HOST answered 500 Internal Server Error: \\x1b[31mred\\u202e line [redacted]\n"},
		{"a refused key", answerWith(403, ""), 4,
			"konhook: the API refused the key with 403 Forbidden\n  try: konhook login, with the key that Settings > API shows on your site\n"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			code, stdout, stderr := fetchFrom(t, test.answer, &streams{}, "user.created")
			if code != test.code || stdout != "" {
				t.Errorf("exit %d, stdout %q", code, stdout)
			}
			if diff := cmp.Diff(test.stderr, stderr); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// TestFetchNeverShowsTheKey has the server send the key back in every way that
// an error or the details could show.
func TestFetchNeverShowsTheKey(t *testing.T) {
	for _, status := range []int{200, 301, 307, 400, 401, 404, 429, 503} {
		code, stdout, stderr := fetchFrom(t, func(w http.ResponseWriter, r *http.Request) {
			key := r.Header.Get("X-API-KEY")
			w.Header().Set("Location", "https://"+key+"@evil.example/"+key)
			w.Header().Set("Content-Type", key)
			w.Header().Set("X-Echo", key)
			w.WriteHeader(status)
			_, _ = io.WriteString(w, key)
		}, &streams{}, "user.created", "-v", "--max-wait", "0s")
		all := strings.ToLower(stdout + stderr)
		if code == 0 || strings.Contains(all, strings.ToLower(fetchCanary)) || !strings.Contains(all, "x-api-key: [redacted]") {
			t.Errorf("%d: exit %d, %s", status, code, all)
		}
	}
}

// TestFetchKeepsTheOrder answers the first type asked for last, and fails for
// one: what came is printed all the same, in the order asked.
func TestFetchKeepsTheOrder(t *testing.T) {
	others := make(chan struct{}, 9)
	var asked atomic.Int32
	code, stdout, stderr := fetchFrom(t, func(w http.ResponseWriter, r *http.Request) {
		slug := strings.Split(r.URL.Path, "/")[2]
		first := asked.Add(1) == 1
		switch slug {
		case "user.edited":
			if first {
				break // the others wait for what this answer says of the rate limit
			}
			for range 3 {
				<-others
			}
		case "course.started":
			w.Header().Set("X-RateLimit-Remaining", "100") // it may be the first, too
			w.WriteHeader(http.StatusInternalServerError)
			others <- struct{}{}
			return
		default:
			others <- struct{}{}
		}
		w.Header().Set("X-RateLimit-Remaining", "100")
		fmt.Fprintf(w, "{\n\"type\" : %q, \"n\": 1.50}\n", slug)
	}, &streams{}, "course.published", "user.edited", "course.started", "user.created", "group.user.created", "-f", "ndjson", "--validate", "off")
	want := `{"type":"course.published","n":1.50}` + "\n" + `{"type":"user.edited","n":1.50}` + "\n" +
		`{"type":"user.created","n":1.50}` + "\n" + `{"type":"group.user.created","n":1.50}` + "\n"
	if diff := cmp.Diff(want, stdout); diff != "" || code != 5 {
		t.Errorf("exit %d, %s\n%s", code, diff, stderr)
	}
}

func TestFetchOnTerminal(t *testing.T) {
	const hostile = "{\"type\": \"User/Created\", \"x\": \"\u202e\u200b\u009b31m\"}"
	for _, format := range []string{"pretty", "json", "ndjson", "raw", "capture"} {
		s := &streams{outTTY: true}
		_, stdout, stderr := fetchFrom(t, answerWith(200, hostile), s, "user.created", "-f", format, "--color", "never")
		if strings.ContainsAny(stdout+stderr, "\u202e\u200b\u009b") || !strings.Contains(stdout, `\u202e`) {
			t.Errorf("%s: %q", format, stdout)
		}
		_, stdout, _ = fetchFrom(t, answerWith(200, hostile), &streams{}, "user.created", "-f", format)
		if format != "pretty" && !strings.Contains(stdout, "\u202e") {
			t.Errorf("%s, to a pipe: %q", format, stdout)
		}
	}
	_, stdout, _ := fetchFrom(t, answerWith(200, `{"x":"\u001b[31m\u202e"}`), &streams{outTTY: true}, "user.created", "-f", "raw", "--jq", ".x")
	if strings.ContainsAny(stdout, "\u202e\x1b") {
		t.Errorf("a string of --jq: %q", stdout)
	}
}

func TestFetchOtherType(t *testing.T) {
	code, _, stderr := fetchFrom(t, answerWith(200, `{"type":"User/Edited","occuredAt":1,"body":{"user":{"id":"a","name":"b"}}}`), &streams{}, "user.created")
	if want := "warning: user.created: the API answered with user.edited\n"; code != 0 || stderr != want {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

func TestFetchInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		cancel(&signalError{syscall.SIGINT})
		<-r.Context().Done()
	}))
	defer server.Close()
	t.Setenv("KONHOOK_API_KEY", fetchCanary)
	var out, stderr bytes.Buffer
	code := run(ctx, []string{"fetch", "--all", "--base-url", server.URL}, &streams{in: strings.NewReader(""), out: &out, err: &stderr, width: 80})
	if code != exitInterrupted || out.Len() > 0 || stderr.String() != "konhook: interrupted\n" {
		t.Errorf("exit %d, %q, %q", code, &out, &stderr)
	}
}

// closedPipe is a standard output that nobody reads any more.
type closedPipe struct{}

func (closedPipe) Write([]byte) (int, error) { return 0, syscall.EPIPE }

func TestFetchStdoutClosed(t *testing.T) {
	code, _, stderr := fetchFrom(t, answerWith(200, "{}"), &streams{out: &pipeWriter{w: closedPipe{}}}, "--all", "--validate", "off")
	if code != 0 || stderr != "" {
		t.Errorf("exit %d, %q", code, stderr)
	}
}

// TestFetchSavesExactBytes has the capture and the folder hold what came, byte
// for byte.
func TestFetchSavesExactBytes(t *testing.T) {
	const body = "\n { \"type\" : \"User\\/Created\", \"n\": 1.50e+1 }\r\n\n"
	dir := t.TempDir()
	code, stdout, stderr := fetchFrom(t, answerWith(200, body), &streams{}, "user.created", "-f", "raw",
		"--save-dir", dir, "--save", filepath.Join(dir, "c.ndjson"), "--validate", "off")
	saved, err := os.ReadFile(filepath.Join(dir, "user.created.json"))
	if code != 0 || stdout != body || string(saved) != body || err != nil {
		t.Errorf("exit %d, printed %q, saved %q, %v, %s", code, stdout, saved, err, stderr)
	}
	line, err := os.ReadFile(filepath.Join(dir, "c.ndjson"))
	if want := `"body":"\n { \"type\" : \"User\\/Created\", \"n\": 1.50e+1 }\r\n\n","valid":null`; err != nil || !strings.Contains(string(line), want) {
		t.Errorf("captured %s, %v", line, err)
	}
}

package probe

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/signature"
)

const secret = "whsec_bG9vcGJhY2sgc2VjcmV0IGZvciB0aGUgcHJvYmU="

func TestGoodReceiverPassesAll(t *testing.T) {
	for _, scheme := range []signature.Scheme{signature.Standard, signature.HMACSHA256} {
		sign := signing(scheme)
		results := run(t, Options{URL: serve(t, good(t, sign)), Sign: sign, MaxLatency: time.Minute})
		if len(results) != len(Cases()) {
			t.Errorf("%d results", len(results))
		}
		skipped := []string(nil)
		if scheme == signature.HMACSHA256 {
			skipped = []string{"signature-stale"}
		}
		if diff := cmp.Diff(skipped, outcomes(results, Skip)); diff != "" {
			t.Error(diff)
		}
		for _, r := range results {
			if r.Outcome == Fail || r.Outcome == Warn || r.Outcome == Pass && r.Hint != "" {
				t.Errorf("%s: %s: %s (%s)", r.Case.Name, r.Outcome, r.Got, r.Hint)
			}
		}
	}
}

func TestWithoutSignatures(t *testing.T) {
	results := run(t, Options{URL: serve(t, good(t, nil)), MaxLatency: time.Minute})
	for _, r := range results {
		if want := map[bool]Outcome{true: Skip, false: Pass}[r.Case.Signed]; r.Outcome != want {
			t.Errorf("%s: %s: %s", r.Case.Name, r.Outcome, r.Got)
		}
	}
}

// TestBadReceivers: receivers with one thing wrong each, and what the probe
// finds.
func TestBadReceivers(t *testing.T) {
	status := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(status) }
	}
	var calls atomic.Int32
	tests := []struct {
		name    string
		handler http.HandlerFunc
		cases   []string
		fails   []string
		skips   []string
		got     string // of the first that fails
		hint    string
	}{
		{"takes everything", status(200), []string{"event-types", "cut", "type-unknown", "large"}, []string{"cut"}, nil, "200 OK", ""},
		{"fails at everything", status(500), []string{"event-types", "cut", "type-unknown", "redirect", "still-works"},
			[]string{"event-types", "type-unknown", "still-works"}, []string{"cut"},
			"500 Internal Server Error for course.published, course.unpublished, course.assigned and 6 more", ""},
		{"refuses everything", status(400), []string{"event-types", "cut", "members-null", "long-names", "name-null", "content-type"}, []string{"event-types"},
			[]string{"members-null", "long-names", "cut", "name-null", "content-type"}, "400 Bad Request for ", "answer 2xx"},
		{"is elsewhere", status(404), []string{"event-types", "no-type"}, []string{"event-types"}, []string{"no-type"}, "404 Not Found for ", "is the path of the URL the right one?"},
		{"wants signatures", status(401), []string{"unicode"}, []string{"unicode"}, nil, "401 Unauthorized", "does the receiver want signatures?"},
		{"redirects", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/webhook/?key=\u202ehush", http.StatusPermanentRedirect)
		}, []string{"event-types", "redirect"}, []string{"event-types", "redirect"}, nil, "308 Permanent Redirect for ", "redirects to: /webhook/?key="},
		{"crashes at what is no object", func(w http.ResponseWriter, r *http.Request) {
			if body, _ := io.ReadAll(r.Body); strings.HasPrefix(string(body), "[") {
				panic(http.ErrAbortHandler)
			}
		}, []string{"array", "still-works"}, []string{"array"}, nil, "the connection was closed before a whole answer", "answer 400"},
		{"wants the length", func(w http.ResponseWriter, r *http.Request) {
			if r.ContentLength < 0 {
				w.WriteHeader(http.StatusLengthRequired)
			}
		}, []string{"header-case", "expect-continue"}, nil, nil, "", ""},
		{"wants the content type to the letter", func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("Content-Type") != "application/json" {
				w.WriteHeader(http.StatusUnsupportedMediaType)
			}
		}, []string{"charset", "content-type"}, []string{"charset"}, nil, "415 Unsupported Media Type", ""},
		{"knows no duplicates", func(w http.ResponseWriter, r *http.Request) {
			if calls.Add(1) > 2 {
				w.WriteHeader(http.StatusConflict)
			}
		}, []string{"duplicate"}, []string{"duplicate"}, nil, "409 Conflict for the second", "process events idempotently"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			results := run(t, Options{URL: serve(t, tt.handler), Cases: tt.cases})
			if diff := cmp.Diff(tt.fails, outcomes(results, Fail)); diff != "" {
				t.Error(diff)
			}
			if diff := cmp.Diff(tt.skips, outcomes(results, Skip)); diff != "" {
				t.Error(diff)
			}
			if len(tt.fails) > 0 {
				first := results[tt.fails[0]]
				if !strings.HasPrefix(first.Got, tt.got) || !strings.Contains(first.Hint, tt.hint) || first.Hint == "" {
					t.Errorf("got %q, hint %q", first.Got, first.Hint)
				}
			}
		})
	}
}

func TestShouldsWarn(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.ContentLength < 0 {
			w.WriteHeader(http.StatusLengthRequired)
		}
	})
	results := run(t, Options{URL: url, Cases: []string{"chunked", "get", "strict"}})
	if diff := cmp.Diff([]string{"chunked", "strict", "get"}, outcomes(results, Warn)); diff != "" {
		t.Error(diff)
	}
	if got := results["strict"].Got; !strings.HasPrefix(got, "200 OK for not-a-number, bad-utf8, type-null and ") {
		t.Error(got)
	}
}

func TestSignatureIsNotChecked(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	results := run(t, Options{URL: url, Sign: signing(signature.Standard)})
	want := []string{"signature-missing", "signature-wrong", "signature-tampered", "signature-stale", "signature-reencoded"}
	got := slices.DeleteFunc(outcomes(results, Fail), func(name string) bool { return !strings.HasPrefix(name, "signature") })
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

const fine = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

func TestNobodyListens(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	_, err = Run(t.Context(), Options{URL: "http://" + l.Addr().String()}, func(Result) error { return errEnough })
	var nobody *deliver.UnreachableError
	if !errors.As(err, &nobody) || nobody.Addr != l.Addr().String() {
		t.Error(err)
	}
}

func TestWrongOptions(t *testing.T) {
	var unknown *UnknownCaseError
	for _, o := range []Options{
		{URL: "http://127.0.0.1:1", Cases: []string{"cut", "nothing"}},
		{URL: "ftp://127.0.0.1:1"}, {URL: "127.0.0.1"}, {},
		{URL: "http://127.0.0.1:1", Sign: &signature.Options{}},
	} {
		_, err := Run(t.Context(), o, func(Result) error { return nil })
		if nobody := (*deliver.UnreachableError)(nil); err == nil || errors.As(err, &nobody) {
			t.Errorf("%+v: %v", o, err)
		}
		if errors.As(err, &unknown) != (len(o.Cases) > 0) {
			t.Error(err)
		}
	}
}

func TestCancelled(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); strings.HasPrefix(string(body), "[") {
			cancel(errEnough)
			<-r.Context().Done()
		}
	})
	var got []Outcome
	_, err := Run(ctx, Options{URL: url, Cases: []string{"event-types", "array", "still-works"}}, func(r Result) error {
		got = append(got, r.Outcome)
		return nil
	})
	if !errors.Is(err, errEnough) || !slices.Equal(got, []Outcome{Pass, Skip, Skip}) {
		t.Errorf("%v: %v", err, got)
	}
}

func TestEachEndsTheRun(t *testing.T) {
	n := 0
	_, err := Run(t.Context(), Options{URL: serve(t, good(t, nil))}, func(Result) error { n++; return errEnough })
	if !errors.Is(err, errEnough) || n != 1 {
		t.Errorf("%v after %d", err, n)
	}
}

func TestResultAsJSON(t *testing.T) {
	c, _ := Lookup("cut")
	text, err := json.Marshal([]Result{{Case: c, Outcome: Pass, Got: "400", Expected: "4xx"}, {Case: c, Outcome: Fail, Got: "200", Expected: "4xx", Hint: "no"}})
	const want = `[{"name":"cut","level":"must","outcome":"pass","expected":"4xx","got":"400","hint":null},` +
		`{"name":"cut","level":"must","outcome":"fail","expected":"4xx","got":"200","hint":"no"}]`
	if err != nil || string(text) != want {
		t.Errorf("%v: %s", err, text)
	}
}

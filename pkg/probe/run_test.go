package probe

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
	"github.com/konhook/konhook/pkg/signature"
)

const secret = "whsec_bG9vcGJhY2sgc2VjcmV0IGZvciB0aGUgcHJvYmU="

func signing(scheme signature.Scheme) *signature.Options {
	return &signature.Options{Scheme: scheme, Secrets: []signature.Secret{signature.NewSecret(secret)}}
}

// good is a receiver that takes what the schema allows, and types that it does
// not know.
func good(t *testing.T, sign *signature.Options) http.HandlerFunc {
	v := newValidator(t)
	var verifier *signature.Verifier
	if sign != nil {
		var err error
		if verifier, err = signature.NewVerifier(*sign); err != nil {
			t.Fatal(err)
		}
	}
	return func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, 1<<20))
		switch {
		case r.Method != http.MethodPost:
			w.WriteHeader(http.StatusMethodNotAllowed)
		case err != nil:
			w.WriteHeader(http.StatusBadRequest)
		case verifier != nil && verifier.Verify(headersOf(r), body, time.Now()) != nil:
			w.WriteHeader(http.StatusUnauthorized)
		case !sound(v, body):
			w.WriteHeader(http.StatusBadRequest)
		default:
			w.WriteHeader(http.StatusNoContent)
		}
	}
}

func newValidator(t *testing.T) *schema.Validator {
	t.Helper()
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func headersOf(r *http.Request) (all []event.Header) {
	for name, values := range r.Header {
		for _, v := range values {
			all = append(all, event.Header{Name: name, Value: v})
		}
	}
	return all
}

func sound(v *schema.Validator, body []byte) bool {
	for e, err := range event.ReadFrom(context.Background(), strings.NewReader(string(body)), "body", event.ReadOptions{Whole: true}) {
		if err != nil {
			return false
		}
		for _, f := range v.Check(e) {
			if f.Severity == schema.Error && (f.Pointer != "/type" || !strings.Contains(string(body), `"type":"`)) {
				return false
			}
		}
		return true
	}
	return false
}

func TestGoodReceiverPassesAll(t *testing.T) {
	for _, scheme := range []signature.Scheme{signature.Standard, signature.HMACSHA256} {
		sign := signing(scheme)
		results := run(t, Options{URL: serve(t, good(t, sign)), Sign: sign})
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
	results := run(t, Options{URL: serve(t, good(t, nil))})
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

// TestSlowReceiver: late answers fail one case, and none the others.
func TestSlowReceiver(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		select {
		case <-time.After(20 * time.Millisecond):
		case <-r.Context().Done():
		}
	})
	results := run(t, Options{URL: url, Cases: []string{"event-types", "latency"}, MaxLatency: 5 * time.Millisecond})
	if r := results["latency"]; r.Outcome != Fail || !strings.Contains(r.Got, " ms at most, for ") || r.Expected != "2xx within 5 ms" {
		t.Errorf("%+v", r)
	}
	if r := results["event-types"]; r.Outcome != Pass {
		t.Errorf("%+v", r)
	}
}

// TestSilentReceiver: one that answers nothing any more is given up soon.
func TestSilentReceiver(t *testing.T) {
	var silent atomic.Bool
	url := raw(t, func(c net.Conn, body string) {
		if silent.Load() || strings.HasPrefix(body, "[") {
			silent.Store(true)
			_, _ = io.Copy(io.Discard, c) // until the other side gives up
			return
		}
		_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	started := time.Now()
	results := run(t, quick(url, "event-types", "array", "string", "no-type", "answer-leaks", "still-works"))
	if diff := cmp.Diff([]string{"array", "still-works"}, outcomes(results, Fail)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"string", "no-type", "answer-leaks"}, outcomes(results, Skip)); diff != "" {
		t.Error(diff)
	}
	if got := results["array"].Got; got != "no whole answer within 1 s, and since then none to a sound event" {
		t.Error(got)
	}
	if got := results["string"].Got; got != "the receiver is gone" {
		t.Error(got)
	}
	if time.Since(started) > 10*time.Second {
		t.Errorf("took %s", time.Since(started))
	}
}

const fine = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"

// TestStartedAgain: a receiver that stops at a message, takes connections while
// it ends, and is started again, is not gone.
func TestStartedAgain(t *testing.T) {
	t.Parallel()
	dying := 0
	url := raw(t, func(c net.Conn, body string) {
		if strings.HasPrefix(body, "[") {
			dying = 4
		}
		if dying--; dying < 0 {
			_, _ = io.WriteString(c, fine)
		}
	})
	results := run(t, Options{URL: url, Cases: []string{"array", "unicode", "still-works"}})
	if r := results["array"]; r.Outcome != Fail || !strings.HasPrefix(r.Got, "the connection was ") || strings.Contains(r.Got, "since then") {
		t.Errorf("%s: %q", r.Outcome, r.Got)
	}
	if diff := cmp.Diff([]string{"unicode", "still-works"}, outcomes(results, Pass)); diff != "" {
		t.Error(diff)
	}
}

// TestStartedAgainLate: one that was given up is asked once more at the end, and
// has time to start then.
func TestStartedAgainLate(t *testing.T) {
	t.Parallel()
	var stopped, again atomic.Bool
	dying := 3
	url := raw(t, func(c net.Conn, body string) {
		if strings.HasPrefix(body, "[") {
			stopped.Store(true)
		}
		if again.Load() {
			dying--
		}
		if !stopped.Load() || dying < 0 {
			_, _ = io.WriteString(c, fine)
		}
	})
	got := map[string]Outcome{}
	_, err := Run(t.Context(), Options{URL: url, Cases: []string{"array", "string", "still-works"}}, func(r Result) error {
		again.Store(true)
		got[r.Case.Name] = r.Outcome
		return nil
	})
	if diff := cmp.Diff(map[string]Outcome{"array": Fail, "string": Skip, "still-works": Pass}, got); diff != "" || err != nil {
		t.Error(err, diff)
	}
}

// TestFailsAtUsersAlone: a receiver that has an answer to some sound events is
// not gone.
func TestFailsAtUsersAlone(t *testing.T) {
	t.Parallel()
	url := raw(t, func(c net.Conn, body string) {
		if !strings.Contains(body, `"type":"User/`) {
			_, _ = io.WriteString(c, fine)
		}
	})
	results := run(t, Options{URL: url, Cases: []string{"unicode", "cut"}})
	if r := results["cut"]; r.Outcome != Fail || r.Got != "200 OK" {
		t.Errorf("%s: %q", r.Outcome, r.Got)
	}
}

// TestBrokenEventsOfSeveralTypes: a receiver that stops at broken events of some
// types, and is started again, fails at each of them.
func TestBrokenEventsOfSeveralTypes(t *testing.T) {
	t.Parallel()
	dying := 0
	url := raw(t, func(c net.Conn, body string) {
		isOfUser := strings.Contains(body, `"type":"User/`) || strings.Contains(body, `"type":"Group/`)
		if isOfUser && strings.Contains(body, `"user":null`) {
			dying = 3
		}
		if dying--; dying < 0 {
			_, _ = io.WriteString(c, fine)
		}
	})
	results := run(t, Options{URL: url, Cases: []string{"no-id", "object-null", "name-null"}})
	if r := results["object-null"]; r.Outcome != Fail || r.Got != "the connection was closed before a whole answer for user.created, group.user.created" {
		t.Errorf("%s: %q", r.Outcome, r.Got)
	}
	if diff := cmp.Diff([]string{"no-id", "name-null"}, outcomes(results, Pass)); diff != "" {
		t.Error(diff)
	}
}

// TestWrongAnswersOfSeveralKinds are told apart.
func TestWrongAnswersOfSeveralKinds(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch body, _ := io.ReadAll(r.Body); {
		case strings.Contains(string(body), `"type":"Course/`):
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "KeyError: body")
		case strings.Contains(string(body), `"type":"Group/`):
			w.WriteHeader(503)
		}
	})
	const want = "500 Internal Server Error for course.published, course.finished: KeyError: body; 200 OK for user.created; 503 Service Unavailable for group.user.created"
	if got := run(t, Options{URL: url, Cases: []string{"no-body"}})["no-body"].Got; got != want {
		t.Error(got)
	}
}

// TestBrokenEventsAreOfTheirTypes: what concerns the body is tried with each shape
// of it, and kinds are named once by strict.
func TestBrokenEventsAreOfTheirTypes(t *testing.T) {
	var mu sync.Mutex
	var sent []string
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, kind, _ := strings.Cut(string(body), `"type":"`)
		kind, _, _ = strings.Cut(kind, `"`)
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, kind)
	})
	shapes := []string{"Course/Published", "User/Created", "Group/User/Created", "Course/Finished"}
	for name, want := range map[string][]string{
		"no-body": shapes, "body-array": shapes, "no-name": shapes, "type-null": {""}, "occurred-at": {"Course/Published"},
	} {
		sent = nil
		run(t, Options{URL: url, Cases: []string{name}})
		if diff := cmp.Diff(append([]string{"User/Created"}, want...), sent); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	sent = nil
	r := run(t, Options{URL: url, Cases: []string{"strict"}})["strict"]
	if len(sent) != 1+7+11*len(shapes) || r.Got != "200 OK for not-a-number, bad-utf8, type-null and 15 more" {
		t.Errorf("%d messages: %q", len(sent), r.Got)
	}
}

// TestWorksOffWhatWasAbandoned: after a late answer the next may be later than
// answers may be otherwise.
func TestWorksOffWhatWasAbandoned(t *testing.T) {
	t.Parallel()
	busy := false
	url := raw(t, func(c net.Conn, body string) {
		if strings.HasPrefix(body, "[") {
			busy = true
			_, _ = io.Copy(io.Discard, c) // until the other side gives up
			return
		}
		if busy {
			busy = false
			<-time.After(quick("").MaxLatency * 3 / 2)
		}
		_, _ = io.WriteString(c, fine)
	})
	results := run(t, quick(url, "array", "string"))
	if got := results["array"].Got; got != "no whole answer within 1 s" {
		t.Error(got)
	}
	if r := results["string"]; r.Outcome != Fail || r.Got != "200 OK" {
		t.Errorf("%s: %q", r.Outcome, r.Got)
	}
}

// TestLimit: less is waited once an answer did not come, but for a receiver that
// is slow with every answer, and never longer than the time-out.
func TestLimit(t *testing.T) {
	tests := []struct {
		late  bool
		first answer
		want  time.Duration
	}{
		{false, answer{}, 10 * time.Second},
		{true, answer{took: time.Millisecond}, 2 * time.Second},
		{true, answer{took: 3 * time.Second}, 6 * time.Second},
		{true, answer{took: 9 * time.Second}, 10 * time.Second},
		{true, answer{took: 9 * time.Second, err: errEnough}, 2 * time.Second},
	}
	for _, tt := range tests {
		s := session{o: Options{MaxLatency: 2 * time.Second, Timeout: 10 * time.Second}, late: tt.late, first: tt.first}
		if got := s.limit(); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

// TestHostileAnswers: whatever comes back, the probe ends soon, and what it
// quotes is short and clean.
func TestHostileAnswers(t *testing.T) {
	forever := func(text string) func(net.Conn, string) {
		return func(c net.Conn, _ string) {
			for {
				if _, err := io.WriteString(c, text); err != nil {
					return
				}
			}
		}
	}
	once := func(text string) func(net.Conn, string) {
		return func(c net.Conn, _ string) { _, _ = io.WriteString(c, text) }
	}
	tests := map[string]struct {
		talk func(net.Conn, string)
		got  string
	}{
		"nothing":         {once(""), "the connection was "},
		"no HTTP":         {once("SSH-2.0-\x1b[2Jx\r\n\r\n"), "no answer that is HTTP: "},
		"half an answer":  {once("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nab"), "the connection was "},
		"endless head":    {forever("X-A: b\r\n"), "no answer that is HTTP: "},
		"endless interim": {forever("HTTP/1.1 103 Early Hints\r\n\r\n"), "no answer that is HTTP: answers of 1xx without an end"},
		"escapes":         {once("HTTP/1.1 500 \x1b[31m\r\nContent-Length: 15\r\n\r\n\x1b[2J\u202eevil\xff\x00 abc"), `500 Internal Server Error: \x1b[2J\u202eevil`},
		"long line":       {once("HTTP/1.1 500 No\r\nConnection: close\r\n\r\n" + strings.Repeat("x", 1<<20)), "500 Internal Server Error: xxxx"},
		"endless body": {func(c net.Conn, _ string) {
			_, _ = io.WriteString(c, "HTTP/1.1 400 No\r\n\r\n")
			forever(strings.Repeat("x", 1<<16))(c, "")
		}, "400 Bad Request: xxxx"},
		"a strange number": {once("HTTP/1.1 999 Hm\r\nContent-Length: 0\r\n\r\n"), "999"},
		"a switch":         {once("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n"), "the connection was "},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			started := time.Now()
			r := run(t, quick(raw(t, tt.talk), "unicode"))["unicode"]
			if r.Outcome != Fail || !strings.HasPrefix(r.Got, tt.got) {
				t.Errorf("%s: %q", r.Outcome, r.Got)
			}
			if len([]rune(r.Got)) > maxGot || strings.ContainsAny(r.Got, "\x1b\n\u202e") {
				t.Errorf("%q", r.Got)
			}
			if time.Since(started) > 8*time.Second {
				t.Errorf("took %s", time.Since(started))
			}
		})
	}
}

func TestSecretsAreNotQuoted(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		user, password, _ := r.BasicAuth()
		w.WriteHeader(500)
		_, _ = io.WriteString(w, "no "+secret+" for "+user+" "+password+" at "+r.URL.String())
	})
	o := Options{URL: strings.Replace(url, "://", "://me:pass-word@", 1) + "?token=tok-en", Cases: []string{"unicode", "answer-leaks"}, Sign: signing(signature.Standard)}
	results := run(t, o)
	if got := results["unicode"].Got; !strings.HasPrefix(got, "500 Internal Server Error: no [redacted] for me [redacted] at /webhook?[redacted]") {
		t.Error(got)
	}
	if got := results["answer-leaks"].Got; got != "the secret of the signatures, in an answer of 500" {
		t.Error(got)
	}
}

// TestSecretsInJSONAreNotQuoted: PHP writes a backslash before each slash.
func TestSecretsInJSONAreNotQuoted(t *testing.T) {
	slashes := "a/b/" + strings.Repeat("/", 28)
	sign := &signature.Options{Scheme: signature.Standard, Secrets: []signature.Secret{signature.NewSecret("whsec_" + slashes)}}
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(500)
		_, _ = io.WriteString(w, `{"secret":"`+strings.ReplaceAll(slashes, "/", `\/`)+`"}`)
	})
	if got := run(t, Options{URL: url, Sign: sign, Cases: []string{"unicode"}})["unicode"].Got; got != `500 Internal Server Error: {"secret":"[redacted]"}` {
		t.Error(got)
	}
}

// TestOwnWordsAreNotHidden: what the URL has in it is taken out of what the receiver
// says, and of nothing else.
func TestOwnWordsAreNotHidden(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(500)
		_, _ = io.WriteString(w, "Internal matters of course.published")
	})
	r := run(t, Options{URL: url + "?a=Internal&b=course.published&c=that+you", Cases: []string{"event-types"}})["event-types"]
	if r.Got != "500 Internal Server Error for course.published, course.unpublished, course.assigned and 6 more: [redacted] matters of [redacted]" {
		t.Error(r.Got)
	}
	if r.Hint != r.Case.Mend || !strings.Contains(r.Hint, "that you") {
		t.Error(r.Hint)
	}
	url = raw(t, func(c net.Conn, _ string) { _, _ = io.WriteString(c, "no whatever\r\n\r\n") })
	r = run(t, Options{URL: url + "?a=HTTP&b=whatever", Cases: []string{"unicode"}})["unicode"]
	if !strings.HasPrefix(r.Got, "no answer that is HTTP: ") || strings.Contains(r.Got, "whatever") {
		t.Error(r.Got)
	}
	url = serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(401) })
	r = run(t, Options{URL: url + "?a=signatures", Cases: []string{"unicode"}})["unicode"]
	if !strings.HasPrefix(r.Hint, "does the receiver want signatures?") {
		t.Error(r.Hint)
	}
}

// TestTLS: https is spoken with the settings that were given.
func TestTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(good(t, nil))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	o := Options{URL: server.URL, Cases: []string{"keep-alive", "large", "cut"}, TLS: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12}}
	if diff := cmp.Diff(o.Cases, outcomes(run(t, o), Pass)); diff != "" {
		t.Error(diff)
	}
	o.TLS = nil
	_, err := Run(t.Context(), o, func(Result) error { return errEnough })
	unknown, isUnknown := errors.AsType[x509.UnknownAuthorityError](err)
	if nobody, ok := errors.AsType[*deliver.UnreachableError](err); !ok || !isUnknown || nobody.Addr != server.Listener.Addr().String() {
		t.Errorf("%v (%v)", err, unknown)
	}
}

// TestWhereURLsLead: a name below localhost is this machine, and what stands in
// the URL is sent as replay sends it.
func TestWhereURLsLead(t *testing.T) {
	var mu sync.Mutex
	var uris, hosts []string
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		uris, hosts = append(uris, r.RequestURI), append(hosts, r.Host)
	})
	for _, name := range []string{"app.localhost", "localhost."} {
		uris, hosts = nil, nil
		run(t, Options{URL: strings.Replace(url, "127.0.0.1", name, 1) + "?a=b c", Cases: []string{"unicode"}})
		if uris[0] != "/webhook?a=b%20c" || !strings.HasPrefix(hosts[0], name+":") {
			t.Errorf("%q at %q", uris[0], hosts[0])
		}
	}
}

// TestConcurrent: the events are there at the same time.
func TestConcurrent(t *testing.T) {
	var there atomic.Int32
	all := make(chan struct{})
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if body, _ := io.ReadAll(r.Body); !strings.Contains(string(body), "Course/Assigned") {
			return
		}
		if there.Add(1) == crowd {
			close(all)
		}
		select {
		case <-all:
		case <-r.Context().Done():
		}
	})
	if r := run(t, Options{URL: url, Cases: []string{"concurrent"}, Timeout: 20 * time.Second})["concurrent"]; r.Outcome != Pass {
		t.Errorf("%s: %q", r.Outcome, r.Got)
	}
}

// TestLostConnection: half a body comes, and the connection ends.
func TestLostConnection(t *testing.T) {
	broken := make(chan int, 10)
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		if body, err := io.ReadAll(r.Body); err != nil {
			broken <- len(body)
		}
	})
	if r := run(t, Options{URL: url, Cases: []string{"lost-connection"}})["lost-connection"]; r.Outcome != Pass {
		t.Errorf("%s: %q", r.Outcome, r.Got)
	}
	select {
	case n := <-broken:
		if n == 0 {
			t.Error("no part of the body came")
		}
	case <-time.After(20 * time.Second):
		t.Error("no body was broken")
	}
}

// TestLessPatience: once an answer was late, others have less time.
func TestLessPatience(t *testing.T) {
	t.Parallel()
	url := raw(t, func(c net.Conn, body string) {
		if !strings.HasPrefix(body, "{") {
			_, _ = io.Copy(io.Discard, c) // until the other side gives up
			return
		}
		_, _ = io.WriteString(c, fine)
	})
	results := run(t, quick(url, "array", "string"))
	if got := []string{results["array"].Got, results["string"].Got}; !slices.Equal(got, []string{"no whole answer within 1 s", "no whole answer within 500 ms"}) {
		t.Errorf("%q", got)
	}
}

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

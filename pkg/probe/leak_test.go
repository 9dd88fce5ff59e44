package probe

import (
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/signature"
)

func TestLeaks(t *testing.T) {
	tests := []struct{ text, want string }{
		{"", ""},
		{`{"error":"no event: body.user is missing"}`, ""},
		{"<title>400 Bad Request</title><p>The browser sent a request that this server could not understand.", ""},
		{"your token: none; the password is wrong, see login.php on line 3", "an error message of PHP"},
		{"secret token password API key", ""},
		{`{"sha256":"0123456789abcdef0123456789abcdef","bytes":512,"at":"2026-01-15T09:30:00Z"}`, ""},
		{"Traceback (most recent call last):\n  File \"app.py\", line 3, in f\nKeyError: 'type'", "a stack trace of Python"},
		{"<title>KeyError: 'type' // Werkzeug Debugger</title>", "the debugger of Werkzeug"},
		{"<pre>TypeError: x<br> &nbsp; &nbsp;at /app/app.js:14:19<br>", "a stack trace of JavaScript"},
		{"SyntaxError\n    at parse (node:internal/main:12:3)", "a stack trace of JavaScript"},
		{"<b>Warning</b>:  Undefined array key \"type\" in <b>/app/x.php</b> on line <b>5</b><br />", "an error message of PHP"},
		{"PHP Fatal error: Uncaught TypeError\nStack trace:\n#0 {main}", "an error message of PHP"},
		{"panic: x\n\ngoroutine 12 [running]:\nmain.f()", "a stack trace of Go"},
		{"java.lang.NullPointerException\n\tat com.example.Hook.post(Hook.java:42)", "a stack trace of Java"},
		{"System.NullReferenceException\n   at Hook.Post() in C:\\app\\Hook.cs:line 12", "a stack trace of .NET"},
		{"NoMethodError\n/app/hook.rb:12:in `post'", "a stack trace of Ruby"},
		{"PDOException: SQLSTATE[22001]: String data, right truncated", "an error message of a database"},
		{"-----BEGIN RSA PRIVATE KEY-----", "a private key"},
		{"cannot connect to postgres://app:hunter2@db:5432/app", "the URL of a database with its password"},
		{"cannot connect to postgres://db:5432/app", ""},
		{"env: {'DB_PASSWORD': 'hunter22'}", "a secret of the environment"},
		{"no " + secret, "the secret of the signatures"},
		{"no " + strings.TrimPrefix(secret, "whsec_"), "the secret of the signatures"},
	}
	s, err := newSession(Options{URL: "http://127.0.0.1:1", Sign: signing(signature.Standard)})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		if got := s.findLeak(answer{body: []byte(tt.text)}); got != tt.want {
			t.Errorf("%.60q: %q, want %q", tt.text, got, tt.want)
		}
	}
}

// TestLeaksAreFoundSoon: an answer as large as they are kept, made of what the
// patterns begin with, takes no time to speak of; repetitions that are nested
// would take days.
func TestLeaksAreFoundSoon(t *testing.T) {
	finder := newLeakFinder()
	started := time.Now()
	for _, piece := range []string{"x", "SECRET_", "at a.js:1:", "postgres://a:", "PRIVATE KEY-----BEGIN a", "ORA-1", "goroutine 1"} {
		if got := finder.in(strings.Repeat(piece, maxKept/len(piece))); got != "" && got != "a stack trace of JavaScript" {
			t.Errorf("%q: %q", piece, got)
		}
	}
	if took := time.Since(started); took > time.Minute {
		t.Errorf("took %s", took)
	}
}

// TestRightSignatureIsALeak: who tells a stranger which signature would have been
// the right one signs for everybody.
func TestRightSignatureIsALeak(t *testing.T) {
	sign := signing(signature.HMACSHA256)
	signer, err := signature.NewSigner(*sign)
	if err != nil {
		t.Fatal(err)
	}
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		right, _ := signer.Sign("", time.Now(), body)
		if r.Header.Get(signature.DefaultHeader) != right[0].Value {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, "expected "+right[0].Value)
		}
	})
	results := run(t, Options{URL: url, Sign: sign, Cases: []string{"signature-wrong", "answer-leaks"}})
	if r := results["answer-leaks"]; r.Outcome != Fail || r.Got != "the right signature for a forged request, in an answer of 401" {
		t.Errorf("%s: %s", r.Outcome, r.Got)
	}
}

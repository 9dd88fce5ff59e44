package probe

import (
	"io"
	"net"
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
		{`{"error":"INVALID_TOKEN: signature missing"}`, ""},
		{`{"code":"UNEXPECTED_TOKEN: position 12"}`, ""},
		{`{"detail":"JSON parse error: UNEXPECTED_TOKEN = }"}`, ""},
		{`{"error":"MISSING_API_KEY: provide header"}`, ""},
		{`{"errors":[{"reason":"PASSWORD: required"}]}`, ""},
		{`{"API_KEY": "required", "secret":"missing", "password": "[redacted]", "token": "of-7-days"}`, ""},
		{"API_KEY=required PASSWORD=missing. TOKEN=******** SECRET=[redacted] WEBHOOK_KEY=${WEBHOOK_KEY}", ""},
		{"see https://docs.example.com/app.js:10:5", ""},
		{"look at https://docs.example.com/app.js:10:5, or in https://docs.example.com:443/a.php", ""},
		{"the signature begins with whsec_ and base64", ""},
		{"TypeError: x\n    at Object.f (file:///srv/app.mjs:10:5)", "a stack trace of JavaScript"},
		{"Error\n    at async handler (webpack-internal:///(rsc)/./app/api/route.ts:3:9)", "a stack trace of JavaScript"},
		{`{"stack":"TypeError: x\n    at C:\\srv\\app.js:10:5"}`, "a stack trace of JavaScript"},
		{`{"message":"Undefined array key \"type\"","exception":"ErrorException","file":"\/var\/www\/Hook.php","line":33,"trace":[]}`, "an error message of PHP"},
		{"Uncaught TypeError: x in /var/www/w.php:3", "an error message of PHP"},
		{`{"trace":"Stack trace:\n#0 {main}"}`, "an error message of PHP"},
		{"NoMethodError: undefined method\n/app/hook.rb:3:in 'Hook#call'", "a stack trace of Ruby"},
		{"<pre>/app/hook.rb:3:in &#39;Hook#call&#39;</pre>", "a stack trace of Ruby"},
		{"<pre>/app/hook.rb:3:in &#x27;Hook#call&#x27;</pre>", "a stack trace of Ruby"},
		{"<pre>/app/hook.rb:3:in &#96;call&#39;</pre>", "a stack trace of Ruby"},
		{"runtime error\n/usr/local/go/src/runtime/panic.go:261 (0x44f)\n\tpanicmem: panic", "a stack trace of Go"},
		{"NullPointerException: x\n\tat com.x.Hook.go(Unknown Source)", "a stack trace of Java"},
		{"\tat java.base/java.lang.Thread.run(Native Method)", "a stack trace of Java"},
		{"System.NullReferenceException: Object reference not set\n   at X.Hook.Go(HttpContext c)", "a stack trace of .NET"},
		{"   at Microsoft.AspNetCore.Routing.EndpointMiddleware.Invoke(HttpContext h)", "a stack trace of .NET"},
		{"thread 'main' panicked at src/main.rs:12:5:\ncalled Option::unwrap()", "a stack trace of Rust"},
		{"thread 'main' panicked at 'oh', src/main.rs:12:5", "a stack trace of Rust"},
		{"** (KeyError) key :type not found", "a stack trace of Elixir"},
		{"    (hook 0.1.0) lib/hook.ex:12: Hook.call/2", "a stack trace of Elixir"},
		{"Can't locate X.pm at /srv/hook.pl line 12.", "an error message of Perl"},
		{"sqlite3.OperationalError: no such table: events", "an error message of a database"},
		{"sqlalchemy.exc.IntegrityError: x", "an error message of a database"},
		{"MongoServerError: E11000 duplicate key error collection: x", "an error message of a database"},
		{"null value in column x violates not-null constraint", "an error message of a database"},
		{"oops: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "a secret of webhooks"},
		{`{"config":{"secret":"hunter2hunter2"}}`, "a secret of the environment"},
		{`{"config":{"password": "pa55word99"}}`, "a secret of the environment"},
		{`{"apiKey":"0123456789abcdef"}`, "a secret of the environment"},
		{"KONSTANTLY_WEBHOOK_KEY=abcdefghijkl", "a secret of the environment"},
		{"AWS_SECRET_ACCESS_KEY=abcdefghijkl", "a secret of the environment"},
		{"[DB_PASSWORD] => hunter22", "a secret of the environment"},
		{"API_KEY=missing, then API_KEY=hunter22", "a secret of the environment"},
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
	pieces := []string{"x", "SECRET_", "at a.js:1:", "postgres://a:", "PRIVATE KEY-----BEGIN a", "ORA-1", "goroutine 1",
		"SECRET=aaaaaa ", `"secret":"aaaaaa"`, "at (", "at a(at System.", "** (A", ` "file":"a.php"`, "in .php", "panicked at ", ".go:1", "whsec_", "violates a"}
	started := time.Now()
	for _, piece := range pieces {
		if got := finder.in(strings.Repeat(piece, maxKept/len(piece))); got != "" && got != "a stack trace of JavaScript" {
			t.Errorf("%q: %q", piece, got)
		}
	}
	if took := time.Since(started); took > 5*time.Minute {
		t.Errorf("took %s", took)
	}
}

// TestLeaksAreNotOfTheBodyAlone: headers and the text behind the status are looked
// at, cookies for what is shared only.
func TestLeaksAreNotOfTheBodyAlone(t *testing.T) {
	s, err := newSession(Options{URL: "http://127.0.0.1:1", Sign: signing(signature.Standard)})
	if err != nil {
		t.Fatal(err)
	}
	const right = "v1,abc/def="
	tests := []struct {
		a    answer
		want string
	}{
		{answer{header: http.Header{"X-Debug": {"no", "Traceback (most recent call last)"}}}, "a stack trace of Python"},
		{answer{header: http.Header{"X-Secret": {secret}}}, "the secret of the signatures"},
		{answer{header: http.Header{"Set-Cookie": {"a=" + secret}}}, "the secret of the signatures"},
		{answer{header: http.Header{"Set-Cookie": {"XSRF-TOKEN=eyJpdiI6Ik9m; path=/"}}}, ""},
		{answer{header: http.Header{"Www-Authenticate": {"expected " + right}}, right: right}, "the right signature for a forged request"},
		{answer{body: []byte(`{"expected":"v1,abc\/def="}`), right: right}, "the right signature for a forged request"},
		{answer{reason: "500 panicked at src/main.rs:12:5"}, "a stack trace of Rust"},
		{answer{reason: "200 OK", header: http.Header{"Content-Type": {"application/json"}}}, ""},
	}
	for _, tt := range tests {
		if got := s.findLeak(tt.a); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.a, got, tt.want)
		}
	}
	url := raw(t, func(c net.Conn, _ string) {
		_, _ = io.WriteString(c, "HTTP/1.1 500 "+secret+"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	})
	r := run(t, Options{URL: url, Sign: signing(signature.Standard), Cases: []string{"answer-leaks"}})["answer-leaks"]
	if r.Outcome != Fail || r.Got != "the secret of the signatures, in an answer of 500" {
		t.Errorf("%s: %q", r.Outcome, r.Got)
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

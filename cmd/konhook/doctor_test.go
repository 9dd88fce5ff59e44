package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/keystore"
)

// examine runs doctor against an API and returns its checks by their names.
func examine(t *testing.T, code int, args ...string) map[string]checked {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("KONHOOK_API_KEY", fetchCanary)
	var out, stderr bytes.Buffer
	got := run(t.Context(), append([]string{"doctor", "-f", "json"}, args...), &streams{in: strings.NewReader(""), out: &out, err: &stderr, width: 80})
	var report struct{ Checks []checked }
	if err := json.Unmarshal(out.Bytes(), &report); err != nil || stderr.Len() > 0 {
		t.Fatalf("%v: %s%s", err, &out, &stderr)
	}
	if got != code || strings.Contains(out.String(), fetchCanary) {
		t.Errorf("exit %d, want %d: %s", got, code, &out)
	}
	checks := map[string]checked{}
	for _, c := range report.Checks {
		checks[c.Name] = c
	}
	return checks
}

// expectCheck looks for a line of the report.
func expectCheck(t *testing.T, checks map[string]checked, name, outcome, part string) {
	t.Helper()
	if c := checks[name]; c.Outcome != outcome || !strings.Contains(c.Message, part) || (c.Hint == nil) != (outcome == checkOK) {
		t.Errorf("%s: %+v, want %s with %q", name, c, outcome, part)
	}
}

func TestDoctorAnswers(t *testing.T) {
	tests := []struct {
		name    string
		status  int
		header  map[string]string
		code    int
		check   string
		outcome string
		part    string
	}{
		{"a clock that is behind", 404, map[string]string{"Date": "5m"}, 0, "clock", checkWarning, "behind that of the API"},
		{"a clock that is ahead", 404, map[string]string{"Date": "-5m"}, 0, "clock", checkWarning, "ahead of that of the API"},
		{"a clock that is a little off", 404, map[string]string{"Date": "-20s"}, 0, "clock", checkOK, "s ahead of that of the API"},
		{"no Date", 404, map[string]string{"Date": "x"}, 0, "clock", checkOK, "not compared"},
		{"few requests left", 404, map[string]string{"X-RateLimit-Limit": "100", "X-RateLimit-Remaining": "3"}, 0, "rate-limit", checkWarning, "3 of 100"},
		{"no requests left", 429, map[string]string{"X-RateLimit-Limit": "5", "X-RateLimit-Remaining": "0"}, 5, "api", checkFailure, "rate limit"},
		{"a hostile limit", 404, map[string]string{"X-RateLimit-Limit": "1e999", "X-RateLimit-Remaining": "-1"}, 0, "rate-limit", checkOK, "names none"},
		{"a redirect", 302, map[string]string{"Location": "https://elsewhere.example/" + fetchCanary}, 5, "api", checkFailure, "redirects to https://elsewhere.example/"},
		{"a key that is refused", 403, nil, 4, "api", checkFailure, "refused the key with 403"},
		{"a server that fails", 500, nil, 5, "api", checkFailure, "500"},
	}
	for _, test := range tests {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			for name, value := range test.header {
				if off, err := time.ParseDuration(value); err == nil && name == "Date" {
					value = time.Now().Add(off).UTC().Format(http.TimeFormat)
				}
				w.Header().Set(name, value)
			}
			w.WriteHeader(test.status)
		}))
		expectCheck(t, examine(t, test.code, "--base-url", server.URL), test.check, test.outcome, test.part)
		server.Close()
	}
}

func TestDoctorTLS(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	defer server.Close()
	ca := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	expectCheck(t, examine(t, 0, "--base-url", server.URL, "--cacert", ca), "tls", checkOK, "TLS 1.3, with a certificate for another ")
	expectCheck(t, examine(t, 0, "--base-url", server.URL, "--insecure"), "tls", checkWarning, "not checked")
	expectCheck(t, examine(t, 5, "--base-url", server.URL), "tls", checkFailure, "x509")
	expectCheck(t, examine(t, 5, "--base-url", strings.Replace(server.URL, "127.0.0.1", "nobody.invalid", 1)), "name", checkFailure, "nobody.invalid")
}

func TestDoctorPortInUse(t *testing.T) {
	var config net.ListenConfig
	if l, err := config.Listen(t.Context(), "tcp4", listenAddr); err == nil {
		defer l.Close() // else somebody else has it
	}
	expectCheck(t, examine(t, exitUsage), "port", checkWarning, "port 8910 of 127.0.0.1 is in use")
}

// runWithKeyring is run with a keyring of the test's.
func runWithKeyring(t *testing.T, k *fakeKeyring, in string, args ...string) (code int, stderr string) {
	t.Helper()
	var out, err bytes.Buffer
	a := newApp(&streams{in: strings.NewReader(in), out: &out, err: &err, width: 80})
	a.keyring = k
	root := newRootCommand(a)
	root.SetArgs(args)
	code = a.finish(t.Context(), root.ExecuteContext(t.Context()))
	return code, out.String() + err.String()
}

// fakeKeyring holds one key.
type fakeKeyring struct{ account, key string }

func (k *fakeKeyring) Get(_, account string) (string, error) {
	if account != k.account || k.key == "" {
		return "", keystore.ErrNotFound
	}
	return k.key, nil
}

func (k *fakeKeyring) Set(_, account, key string) error {
	k.account, k.key = account, key
	return nil
}

func (k *fakeKeyring) Delete(_, account string) error {
	_, err := k.Get("", account)
	k.key = ""
	return err
}

func TestLoginWithKeyring(t *testing.T) {
	server := httptest.NewServer(answerWith(http.StatusNotFound, "{}"))
	defer server.Close()
	home := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", home)
	t.Setenv("KONHOOK_KEYRING", "auto")
	k := &fakeKeyring{}
	host := strings.TrimPrefix(server.URL, "http://")
	steps := []struct {
		in   string
		args string
		code int
		want string
	}{
		{fetchCanary + "\n", "login --with-key --base-url " + server.URL, 0, "the API took the key; it is kept in the keyring of the system, for " + host},
		{"", "config list", 0, "set, 32 characters, from keyring"},
		{"", "config get api-key", 0, "set, 32 characters, from keyring\n"},
		{"", "config list --show-origin", 0, "set, 32 characters"},
		{"", "doctor", 0, "it answers; login keeps keys there"},
		{"", "fetch user.created", 3, "no user.created event"},
		{"", "fetch user.created --base-url http://127.0.0.1:1", 4, "no API key"},
		{"", "logout", 0, "removed the key for " + host + " from the keyring of the system"},
		{"", "logout", 0, "no key is kept for " + host},
		{"", "fetch user.created", 4, "no API key"},
	}
	for _, step := range steps {
		code, text := runWithKeyring(t, k, step.in, strings.Fields(step.args)...)
		if code != step.code || !strings.Contains(text, step.want) || strings.Contains(text, fetchCanary) {
			t.Errorf("%s: exit %d, want %d with %q: %s", step.args, code, step.code, step.want, text)
		}
	}
	if _, err := os.Stat(filepath.Join(home, "konhook", "keys.json")); err == nil {
		t.Error("there is a file of keys beside the keyring")
	}
}

package loopback

import (
	"net"
	"net/http"
	"net/url"
	"os"
	"testing"
)

// net/http reads the environment once.
func TestMain(m *testing.M) {
	for _, name := range []string{"NO_PROXY", "no_proxy", "http_proxy", "REQUEST_METHOD"} {
		os.Unsetenv(name)
	}
	os.Setenv("HTTP_PROXY", "http://127.0.0.1:9")
	os.Exit(m.Run())
}

func TestHosts(t *testing.T) {
	for _, tt := range []struct {
		host        string
		is, orBelow bool
	}{
		{"localhost", true, true},
		{"LocalHost", true, true},
		{"localhost.", true, true},
		{"127.0.0.1", true, true},
		{"127.255.255.254", true, true},
		{"::1", true, true},
		{"::ffff:127.0.0.1", true, true},
		{"0:0:0:0:0:0:0:1", true, true},
		{"[::1]", false, true},
		{"app.localhost", false, true},
		{"a.B.LocalHost.", false, true},
		{"", false, false},
		{".", false, false},
		{"localhost..", false, false},
		{"localhost.evil.com", false, false},
		{"evillocalhost", false, false},
		{"127.0.0.1.evil.com", false, false},
		{"127.0.0.1.", false, false},
		{"127.1", false, false},
		{"0.0.0.0", false, false},
		{"::", false, false},
		{"10.0.0.1", false, false},
		{"128.0.0.1", false, false},
		{"::2", false, false},
		{"example.org", false, false},
	} {
		if is, orBelow := Is(tt.host), IsOrBelow(tt.host); is != tt.is || orBelow != tt.orBelow {
			t.Errorf("%q is loopback: %v, or below: %v", tt.host, is, orBelow)
		}
	}
}

func TestProxy(t *testing.T) {
	for _, tt := range []struct {
		target   string
		loopback func(string) bool
		through  bool
	}{
		{"http://example.org/", IsOrBelow, true},
		{"http://app.localhost/", Is, true},
		{"http://app.localhost/", IsOrBelow, false},
		{"http://localhost./", Is, false},
		{"http://[::1]:1/", Is, false},
	} {
		u, err := url.Parse(tt.target)
		if err != nil {
			t.Fatal(err)
		}
		proxy, err := Proxy(&http.Request{URL: u}, tt.loopback)
		if err != nil || (proxy != nil) != tt.through {
			t.Errorf("%s goes to %v, %v", tt.target, proxy, err)
		}
	}
}

func TestDial(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	_, port, _ := net.SplitHostPort(l.Addr().String())
	for _, host := range []string{"localhost", "App.Localhost.", "127.0.0.1"} {
		conn, err := Dial(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Errorf("%s: %v", host, err)
			continue
		}
		conn.Close()
	}
	d, to := dialer("app.localhost:80")
	if d.Control == nil || to != "localhost:80" {
		t.Fatalf("app.localhost is dialled as %s, guarded: %v", to, d.Control != nil)
	}
	for addr, here := range map[string]bool{"127.0.0.1:80": true, "[::1]:80": true, "10.0.0.1:80": false, "[::]:80": false, "nonsense": false} {
		if err := d.Control("tcp", addr, nil); (err == nil) != here {
			t.Errorf("%s: %v", addr, err)
		}
	}
}

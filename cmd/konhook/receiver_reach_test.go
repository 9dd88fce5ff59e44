//go:build unix

package main

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/listen"
)

// plainServer is a server that does not know TLS: it reads what comes first, answers
// that with a text, and closes the connection. It returns its host and port.
func plainServer(t *testing.T, answer string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	go func() {
		for {
			c, err := l.Accept()
			if errors.Is(err, net.ErrClosed) {
				return
			}
			first := make([]byte, 4<<10)
			n, _ := c.Read(first)
			if strings.HasPrefix(string(first[:n]), "POST") {
				t.Error("something was posted without TLS")
			}
			_, _ = io.WriteString(c, answer)
			c.Close()
		}
	}()
	return l.Addr().String()
}

// A receiver of http is told from one that has trouble with TLS, however it answers
// the begin of TLS: with a page, as those of Python do, or not at all, as that of PHP.
func TestHTTPSToReceiversOfHTTP(t *testing.T) {
	const page = "<!DOCTYPE HTML>\n<html lang=\"en\">\n<title>Error response</title>\n"
	for _, tt := range []struct{ name, answer, why, hint string }{
		{"http/1.1", "HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n", "it speaks http there, not https", ""},
		{"page", page, "it speaks http there, not https", ""},
		{"closed", "", "the connection was closed before TLS came about", ", if it speaks http there"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			at := plainServer(t, tt.answer)
			want := "konhook: cannot reach https://" + at + "/in: " + tt.why + "\n  try: http://" + at + "/in" + tt.hint + "\n"
			url := "https://me:canary@" + at + "/in?token=canary"
			cmd, stdout, stderr := replayCommand(t, eventsFile(t, 1), "--to", url)
			if code := exitCode(t, cmd.Run()); code != 5 || stderr.String() != want || stdout.Len() > 0 {
				t.Errorf("replay: exit code %d, want 5\n%s%s", code, stdout, stderr)
			}
			probed, err := exec.CommandContext(t.Context(), "konhook", "probe", url).CombinedOutput()
			if code := exitCode(t, err); code != 5 || string(probed) != want {
				t.Errorf("probe: exit code %d, want 5\n%s", code, probed)
			}
			if tt.hint != "" {
				return
			}
			listening := startListen(t, "", "--forward-to", url, "--for", "1ms")
			listening.wait()
			if got := listening.stderr.String(); !strings.Contains(got, "warning: https://"+at+"/in does not answer (it speaks http there, not https: try http://"+at+"/in); deliveries are answered 502\n") {
				t.Errorf("listen:\n%s", got)
			}
		})
	}
}

// A certificate for other hosts is told with their names, which are of anybody's
// making.
func TestCertificateForOtherHosts(t *testing.T) {
	c, err := listen.SelfSigned([]string{"\x1b[31mred.example", "a.example", "192.0.2.1"}, time.Now(), time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "cert.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c.Certificate[0]}), 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { t.Error("something was sent") }))
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // of the refused certificate
	server.TLS = &tls.Config{Certificates: []tls.Certificate{*c}, MinVersion: tls.VersionTLS12}
	server.StartTLS()
	defer server.Close()
	cmd, stdout, stderr := replayCommand(t, eventsFile(t, 1), "--cacert", file, "--to", server.URL+"/in?token=canary")
	want := "konhook: cannot reach " + server.URL + "/in: its certificate is for \\x1b[31mred.example, a.example, 192.0.2.1, not for 127.0.0.1\n" +
		"  try: --insecure, or a URL with a host that the certificate is for\n"
	if code := exitCode(t, cmd.Run()); code != 5 || stderr.String() != want || stdout.Len() > 0 {
		t.Errorf("exit code %d, want 5\n%s%s", code, stdout, stderr)
	}
}

func TestOtherHost(t *testing.T) {
	for _, tt := range []struct {
		url, want string
		names     []string
	}{
		{"https://127.0.0.1:8443/a%2Fb?c=d", "https://localhost:8443/a%2Fb", []string{"example.com", "localhost"}},
		{"https://me:word@localhost/", "https://[::1]/", []string{"::1"}},
		{"https://localhost:1/", "--insecure, or a URL with a host that the certificate is for", []string{"example.com", "localhost.example.com"}},
		{"https://hooks.example.com/", "a URL with a host that the certificate is for", []string{"localhost"}},
	} {
		u, err := url.Parse(tt.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := otherHost(u, &deliver.CertificateNameError{Names: tt.names}); got != tt.want {
			t.Errorf("%s with a certificate for %v: %s, want %s", tt.url, tt.names, got, tt.want)
		}
	}
}

//go:build unix

package main

import (
	"errors"
	"io"
	"net"
	"os/exec"
	"strings"
	"testing"
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

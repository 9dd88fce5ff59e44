package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// syncBuffer is a stream that a test reads while the command writes it.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// await returns what pattern finds once the buffer holds it.
func (b *syncBuffer) await(t *testing.T, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(patience); time.Now().Before(deadline); {
		if found := re.FindStringSubmatch(b.String()); found != nil {
			return found
		}
		<-time.After(2 * time.Millisecond)
	}
	t.Fatalf("no %s in %q", pattern, b.String())
	return nil
}

// listenOnTerminal runs the command with a terminal for all streams, which fail
// sends what it likes to, and returns what it printed.
func listenOnTerminal(t *testing.T, send func(addr string), args ...string) (code int, stdout, stderr string) {
	t.Helper()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	var out, err syncBuffer
	s := &streams{in: strings.NewReader(""), out: &out, err: &err, inTTY: true, outTTY: true, errTTY: true, width: 80}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	ended := make(chan int, 1)
	go func() { ended <- run(ctx, append([]string{"listen", "--addr", "127.0.0.1:0"}, args...), s) }()
	send(err.await(t, `ready: http://([^/]+)/`)[1])
	out.await(t, `.`)
	stop()
	return <-ended, out.String(), err.String()
}

// raw sends bytes and waits for the answer.
func raw(t *testing.T, addr, request string) {
	t.Helper()
	c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if _, err := io.WriteString(c, request); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(c); err != nil {
		t.Fatal(err)
	}
}

func TestListenShowsNothingThatDrivesTheTerminal(t *testing.T) {
	const evil = "\u202e\u009b2J\u2028\U000e0041\ufeff\u200b\xff\xfe"
	send := func(addr string) {
		for _, body := range []string{
			`{"type":"` + evil + `","body":{}}`, "\x1b[2J\x07" + evil, `{"type":"User/Created","body":{"` + "\u202e" + `":"\u001b[31m\u009b"}}`, "",
		} {
			raw(t, addr, "POST /"+evil+" HTTP/1.0\r\nX-Evil: "+evil+"\r\nContent-Encoding: "+evil+"\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
			raw(t, addr, "POST /"+evil+" HTTP/1.0\r\nX-Evil: "+evil+"\r\nContent-Length: "+strconv.Itoa(len(body))+"\r\n\r\n"+body)
		}
		raw(t, addr, "GET /"+evil+" HTTP/1.0\r\nOrigin: "+evil+"\r\n\r\n")
		raw(t, addr, "G\u00cbT / HTTP/1.0\r\n\r\n")
	}
	for _, format := range []string{"pretty", "compact", "ndjson"} {
		for _, more := range [][]string{nil, {"-v"}, {"--jq", "."}, {"--validate", "error"}} {
			args := append([]string{"-f", format}, more...)
			code, stdout, stderr := listenOnTerminal(t, send, args...)
			if code != exitOK || len(stdout) == 0 {
				t.Errorf("%q: exit %d, %q", args, code, stderr)
			}
			for _, text := range []string{stdout, stderr} {
				if bad := unprintable(colours.ReplaceAllString(text, "")); bad != "" {
					t.Errorf("%q: %s in %q", args, bad, text)
				}
			}
		}
	}
}

func TestListenShowsNoMoreThanCanBeRead(t *testing.T) {
	bombs := []string{
		strings.Repeat("[", 100_000), strings.Repeat("[", 900) + strings.Repeat("]", 900),
		`{"a":"` + strings.Repeat("x", 900_000) + `"}`, "[" + strings.Repeat("1,", 400_000) + "1]", strings.Repeat("\x00", 900_000),
		"[" + strings.Repeat(`{"type":1},`, 50_000) + "1]",
	}
	for _, bomb := range bombs {
		_, stdout, _ := listenOnTerminal(t, func(addr string) { post(t, addr, bomb) })
		if len(stdout) > 64<<10 || len(stdout) == 0 {
			t.Errorf("%d bytes of output for %.20q", len(stdout), bomb)
		}
	}
}

// post sends a delivery and returns the status of the answer.
func post(t *testing.T, addr, body string) int {
	t.Helper()
	status, err := send(t, addr, body)
	if err != nil {
		t.Fatal(err)
	}
	return status
}

// send is post for what may have no answer.
func send(t *testing.T, addr, body string) (status int, err error) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, "http://"+addr+"/", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	res, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		return 0, err
	}
	return res.StatusCode, res.Body.Close()
}

func TestLeadsTo(t *testing.T) {
	tests := []struct {
		target, at string
		want       bool
	}{
		{"", "127.0.0.1:80", false},
		{"http://127.0.0.1:8910/x", "127.0.0.1:8910", true},
		{"http://localhost:8910/x", "127.0.0.1:8910", true},
		{"http://[::ffff:127.0.0.1]:8910/x", "127.0.0.1:8910", true},
		{"http://127.0.0.1:8911/x", "127.0.0.1:8910", false},
		{"http://127.0.0.2:8910/x", "127.0.0.1:8910", false},
		{"http://0.0.0.0:8910/x", "127.0.0.1:8910", true},
		{"http://example.org:8910/x", "127.0.0.1:8910", false},
		{"http://127.0.0.1/x", "127.0.0.1:80", true},
		{"https://127.0.0.1/x", "127.0.0.1:80", false},
		{"http://127.0.0.1:8910/x", "0.0.0.0:8910", true},
		{"http://localhost:8910/x", "[::]:8910", true},
		{"http://[::1]:8910/x", "[::]:8910", true},
		{"http://192.0.2.1:8910/x", "0.0.0.0:8910", false},
		{"http://192.0.2.1:8910/x", "192.0.2.1:8910", true},
	}
	for _, tt := range tests {
		at := net.TCPAddrFromAddrPort(netip.MustParseAddrPort(tt.at))
		if got := leadsTo(tt.target, at); got != tt.want {
			t.Errorf("leadsTo(%q, %s) = %t", tt.target, tt.at, got)
		}
	}
}

func TestForwardingToItselfIsRefused(t *testing.T) {
	l, err := listenOn(t.Context(), "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	l.Close()
	var out, stderr bytes.Buffer
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	code := run(t.Context(), []string{"listen", "--addr", addr, "--forward-to", "http://" + addr + "/x"}, &streams{in: strings.NewReader(""), out: &out, err: &stderr})
	if code != exitUsage || !strings.Contains(stderr.String(), "leads to this listener itself") {
		t.Errorf("exit %d: %s", code, &stderr)
	}
}

func TestParseDelay(t *testing.T) {
	for text, want := range map[string][2]time.Duration{
		"": {}, "0s": {}, "1s": {time.Second, time.Second}, "1ms..2s": {time.Millisecond, 2 * time.Second}, "1s..1s": {time.Second, time.Second},
	} {
		if least, most, err := parseDelay(text); err != nil || least != want[0] || most != want[1] {
			t.Errorf("%q: %v..%v, %v", text, least, most, err)
		}
	}
	for _, text := range []string{"1", "x", "..", "1s..", "..1s", "2s..1s", "-1s", "1s..2s..3s", "1s...2s"} {
		if least, most, err := parseDelay(text); err == nil {
			t.Errorf("%q: %v..%v", text, least, most)
		}
	}
}

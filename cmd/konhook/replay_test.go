//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// replayCommand is a replay as a process of its own. Its output is in the two
// buffers once it has ended.
func replayCommand(t *testing.T, args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	t.Helper()
	cmd = exec.CommandContext(t.Context(), "konhook", append([]string{"replay"}, args...)...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	stdout, stderr = new(bytes.Buffer), new(bytes.Buffer)
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

// exitCode is what a process that was waited for ended with.
func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.ExitCode()
	}
	t.Fatal(err)
	return -1
}

// stuck answers 200 and, from the second request on, nothing; it tells asked
// about those.
func stuck(t *testing.T, asked chan<- struct{}) string {
	t.Helper()
	var n atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		if n.Add(1) > 1 {
			asked <- struct{}{}
			<-r.Context().Done()
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}

func eventsFile(t *testing.T, n int) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "events.ndjson")
	if err := os.WriteFile(name, []byte(strings.Repeat(replayedEvent, n)), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestReplayInterrupted(t *testing.T) {
	tests := []struct {
		signal os.Signal
		format string
		code   int
		report string
	}{
		{syscall.SIGINT, "text", 130, "\n2 sent: 1 ok, 1 failed\n"},
		{syscall.SIGTERM, "json", 143, `"summary":{"sent":2,"ok":1,"failed":1,`},
		{syscall.SIGINT, "ndjson", 130, `"error":"interrupted"`},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.signal, " ", tt.format), func(t *testing.T) {
			asked := make(chan struct{}, 10)
			cmd, stdout, stderr := replayCommand(t, eventsFile(t, 9), "--to", stuck(t, asked), "-f", tt.format)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			<-asked
			if err := cmd.Process.Signal(tt.signal); err != nil {
				t.Fatal(err)
			}
			if code := exitCode(t, cmd.Wait()); code != tt.code {
				t.Errorf("exit code %d, want %d", code, tt.code)
			}
			if !strings.Contains(stdout.String(), tt.report) {
				t.Errorf("no %q in:\n%s", tt.report, stdout)
			}
			if tt.format == "json" && !json.Valid(stdout.Bytes()) {
				t.Errorf("not JSON:\n%s", stdout)
			}
			if n := strings.Count(stderr.String(), "\n"); n != 4 {
				t.Errorf("%d lines on standard error, want 4:\n%s", n, stderr)
			}
			if !strings.Contains(stderr.String(), "stopped after 1 event of 9: 1 delivered, 8 to go, 1 of them failed\n"+
				"  1 was under way: the receiver may have it, and it is sent again\n  to go on: konhook replay ") ||
				!strings.Contains(stderr.String(), " --skip=1\n") {
				t.Errorf("not told how far it came and how it goes on:\n%s", stderr)
			}
		})
	}
}

// An event that waits for its next attempt when the replay is interrupted is a test
// that failed, and is sent again when it goes on.
func TestReplayInterruptedBetweenAttempts(t *testing.T) {
	unused := make(chan struct{}, 9) // connections are closed once nobody has used them for a while
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusServiceUnavailable)
	}))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateClosed {
			unused <- struct{}{}
		}
	}
	server.Start()
	defer server.Close()
	cmd, stdout, stderr := replayCommand(t, eventsFile(t, 2), "--to", server.URL, "--retries", "3", "--backoff", "1h", "-f", "junit")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-unused
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != 143 {
		t.Errorf("exit code %d, want 143", code)
	}
	if !strings.Contains(stdout.String(), ` tests="1" failures="1" errors="0"`) || strings.Count(stdout.String(), `<failure message="answered 503 `) != 1 {
		t.Errorf("no failed test:\n%s", stdout)
	}
	if !strings.HasPrefix(stderr.String(), "stopped after 0 events of 2: 2 to go, 1 of them failed\n  to go on: ") {
		t.Errorf("not told what is to go:\n%s", stderr)
	}
}

// A pipe that goes on for ever must not keep a replay that has failed alive.
func TestReplayFailFastLeavesAStalledPipe(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	cmd, stdout, stderr := replayCommand(t, "-", "--fail-fast", "--to", server.URL)
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(in, replayedEvent+replayedEvent); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != 1 {
		t.Errorf("exit code %d, want 1\n%s", code, stderr)
	}
	if !strings.Contains(stdout.String(), "\n1 sent: 0 ok, 1 failed\n") ||
		stderr.String() != "stopped after 0 events: 1 failed and to go\n  to go on, give it the same input again\n" {
		t.Errorf("output:\n%s%s", stdout, stderr)
	}
}

// A replay into the file it comes from would never end.
func TestReplayEndsWhereTheFileEndedWhenItWasChecked(t *testing.T) {
	name := eventsFile(t, 3)
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		requests.Add(1)
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		f, err := os.OpenFile(name, os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Error(err)
			return
		}
		defer f.Close()
		fmt.Fprintf(f, "%s\n", body)
	}))
	defer server.Close()
	cmd, stdout, stderr := replayCommand(t, name, "--to", server.URL)
	if code := exitCode(t, cmd.Run()); code != 0 || requests.Load() != 3 {
		t.Errorf("exit code %d after %d requests, want 0 after 3\n%s%s", code, requests.Load(), stdout, stderr)
	}
}

// What can be read once only is checked while it is sent.
func TestReplayOfANamedPipe(t *testing.T) {
	name := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	cmd, stdout, stderr := replayCommand(t, name, "--to", server.URL)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(strings.Repeat(replayedEvent, 3)+"{}\n"+replayedEvent), 0o600); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != 1 || !strings.Contains(stdout.String(), "\n3 sent: 3 ok, 0 failed\n") {
		t.Errorf("exit code %d, want 1\n%s%s", code, stdout, stderr)
	}
}

func TestReplayStopsQuietlyWhenNobodyReads(t *testing.T) {
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer server.Close()
	reader, writer, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	reader.Close()
	cmd, _, stderr := replayCommand(t, eventsFile(t, 1000), "--to", server.URL)
	cmd.Stdout = writer
	err = cmd.Run()
	writer.Close()
	if code := exitCode(t, err); code != 0 || stderr.Len() > 0 {
		t.Errorf("exit code %d, want 0\n%s", code, stderr)
	}
	if n := requests.Load(); n > 10 {
		t.Errorf("%d requests were sent, though nobody reads of them", n)
	}
}

// That nobody reads of them does not make failures a success.
func TestReplayFailsThoughNobodyReads(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	defer server.Close()
	for _, format := range []string{"text", "json", "ndjson", "junit"} {
		reader, writer, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		reader.Close()
		cmd, _, stderr := replayCommand(t, eventsFile(t, 1), "--to", server.URL, "-f", format)
		cmd.Stdout = writer
		err = cmd.Run()
		writer.Close()
		if code := exitCode(t, err); code != 1 || stderr.Len() > 0 {
			t.Errorf("-f %s: exit code %d, want 1\n%s", format, code, stderr)
		}
	}
}

func TestReplayIntoAFullDisk(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("there is no /dev/full")
	}
	defer full.Close()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	cmd, _, stderr := replayCommand(t, eventsFile(t, 1000), "--to", server.URL)
	cmd.Stdout = full
	if code := exitCode(t, cmd.Run()); code != 6 || !strings.HasPrefix(stderr.String(), "stopped after ") ||
		!strings.Contains(stderr.String(), "\n  to go on: konhook replay ") || strings.Count(stderr.String(), "no space left") != 1 {
		t.Errorf("exit code %d, want 6\n%s", code, stderr)
	}
	cmd, _, stderr = replayCommand(t, eventsFile(t, 1), "--to", server.URL, "-f", "junit")
	cmd.Stdout = full
	if code := exitCode(t, cmd.Run()); code != 6 || !strings.HasPrefix(stderr.String(), "all was sent: only the report is not whole\n") {
		t.Errorf("exit code %d, want 6\n%s", code, stderr)
	}
}

func TestReplayInterruptedBeforeItBegins(t *testing.T) {
	asked := make(chan struct{}, 9)
	api := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		asked <- struct{}{}
		<-r.Context().Done()
	}))
	defer api.Close()
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer server.Close()
	cmd, _, stderr := replayCommand(t, "--last", "user.created", "--base-url", api.URL, "--to", server.URL)
	cmd.Env = append(cmd.Env, "KONHOOK_API_KEY=0123456789abcdef0123456789abcdef")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	<-asked
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != 130 || stderr.String() != "nothing was sent\nkonhook: interrupted\n" {
		t.Errorf("exit code %d, want 130\n%s", code, stderr)
	}
}

func TestReplayOverTLS(t *testing.T) {
	var requests atomic.Int32
	server := httptest.NewTLSServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { requests.Add(1) }))
	defer server.Close()
	elsewhere := strings.Replace(server.URL, "127.0.0.1", "localhost", 1) + "/" // which the certificate is not for
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	cert := filepath.Join(t.TempDir(), "cert.pem")
	text := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	if err := os.WriteFile(cert, text, 0o600); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		args []string
		url  string
		code int
	}{
		{nil, server.URL, 5}, // nobody is there that could be sent to
		{[]string{"--insecure"}, server.URL, 0},
		{[]string{"--cacert", cert}, server.URL, 0},
		{[]string{"--cacert", cert}, elsewhere, 5},
		{[]string{"--insecure"}, elsewhere, 0},
	}
	for _, tt := range tests {
		requests.Store(0)
		cmd, stdout, stderr := replayCommand(t, append(tt.args, eventsFile(t, 2), "--to", tt.url)...)
		if code := exitCode(t, cmd.Run()); code != tt.code {
			t.Errorf("%v: exit code %d, want %d\n%s%s", tt.args, code, tt.code, stdout, stderr)
		}
		hint := "\n  try: --cacert FILE, or --insecure\n"
		if tt.url == elsewhere {
			hint = "/: its certificate is for example.com, *.example.com, 127.0.0.1, ::1, not for localhost\n  try: " + server.URL + "/\n"
		}
		hints := strings.Count(stderr.String(), hint)
		if n := requests.Load(); (n == 2) != (tt.code == 0) || (hints == 1) != (tt.code == 5) {
			t.Errorf("%v: %d requests, and on standard error:\n%s", tt.args, n, stderr)
		}
	}
	probing := exec.CommandContext(t.Context(), "konhook", "probe", server.URL)
	text, err := probing.CombinedOutput()
	if code := exitCode(t, err); code != 5 || !strings.HasSuffix(string(text), "\n  try: --cacert FILE, or --insecure\n") {
		t.Errorf("probe: exit code %d, want 5\n%s", code, text)
	}
	plain := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer plain.Close()
	cmd, _, stderr := replayCommand(t, eventsFile(t, 1), "--to", strings.Replace(plain.URL, "http:", "https:", 1))
	if code := exitCode(t, cmd.Run()); code != 5 || !strings.Contains(stderr.String(), "it speaks http there, not https\n  try: "+plain.URL+"\n") {
		t.Errorf("https to a receiver of http: exit code %d, want 5\n%s", code, stderr)
	}
}

func TestParseRate(t *testing.T) {
	tests := []struct {
		text string
		want float64 // a second; -1: an error
	}{
		{"", 0}, {"10", 10}, {"10/s", 10}, {"600/m", 10}, {"3600/h", 1}, {"0.5/s", 0.5}, {"1e3", 1000},
		{"0", -1}, {"-1/s", -1}, {"/s", -1}, {"10/", -1}, {"10/d", -1}, {"10/s/s", -1}, {"NaN", -1}, {"Inf", -1}, {"ten", -1},
	}
	for _, tt := range tests {
		got, err := parseRate(tt.text)
		if (err != nil) != (tt.want < 0) || err == nil && got != tt.want {
			t.Errorf("parseRate(%q) = %v, %v; want %v", tt.text, got, err, tt.want)
		}
	}
}

func TestParseStatuses(t *testing.T) {
	tests := []struct {
		list    string
		in, out []int
		wrong   bool
	}{
		{"2xx", []int{200, 204, 299}, []int{199, 300, 404}, false},
		{"2XX, 404", []int{200, 404}, []int{403, 405}, false},
		{"301", []int{301}, []int{300, 302}, false},
		{"", nil, nil, true}, {"2x", nil, nil, true}, {"xx", nil, nil, true}, {"0xx", nil, nil, true}, {"6xx", nil, nil, true},
		{"99", nil, nil, true}, {"600", nil, nil, true}, {"+200", nil, nil, true}, {"2xx,", nil, nil, true}, {"20xx", nil, nil, true},
	}
	for _, tt := range tests {
		ranges, err := parseStatuses(tt.list)
		if (err != nil) != tt.wrong {
			t.Errorf("parseStatuses(%q): %v", tt.list, err)
		}
		f := replayFlags{statuses: ranges}
		for _, status := range tt.in {
			if !f.success(status) {
				t.Errorf("%d is not in %q", status, tt.list)
			}
		}
		for _, status := range tt.out {
			if f.success(status) {
				t.Errorf("%d is in %q", status, tt.list)
			}
		}
	}
}

//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/render"
)

// counting answers 200, counts how often each event came, and lets a test decide
// otherwise of some.
type counting struct {
	mu    sync.Mutex
	came  map[int]int
	reply func(w http.ResponseWriter, r *http.Request, number int) // nil: 200
}

func (c *counting) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	var number int
	if i := bytes.Index(body, []byte(`"id":"u`)); i < 0 {
		return
	} else if _, err := fmt.Sscanf(string(body[i:]), `"id":"u%d"`, &number); err != nil {
		return
	}
	c.mu.Lock()
	if c.came == nil {
		c.came = map[int]int{}
	}
	c.came[number]++
	reply := c.reply
	c.mu.Unlock()
	if reply != nil {
		reply(w, r, number)
	}
}

// numberedFile has events of users u1, u2 and so on.
func numberedFile(t *testing.T, name string, n int) {
	t.Helper()
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `{"occuredAt":1700000000,"type":"User/Created","body":{"user":{"id":"u%d","name":"Ann"}}}`+"\n", i+1)
	}
	if err := os.WriteFile(name, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
}

var goOn = regexp.MustCompile(`(?m)^  to go on: (konhook replay .*)$`)

// again runs the command that a replay has told, as a shell does in a folder.
func again(t *testing.T, shell, dir, stderr string) string {
	t.Helper()
	match := goOn.FindStringSubmatch(stderr)
	if match == nil {
		t.Fatalf("no command that goes on:\n%s", stderr)
	}
	cmd := exec.CommandContext(t.Context(), shell, "-c", match[1])
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", match[1], err, out)
	}
	return match[1]
}

// once checks that each of n events came, and not twice unless it may.
func (c *counting) once(t *testing.T, n int, mayTwice func(number int) bool) {
	t.Helper()
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := 1; i <= n; i++ {
		if c.came[i] < 1 || c.came[i] > 2 || c.came[i] == 2 && !mayTwice(i) {
			t.Errorf("event %d came %d times", i, c.came[i])
		}
	}
}

func TestReplayGoesOnExactly(t *testing.T) {
	const n = 200
	held := func(number int) bool { return number == 10 || number == 50 || number == 51 }
	asked := make(chan int, n)
	receiver := &counting{reply: func(_ http.ResponseWriter, r *http.Request, number int) {
		if held(number) {
			asked <- number
			<-r.Context().Done()
		}
		if number == 120 { // is answered once three of four are stuck
			asked <- number
		}
	}}
	server := httptest.NewServer(receiver)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "events.ndjson")
	numberedFile(t, file, n)
	cmd, stdout, stderr := replayCommand(t, file, "-c", "4", "--timeout", "10m", "--to", server.URL)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for range 4 {
		<-asked
	}
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if code := exitCode(t, cmd.Wait()); code != 130 {
		t.Errorf("exit code %d, want 130", code)
	}
	text := stderr.String()
	var done, delivered, left, failed, underWay int
	if _, err := fmt.Sscanf(text, "stopped after %d events of 200: %d delivered, %d to go, %d of them failed\n  %d were under way", &done, &delivered, &left, &failed, &underWay); err != nil {
		t.Errorf("%v in:\n%s", err, text)
	}
	if done != delivered || done+left != n || underWay < 3 || underWay > 4 || failed != underWay {
		t.Errorf("%d done, %d delivered, %d to go, %d failed, %d under way:\n%s", done, delivered, left, failed, underWay, text)
	}
	if want := fmt.Sprintf("\n%d sent: %d ok, %d failed\n", delivered+failed, delivered, failed); !strings.Contains(stdout.String(), want) {
		t.Errorf("no %q in:\n%s", want, stdout)
	}
	receiver.mu.Lock()
	receiver.reply = nil
	first := len(receiver.came)
	receiver.mu.Unlock()
	if first-underWay > done || first < done {
		t.Errorf("told %d done, the receiver has %d", done, first)
	}
	command := again(t, "sh", "", text)
	if !strings.Contains(command, " --skip=9,11-49,52-") {
		t.Errorf("told to go on with %s", command)
	}
	twice := 0
	receiver.once(t, n, func(int) bool { twice++; return true })
	if twice > underWay {
		t.Errorf("%d events came twice, and %d were under way", twice, underWay)
	}
}

// TestReplayFailFastGoesOn: what was under way when another one failed is finished,
// so nothing but that one comes twice.
func TestReplayFailFastGoesOn(t *testing.T) {
	const n, bad = 40, 7
	receiver := &counting{reply: func(w http.ResponseWriter, _ *http.Request, number int) {
		if number == bad {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}}
	server := httptest.NewServer(receiver)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "events.ndjson")
	numberedFile(t, file, n)
	cmd, stdout, stderr := replayCommand(t, file, "-c", "4", "--fail-fast", "--to", server.URL)
	if code := exitCode(t, cmd.Run()); code != 1 {
		t.Errorf("exit code %d, want 1\n%s", code, stdout)
	}
	receiver.mu.Lock()
	receiver.reply = nil
	receiver.mu.Unlock()
	again(t, "sh", "", stderr.String())
	receiver.once(t, n, func(number int) bool { return number == bad })
}

// TestReplayWithoutFileDescriptors: that there are too few for so many connections
// is no failure of the receiver, and what they were to send is not lost.
func TestReplayWithoutFileDescriptors(t *testing.T) {
	const n = 100
	release := make(chan struct{})
	receiver := &counting{reply: func(_ http.ResponseWriter, r *http.Request, _ int) {
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}}
	server := httptest.NewServer(receiver)
	defer server.Close()
	file := filepath.Join(t.TempDir(), "events.ndjson")
	numberedFile(t, file, n)
	cmd, _, stderr := replayCommand(t)
	limited := exec.CommandContext(t.Context(), "sh", "-c", `ulimit -n 40 && exec konhook "$@"`,
		"sh", "replay", file, "-c", "64", "--timeout", "10m", "--to", server.URL)
	limited.Env, limited.Stderr = cmd.Env, stderr
	out, err := limited.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := limited.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	failed, summary := 0, ""
	for lines.Scan() {
		switch {
		case strings.HasSuffix(lines.Text(), ": this machine can make no more connections: too many open files"):
			if failed++; failed == 1 {
				close(release)
			}
		case strings.Contains(lines.Text(), " sent: "):
			summary = lines.Text()
		case strings.HasPrefix(lines.Text(), "failed"):
			t.Error("failures are told")
		}
	}
	if failed == 0 {
		t.Error("nothing failed")
	}
	if code := exitCode(t, limited.Wait()); code != 6 {
		t.Errorf("exit code %d, want 6", code)
	}
	for _, want := range []string{
		"\nkonhook: this machine can make no more connections: too many open files\n  try: -c 24\n", " delivered, ", " to go\n",
	} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("no %q in:\n%s", want, stderr)
		}
	}
	if strings.Contains(stderr.String(), "failed") {
		t.Errorf("the receiver is blamed:\n%s", stderr)
	}
	var sent, ok int
	if _, err := fmt.Sscanf(summary, "%d sent: %d ok, 0 failed", &sent, &ok); err != nil || sent != ok ||
		!strings.HasPrefix(stderr.String(), fmt.Sprintf("stopped after %d events of %d: %[1]d delivered, ", ok, n)) {
		t.Errorf("%q and:\n%s", summary, stderr)
	}
	again(t, "sh", "", stderr.String())
	receiver.once(t, n, func(int) bool { return false })
}

// TestReplayGoesOnWithAnyName: the command that is told runs, whatever the files are
// called, and shows nothing that drives a terminal.
func TestReplayGoesOnWithAnyName(t *testing.T) {
	for _, name := range []string{"-dash.ndjson", "it's a b.ndjson", "bad\u202ename\u200d.ndjson", "\x1b[31m.ndjson", "\n.ndjson"} {
		t.Run(fmt.Sprintf("%+q", name), func(t *testing.T) { goesOn(t, name) })
	}
}

func goesOn(t *testing.T, name string) {
	const n, bad = 5, 3
	receiver := &counting{reply: func(w http.ResponseWriter, _ *http.Request, number int) {
		if number == bad {
			w.WriteHeader(http.StatusInternalServerError)
		}
	}}
	server := httptest.NewServer(receiver)
	defer server.Close()
	dir := t.TempDir()
	numberedFile(t, filepath.Join(dir, name), n)
	cmd, _, stderr := replayCommand(t, "--fail-fast", "--to", server.URL, "--", name)
	cmd.Dir = dir
	if code := exitCode(t, cmd.Run()); code != 1 {
		t.Errorf("exit code %d, want 1\n%s", code, stderr)
	}
	if clean := render.Clean(stderr.String()); clean != stderr.String() {
		t.Errorf("not clean: %q", stderr)
	}
	receiver.mu.Lock()
	receiver.reply = nil
	receiver.mu.Unlock()
	again(t, "bash", dir, stderr.String())
	receiver.once(t, n, func(number int) bool { return number == bad })
}

// TestWhatIsDone: only what is neither delivered nor failed for good is sent again.
func TestWhatIsDone(t *testing.T) {
	ended, end := context.WithCancelCause(t.Context())
	end(&signalError{syscall.SIGINT})
	status := &deliver.StatusError{Status: 500}
	for _, tt := range []struct {
		name     string
		ctx      context.Context
		result   deliver.Result
		failFast bool
		want     replayDone
	}{
		{"delivered", t.Context(), deliver.Result{OK: true, Final: true}, true, replayDone{numbers: numbers{{1, 1}}, ok: 1}},
		{"delivered while it ends", ended, deliver.Result{OK: true, Final: true}, false, replayDone{numbers: numbers{{1, 1}}, ok: 1}},
		{"failed", t.Context(), deliver.Result{Final: true, Err: status}, false, replayDone{numbers: numbers{{1, 1}}, failed: 1}},
		{"failed, to be tried again", t.Context(), deliver.Result{Err: status}, false, replayDone{}},
		{"failed, and ends it", t.Context(), deliver.Result{Final: true, Err: status}, true, replayDone{failed: 1}},
		{"too slow, and ends it", t.Context(), deliver.Result{Final: true, Err: &deliver.SlowError{}}, true, replayDone{numbers: numbers{{1, 1}}, failed: 1}},
		{"under way", ended, deliver.Result{Final: true, Err: context.Cause(ended)}, false, replayDone{underWay: 1}},
		{"failed while it ends", ended, deliver.Result{Final: true, Err: status}, false, replayDone{}},
		{"not connected", t.Context(), deliver.Result{Final: true, Err: &deliver.ShortageError{Err: syscall.EMFILE}}, false, replayDone{}},
		{"refused", t.Context(), deliver.Result{Final: true, Err: fmt.Errorf("dial: %w", syscall.ECONNREFUSED)}, false, replayDone{numbers: numbers{{1, 1}}, failed: 1}},
	} {
		tt.result.Number, tt.result.Attempt = 1, 1
		var got replayDone
		got.add(tt.ctx, tt.result, tt.failFast)
		if !reflect.DeepEqual(got, tt.want) {
			t.Errorf("%s: %+v, want %+v", tt.name, got, tt.want)
		}
	}
}

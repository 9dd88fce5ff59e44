//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// process is konhook listen as a process of its own.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	stdout io.ReadCloser
	stderr *syncBuffer
	addr   string
}

// startListen starts konhook listen, or what a shell makes of it: then prefix is
// what stands before "exec konhook".
func startListen(t *testing.T, prefix string, args ...string) *process {
	t.Helper()
	needProgram(t, "sh")
	p := &process{t: t, stderr: &syncBuffer{}}
	script := prefix + ` exec konhook listen --addr 127.0.0.1:0 "$@"`
	p.cmd = exec.CommandContext(t.Context(), "sh", append([]string{"-c", script, "sh"}, args...)...)
	p.cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	p.cmd.Stderr = p.stderr
	var err error
	if p.stdout, err = p.cmd.StdoutPipe(); err != nil {
		t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	p.addr = p.stderr.await(t, `ready: http://([^/]+)/`)[1]
	return p
}

// wait returns the exit code.
func (p *process) wait() int {
	p.t.Helper()
	err := p.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		p.t.Fatal(err)
	}
	return p.cmd.ProcessState.ExitCode()
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// kills is how many times TestListenSurvivesKill kills. KONHOOK_TEST_KILLS asks
// for more.
func kills(t *testing.T) int {
	t.Helper()
	if n, err := strconv.Atoi(os.Getenv("KONHOOK_TEST_KILLS")); err == nil {
		return n
	}
	return 20
}

// TestListenSurvivesKill kills a listener again and again under the load of four
// connections. Whatever was answered 2xx is in the file, and every line of the
// file can be read.
func TestListenSurvivesKill(t *testing.T) {
	for _, flag := range []string{"--fsync=false", "--fsync"} {
		t.Run(flag, func(t *testing.T) { testListenSurvivesKill(t, flag) })
	}
}

func testListenSurvivesKill(t *testing.T, flag string) {
	path := filepath.Join(t.TempDir(), "x.ndjson")
	acked := map[string]bool{}
	next := 0
	for i := range kills(t) {
		p := startListen(t, "", "--save", path, flag, "-f", "compact")
		go func() { _, _ = io.Copy(io.Discard, p.stdout) }()
		for id := range p.loaded(&next, time.Duration(i%10+1)*4*time.Millisecond) {
			acked[id] = true
		}
		p.wait()
	}
	p := startListen(t, "", "--save", path) // mends what the last kill has left
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	found := map[string]bool{}
	for e, err := range event.Read(t.Context(), []string{path}, event.ReadOptions{Note: func(at event.Place, text string) { t.Errorf("%s: %s", at, text) }}) {
		if err != nil {
			t.Fatal(err)
		}
		found[string(e.Body)] = true
	}
	lost := 0
	for id := range acked {
		if !found[id] {
			lost++
		}
	}
	if lost > 0 || len(acked) == 0 {
		t.Errorf("%d of %d acknowledged deliveries are lost", lost, len(acked))
	}
	t.Logf("%d kills, %d acknowledged, %d stored", kills(t), len(acked), len(found))
}

// loaded sends over four connections, kills the listener in the midst of it, and
// returns the bodies that were answered 200.
func (p *process) loaded(next *int, after time.Duration) map[string]bool {
	var (
		mu    sync.Mutex
		acked = map[string]bool{}
		first = make(chan struct{})
		once  sync.Once
		all   sync.WaitGroup
	)
	for range 4 {
		all.Go(func() {
			transport := &http.Transport{}
			defer transport.CloseIdleConnections()
			for {
				mu.Lock()
				*next++
				body := fmt.Sprintf(`{"n":%d,"fill":%q}`, *next, strings.Repeat("x", 200))
				mu.Unlock()
				req, err := http.NewRequestWithContext(p.t.Context(), http.MethodPost, "http://"+p.addr+"/", strings.NewReader(body))
				if err != nil {
					p.t.Error(err)
					return
				}
				res, err := transport.RoundTrip(req)
				if err != nil {
					return // killed
				}
				res.Body.Close()
				if res.StatusCode == http.StatusOK {
					mu.Lock()
					acked[body] = true
					mu.Unlock()
					once.Do(func() { close(first) })
				}
			}
		})
	}
	<-first
	<-time.After(after)
	p.signal(syscall.SIGKILL)
	all.Wait()
	return acked
}

// TestListenLosesItsReader closes standard output: a listener that has nothing
// else to do ends, one that stores goes on.
func TestListenLosesItsReader(t *testing.T) {
	p := startListen(t, "", "-f", "ndjson")
	line, err := bufio.NewReader(p.stdout).ReadString('\n')
	if err != nil || !strings.HasPrefix(line, `{"ready":`) {
		t.Fatal(line, err)
	}
	p.stdout.Close() // and nothing is delivered
	if code := p.wait(); code != 0 {
		t.Errorf("exit %d: %s", code, p.stderr)
	}

	path := filepath.Join(t.TempDir(), "x.ndjson")
	p = startListen(t, "", "-f", "ndjson", "--save", path)
	p.stdout.Close()
	for range 5 {
		if got := post(t, p.addr, "{}"); got != 200 {
			t.Errorf("answered %d", got)
		}
	}
	p.signal(syscall.SIGINT)
	if code := p.wait(); code != 0 {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	if text, err := os.ReadFile(path); err != nil || bytes.Count(text, []byte("\n")) != 5 {
		t.Errorf("%q, %v", text, err)
	}
}

// TestListenDropsNothingWhenItsReaderLeaves has many senders at the moment when
// the only reader goes away.
func TestListenDropsNothingWhenItsReaderLeaves(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.ndjson")
	p := startListen(t, "", "-f", "ndjson", "--save", path)
	var (
		all   sync.WaitGroup
		mu    sync.Mutex
		acked int
	)
	for range 8 {
		all.Go(func() {
			for range 25 {
				if post(t, p.addr, "{}") == 200 {
					mu.Lock()
					acked++
					mu.Unlock()
				}
			}
		})
	}
	if _, err := bufio.NewReader(p.stdout).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	p.stdout.Close()
	all.Wait()
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	if text, err := os.ReadFile(path); err != nil || bytes.Count(text, []byte("\n")) != 200 || acked != 200 {
		t.Errorf("%d lines for %d acknowledged, %v", bytes.Count(text, []byte("\n")), acked, err)
	}
}

// sendHalf begins a delivery.
func (p *process) sendHalf() net.Conn {
	p.t.Helper()
	c, err := (&net.Dialer{}).DialContext(p.t.Context(), "tcp", p.addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { c.Close() })
	if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n{"); err != nil {
		p.t.Fatal(err)
	}
	return c
}

// sendRest sends what sendHalf has left, and returns the status of the answer, 0 when
// there is none.
func sendRest(t *testing.T, c net.Conn) int {
	t.Helper()
	_, _ = io.WriteString(c, "}") // then there is no answer either
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	res.Body.Close()
	return res.StatusCode
}

// TestListenAnswersWhatIsHalfSent ends a listener in the midst of a request; a
// second signal does not wait for it.
func TestListenAnswersWhatIsHalfSent(t *testing.T) {
	withinGrace(t, func() (began time.Time, err error) {
		path := filepath.Join(t.TempDir(), "x.ndjson")
		p := startListen(t, "", "--save", path)
		c := p.sendHalf()
		if got := post(t, p.addr, "{}"); got != 200 {
			t.Errorf("answered %d", got)
		}
		began = time.Now()
		p.signal(syscall.SIGINT)
		answer := sendRest(t, c)
		code := p.wait()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if answer != 200 || code != 0 || bytes.Count(text, []byte("\n")) != 2 {
			err = fmt.Errorf("answered %d, exit %d: %s%s", answer, code, p.stderr, text)
		}
		return began, err
	})
	withinGrace(t, func() (began time.Time, err error) {
		p := startListen(t, "", "--save", filepath.Join(t.TempDir(), "x.ndjson"))
		p.sendHalf()
		if got := post(t, p.addr, "{}"); got != 200 {
			t.Errorf("answered %d", got)
		}
		began = time.Now()
		p.signal(syscall.SIGINT)
		awaitClosed(t, p.addr)
		p.signal(syscall.SIGINT)
		if code := p.wait(); code != exitInterrupted {
			err = fmt.Errorf("exit %d", code)
		}
		return began, err
	})
}

// awaitClosed returns when nobody listens at an address any more.
func awaitClosed(t *testing.T, addr string) {
	t.Helper()
	for tick := time.Tick(time.Millisecond); ; <-tick {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", addr)
		if err != nil {
			return
		}
		c.Close()
	}
}

// TestListenIsNotKeptBusyByHalfOpenConnections has more connections that send
// nothing than the process may have files. It is tried again when an honest delivery
// has taken too long, as on a machine that is busy with other things.
func TestListenIsNotKeptBusyByHalfOpenConnections(t *testing.T) {
	for tries := 1; ; tries++ {
		took := honestAmongHalfOpen(t)
		switch {
		case took <= 5*time.Second:
			return
		case tries == 3:
			t.Fatalf("an honest delivery took %v", took)
		}
		t.Logf("an honest delivery took %v", took)
	}
}

// honestAmongHalfOpen returns how long a delivery took.
func honestAmongHalfOpen(t *testing.T) (took time.Duration) {
	t.Helper()
	dir := t.TempDir()
	p := startListen(t, "ulimit -n 128;", "--save", filepath.Join(dir, "x.ndjson"), "--save-dir", filepath.Join(dir, "d"))
	for i := range 300 {
		c, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", p.addr)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { c.Close() })
		if i%2 == 0 {
			if _, err := io.WriteString(c, "POST / HTTP/1.1\r\nHost: localh"); err != nil {
				t.Fatal(err)
			}
		}
	}
	began := time.Now()
	if got := post(t, p.addr, "{}"); got != 200 {
		t.Errorf("answered %d: %s", got, p.stderr)
	}
	took = time.Since(began)
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	return took
}

// TestListenOnDiskThatFills lets the file grow no further: nothing more is
// acknowledged, and no line is torn. When it was moved away there is room for
// another one.
func TestListenOnDiskThatFills(t *testing.T) {
	for _, flag := range []string{"--fsync=false", "--fsync"} {
		t.Run(flag, func(t *testing.T) { testListenOnDiskThatFills(t, flag) })
	}
}

func testListenOnDiskThatFills(t *testing.T, flag string) {
	path := filepath.Join(t.TempDir(), "x.ndjson")
	p := startListen(t, `trap "" XFSZ; ulimit -f 16;`, "--save", path, flag)
	statuses := map[int]int{}
	for range 100 {
		statuses[post(t, p.addr, fmt.Sprintf(`{"fill":%q}`, strings.Repeat("x", 300)))]++
	}
	if err := os.Rename(path, path+".full"); err != nil {
		t.Fatal(err)
	}
	if got := post(t, p.addr, "{}"); got != 200 {
		t.Errorf("answered %d when there was room again", got)
	}
	p.signal(syscall.SIGTERM)
	if code := p.wait(); code != 0 {
		t.Errorf("exit %d: %s", code, p.stderr)
	}
	if statuses[200] == 0 || statuses[503] == 0 || statuses[200]+statuses[503] != 100 {
		t.Errorf("answered %v", statuses)
	}
	n := 0
	for _, err := range event.Read(t.Context(), []string{path + ".full"}, event.ReadOptions{Note: func(at event.Place, text string) { t.Errorf("%s: %s", at, text) }}) {
		if err != nil {
			t.Fatal(err)
		}
		n++
	}
	if n != statuses[200] {
		t.Errorf("%d stored, %d acknowledged", n, statuses[200])
	}
	if !regexp.MustCompile(`(?m)^konhook: a delivery was answered 503 and not stored: .*x\.ndjson: file too large$`).MatchString(p.stderr.String()) {
		t.Errorf("told %s", p.stderr)
	}
}

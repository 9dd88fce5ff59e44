//go:build unix

package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"

	"github.com/konhook/konhook/pkg/event"
)

// moving is an API whose events move: each stays until it was served a few times,
// so that every one of them can be seen, whatever the clock says.
type moving struct {
	mu     sync.Mutex
	random *rand.Rand
	left   int // events to come
	least  int // how many times each is served at least
	n      int // of the last event
	last   map[string]*movingEvent
	moved  chan int // gets the number of each new event
}

type movingEvent struct {
	number int
	serves int // how many more times
}

func newMoving(events, least int) *moving {
	return &moving{least: least, random: rand.New(rand.NewPCG(1, 2)), left: events, last: map[string]*movingEvent{}, moved: make(chan int, events)}
}

func (m *moving) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	slug := strings.Split(r.URL.Path, "/")[2]
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.last[slug]
	switch {
	case e == nil:
		m.n++
		e = &movingEvent{m.n, 1 + m.random.IntN(6)}
	case e.serves == 0 && m.left > 0:
		m.n++
		m.left--
		e = &movingEvent{m.n, m.least + m.random.IntN(3)}
		m.moved <- m.n
	}
	m.last[slug] = e
	e.serves = max(0, e.serves-1)
	kind, err := event.ParseType(slug)
	if err != nil {
		w.WriteHeader(http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	fmt.Fprintf(w, `{"occuredAt":%d,"type":%q,"body":{}}`, 1_700_000_000+e.number, kind.Name)
}

// received are the numbers of events in the order in which they came.
type received struct {
	mu  sync.Mutex
	all []int
	got chan struct{} // a signal for each
}

func (r *received) ServeHTTP(_ http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(req.Body)
	at, _ := event.New(body).Occurred()
	if err == nil {
		r.mu.Lock()
		r.all = append(r.all, int(at.Unix()-1_700_000_000))
		r.mu.Unlock()
	}
	r.got <- struct{}{}
}

func (r *received) numbers() []int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]int(nil), r.all...)
}

// startWatch starts konhook watch with a state.
func startWatch(t *testing.T, api, to, state string) *exec.Cmd {
	t.Helper()
	needProgram(t, "konhook")
	cmd := exec.CommandContext(t.Context(), "konhook", "watch", "--interval", "100ms", "--validate", "off", "--state", state, "--forward-to", to, "-f", "ndjson")
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), "KONHOOK_BASE_URL="+api, "KONHOOK_API_KEY=0123456789abcdef0123456789abcdef")
	stderr := &syncBuffer{}
	cmd.Stderr = stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	stderr.await(t, "ready: watching")
	return cmd
}

// TestWatchForwardsEachEventOnce ends the watch in the midst of it, again and
// again, and starts it anew.
func TestWatchForwardsEachEventOnce(t *testing.T) {
	for _, c := range []struct {
		signal  syscall.Signal
		repeats int // that each end may make
		serves  int // that are enough for an event to be seen: those that are killed read no answer
	}{{syscall.SIGTERM, 0, 1}, {syscall.SIGKILL, 1, 3}} {
		t.Run(c.signal.String(), func(t *testing.T) {
			t.Parallel()
			const events, ends = 200, 3
			source, sink := newMoving(events, c.serves), &received{got: make(chan struct{}, 2*events)}
			api, to := httptest.NewServer(source), httptest.NewServer(sink)
			defer api.Close()
			defer to.Close()
			state := filepath.Join(t.TempDir(), "watch.state")
			cmd := startWatch(t, api.URL, to.URL, state)
			for came := 1; came <= events; came++ {
				<-sink.got
				if came%(events/(ends+1)) == 0 && came < events {
					if err := cmd.Process.Signal(c.signal); err != nil {
						t.Fatal(err)
					}
					err := cmd.Wait()
					if c.signal == syscall.SIGTERM && err != nil {
						t.Errorf("ended by %s: %v", c.signal, err)
					}
					cmd = startWatch(t, api.URL, to.URL, state)
				}
			}
			for len(newest(sink.numbers())) < events {
				<-sink.got // in place of what was repeated
			}
			_ = cmd.Process.Signal(syscall.SIGTERM)
			_ = cmd.Wait()
			close(source.moved)
			wanted := []int{}
			for n := range source.moved {
				wanted = append(wanted, n)
			}
			got := sink.numbers()
			if repeats := len(got) - len(newest(got)); repeats > c.repeats*ends {
				t.Errorf("%d events were repeated: %v", repeats, got)
			}
			if fmt.Sprint(newest(got)) != fmt.Sprint(wanted) {
				t.Errorf("forwarded %v\nwant %v", got, wanted)
			}
		})
	}
}

// TestWatchLosesItsReader closes standard output: a watch that has nothing else to
// do ends, one that stores goes on.
func TestWatchLosesItsReader(t *testing.T) {
	needProgram(t, "konhook")
	api := httptest.NewServer(newMoving(100, 1))
	defer api.Close()
	path := filepath.Join(t.TempDir(), "x.ndjson")
	for _, args := range [][]string{{"--interval", "1m"}, {"--interval", "100ms", "--save", path, "--count", "9"}} {
		args = append([]string{"watch", "-f", "ndjson", "--validate", "off"}, args...)
		cmd := exec.CommandContext(t.Context(), "konhook", args...)
		cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), "KONHOOK_BASE_URL="+api.URL, "KONHOOK_API_KEY=0123456789abcdef0123456789abcdef")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		stderr := &syncBuffer{}
		cmd.Stderr = stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		if line, err := bufio.NewReader(out).ReadString('\n'); err != nil || !strings.HasPrefix(line, `{"ready":`) {
			t.Fatal(line, err)
		}
		out.Close()
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %s", err, stderr)
		}
	}
	if text, err := os.ReadFile(path); err != nil || bytes.Count(text, []byte("\n")) != 9 {
		t.Errorf("%q, %v", text, err)
	}
}

// newest leaves out what repeats the one before it.
func newest(numbers []int) (all []int) {
	for i, n := range numbers {
		if i == 0 || n != numbers[i-1] {
			all = append(all, n)
		}
	}
	return all
}

//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

const receivers = "../../testdata/receivers"

// language is one that receivers are written in.
type language struct {
	name    string
	command func(t *testing.T, version string) *exec.Cmd
}

func languages() []language {
	return []language{{"flask", flask}, {"express", express}, {"php", php}, {"go", goReceiver}}
}

// TestReceivers replays an event of each type to handlers like those that users
// write, as real processes: each of them has to get the very bytes of the file.
func TestReceivers(t *testing.T) {
	const events = "../../testdata/events"
	want := hashes(t, events)
	if len(want) != len(event.Types()) {
		t.Fatalf("%s holds %d events, want one of each of the %d types", events, len(want), len(event.Types()))
	}
	for _, tt := range languages() {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			received := filepath.Join(t.TempDir(), "received")
			url := start(t, tt.command(t, "good"), "PORT=0", "RECEIVED="+received)

			reported := replayTo(t, url+"/webhook", events)
			if diff := cmp.Diff(want, reported); diff != "" {
				t.Errorf("hashes of the files (-) and those that konhook reports (+):\n%s", diff)
			}
			got, err := os.ReadFile(received)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, strings.Fields(string(got))); diff != "" {
				t.Errorf("hashes of the files (-) and those that the receiver took (+):\n%s", diff)
			}
		})
	}
}

// The commands below run a version of a receiver, good or naive.

func flask(t *testing.T, version string) *exec.Cmd {
	python := "/usr/bin/python3" // Debian's Flask is not there for any other
	if _, err := os.Stat(python); err != nil {
		python = needProgram(t, "python3")
	}
	need(t, exec.CommandContext(t.Context(), python, "-c", "import flask").Run() == nil, "Flask for "+python)
	return exec.CommandContext(t.Context(), python, filepath.Join(receivers, "flask", version+".py"))
}

func express(t *testing.T, version string) *exec.Cmd {
	folder := filepath.Join(receivers, "express")
	_, err := os.Stat(filepath.Join(folder, "node_modules", "express"))
	need(t, err == nil, "Express (npm ci in testdata/receivers/express)")
	return exec.CommandContext(t.Context(), needProgram(t, "node"), filepath.Join(folder, version+".js"))
}

func php(t *testing.T, version string) *exec.Cmd {
	router := filepath.Join(receivers, "php", version+".php")
	return exec.CommandContext(t.Context(), needProgram(t, "php"), "-S", "127.0.0.1:0", router)
}

func goReceiver(t *testing.T, version string) *exec.Cmd {
	binary := filepath.Join(t.TempDir(), "receiver")
	build := exec.CommandContext(t.Context(), needProgram(t, "go"), "build", "-o", binary, "./"+filepath.Join(receivers, "go", version))
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", build, err, out)
	}
	return exec.CommandContext(t.Context(), binary)
}

// hashes returns the SHA-256 of each event of a folder, without the line break
// at the end of its file, in the order of the names.
func hashes(t *testing.T, folder string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(folder, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var all []string
	for _, name := range names {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, fmt.Sprintf("%x", sha256.Sum256(bytes.TrimSpace(b))))
	}
	return all
}

// replayTo replays a source with the konhook on the path and returns the hashes
// that it reports.
func replayTo(t *testing.T, url, source string) []string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "konhook", "replay", source, "--to", url, "-f", "ndjson", "--timeout", "2m")
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v: %v\n%s%s", cmd, err, out, stderr.String())
	}
	var all []string
	for line := range bytes.Lines(out) {
		var result struct {
			Sha256 string
			Status int
			Ok     bool
		}
		if err := json.Unmarshal(line, &result); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if !result.Ok || result.Status != 200 {
			t.Errorf("not delivered: %s", line)
		}
		all = append(all, result.Sha256)
	}
	return all
}

// start runs a receiver until the end of the test and returns its URL when it
// is ready to take requests.
func start(t *testing.T, cmd *exec.Cmd, env ...string) string {
	t.Helper()
	out := &output{ready: make(chan string, 1)}
	cmd.Stdout, cmd.Stderr = out, out
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
	cmd.WaitDelay = 5 * time.Second
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = cmd.Wait() // the end of the test kills it, which is an error
	}()
	t.Cleanup(func() { <-ended })

	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	select {
	case url := <-out.ready:
		return url
	case <-ended:
		t.Fatalf("%v ended before it was ready:\n%s", cmd, out)
	case <-ctx.Done():
		t.Fatalf("%v was not ready in time:\n%s", cmd, out)
	}
	return ""
}

// output collects what a receiver prints and looks out for its URL.
type output struct {
	mu    sync.Mutex
	text  []byte
	ready chan string // gets the URL, once
	seen  bool
}

var readyLine = regexp.MustCompile(`(http://127\.0\.0\.1:\d+)[^\d]`)

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.text = append(o.text, p...)
	if m := readyLine.FindSubmatch(o.text); m != nil && !o.seen {
		o.seen = true
		o.ready <- string(m[1])
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return string(o.text)
}

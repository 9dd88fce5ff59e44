//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/listen"
)

// childPID returns the process of the command, which says "pid N" on standard
// error.
func (p *process) childPID() int {
	p.t.Helper()
	pid, err := strconv.Atoi(p.stderr.await(p.t, `(?m)^pid (\d+)$`)[1])
	if err != nil {
		p.t.Fatal(err)
	}
	return pid
}

// gone waits until a process has ended. One that nobody has asked about since
// counts as ended.
func gone(t *testing.T, pid int) {
	t.Helper()
	deadline := time.After(patience)
	for tick := time.Tick(5 * time.Millisecond); ; {
		if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) || isZombie(pid) {
			return
		}
		select {
		case <-tick:
		case <-deadline:
			t.Fatalf("process %d still runs", pid)
		}
	}
}

func isZombie(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, state, _ := bytes.Cut(text, []byte(") "))
	return err == nil && bytes.HasPrefix(state, []byte("Z"))
}

// withinGrace tries what has to be done while a listener waits for the end of what is
// under way. When the machine was so slow that it had given up before, that was no try:
// there is another one. A try returns when the listener was told to end, and what went
// wrong.
func withinGrace(t *testing.T, try func() (began time.Time, err error)) {
	t.Helper()
	for tries := 1; ; tries++ {
		began, err := try()
		late := time.Since(began) >= listen.Grace
		switch {
		case err == nil:
			return
		case !late || tries == 5:
			t.Fatal(err)
		}
		t.Logf("too slow, again: %v", err)
	}
}

// TestListenPassesSignalsOn ends a listener whose command takes its time, or does
// not care.
func TestListenPassesSignalsOn(t *testing.T) {
	// says lets the shell tell that it is ready, and wait for a child of its own.
	const says = `echo pid $$ >&2; sleep 60 & wait`
	tests := []struct {
		name, script string
		signal       syscall.Signal
		code         int
		least        time.Duration
	}{
		{"ends at once", `echo pid $$ >&2; exec sleep 60`, syscall.SIGTERM, 143, 0},
		{"ends with its children", says, syscall.SIGTERM, 143, 0},
		{"interrupted", says, syscall.SIGINT, 130, 0},
		{"hung up", says, syscall.SIGHUP, 143, 0},
		{"says how it ends", `trap 'echo bye >&2; exit 5' TERM; ` + says, syscall.SIGTERM, 5, 0},
		{"ends well", `trap 'exit 0' INT; ` + says, syscall.SIGINT, 1, 0},
		{"does not care", `trap '' TERM; echo pid $$ >&2; while :; do sleep 1; done`, syscall.SIGTERM, 137, 1900 * time.Millisecond},
		{"leaves somebody behind", `sh -c 'trap "" TERM; echo pid $$ >&2; while :; do sleep 1; done' & wait`, syscall.SIGTERM, 143, 1900 * time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			withinGrace(t, func() (began time.Time, err error) {
				p := startListen(t, "", "--expect", "user.created", "-f", "compact", "--", "sh", "-c", tt.script)
				pid := p.childPID()
				began = time.Now()
				p.signal(tt.signal)
				code, took := p.wait(), time.Since(began)
				gone(t, pid)
				if text := p.stderr.String(); !strings.Contains(text, "1 of 1 expectations not met") {
					t.Error(text)
				}
				if code != tt.code || took < tt.least {
					err = fmt.Errorf("exit %d after %v, want %d: %s", code, took, tt.code, p.stderr)
				}
				return began, err
			})
		})
	}
}

// TestListenLeavesNoCommandBehind ends a listener at once, by a second signal and
// by one that nobody can catch.
func TestListenLeavesNoCommandBehind(t *testing.T) {
	t.Run("second signal", func(t *testing.T) {
		t.Parallel()
		withinGrace(t, func() (began time.Time, err error) {
			p := startListen(t, "", "--", "sh", "-c", `trap 'echo asked >&2' INT TERM; echo pid $$ >&2; while :; do sleep 0.05; done`)
			pid := p.childPID()
			began = time.Now()
			p.signal(syscall.SIGINT)
			p.stderr.await(t, "asked")
			p.signal(syscall.SIGINT)
			if code := p.wait(); code != exitInterrupted {
				err = fmt.Errorf("exit %d: %s", code, p.stderr)
			}
			gone(t, pid)
			return began, err
		})
	})
	t.Run("kill", func(t *testing.T) {
		t.Parallel()
		need(t, runtime.GOOS == "linux", "Linux, which ends a command with its parent")
		p := startListen(t, "", "--", "sh", "-c", `echo pid $$ >&2; exec sleep 60`)
		pid := p.childPID()
		p.signal(syscall.SIGKILL)
		p.wait()
		gone(t, pid)
	})
}

// TestListenAnswersUntilTheCommandHasEnded has a command that waits for a delivery when
// it is told to end.
func TestListenAnswersUntilTheCommandHasEnded(t *testing.T) {
	withinGrace(t, func() (began time.Time, err error) {
		sent := filepath.Join(t.TempDir(), "sent")
		p := startListen(t, "", "--expect", "user.created", "-f", "compact", "--", "sh", "-c",
			`trap 'echo asked >&2; while [ ! -e "$0" ]; do sleep 0.02; done; exit 0' TERM; echo pid $$ >&2; while :; do sleep 0.05; done`, sent)
		p.childPID()
		began = time.Now()
		p.signal(syscall.SIGTERM)
		p.stderr.await(t, "asked")
		answer, sending := send(t, p.addr, `{"type":"User/Created"}`)
		if err := os.WriteFile(sent, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := io.ReadAll(p.stdout)
		if err != nil {
			t.Fatal(err)
		}
		if code := p.wait(); answer != 200 || code != exitOK || !bytes.Contains(out, []byte("user.created       200")) {
			err = fmt.Errorf("answered %d, %s, exit %d, %s%s", answer, fmt.Sprint(sending), code, out, p.stderr)
		}
		return began, err
	})
}

// TestListenAnswersWhatIsUnderWayWhenAllHasCome has half a delivery on its way
// when the last one comes that was expected.
func TestListenAnswersWhatIsUnderWayWhenAllHasCome(t *testing.T) {
	withinGrace(t, func() (began time.Time, err error) {
		path := filepath.Join(t.TempDir(), "x.ndjson")
		p := startListen(t, "", "--expect", "user.created", "--save", path, "-f", "compact")
		c := p.sendHalf()
		began = time.Now()
		if got := post(t, p.addr, `{"type":"User/Created"}`); got != 200 {
			t.Errorf("answered %d", got)
		}
		awaitClosed(t, p.addr)
		answer := sendRest(t, c)
		code := p.wait()
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if answer != 200 || code != exitOK || !strings.Contains(p.stderr.String(), "2 deliveries, 2 invalid") || bytes.Count(text, []byte("\n")) != 2 {
			err = fmt.Errorf("answered %d, exit %d: %s%s", answer, code, p.stderr, text)
		}
		return began, err
	})
}

// TestListenOnTerminalSharesIt has a command that reads the terminal, and Ctrl-C
// typed there, which reaches both once.
func TestListenOnTerminalSharesIt(t *testing.T) {
	need(t, runtime.GOOS == "linux", "the script of util-linux")
	script := needProgram(t, "script")
	inner := `konhook listen --addr 127.0.0.1:0 --expect user.created -f compact -- ` +
		`sh -c 'n=0; trap "n=\$((n+1))" INT; read line; echo "read $line, asked"; while [ $n = 0 ]; do sleep 0.05; done; sleep 0.3; echo $n times; exit 4'; echo code $?`
	withinGrace(t, func() (began time.Time, err error) {
		cmd := exec.CommandContext(t.Context(), script, "-qec", "exec sh -c \"$INNER\"", "/dev/null")
		cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), "SHELL=/bin/sh", "INNER=trap : INT; "+inner)
		var out syncBuffer
		cmd.Stdout, cmd.Stderr = &out, &out
		keys, err := cmd.StdinPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		out.await(t, "ready: ")
		if _, err := io.WriteString(keys, "a line\n"); err != nil {
			t.Fatal(err)
		}
		out.await(t, "read a line, asked")
		began = time.Now()
		if _, err := io.WriteString(keys, "\x03"); err != nil {
			t.Fatal(err)
		}
		code := out.await(t, `code (\d+)\b`)[1]
		keys.Close()
		if err := cmd.Wait(); err != nil || code != "4" || !strings.Contains(out.String(), "1 times") {
			return began, fmt.Errorf("%s: %s", fmt.Sprint(err), out.String())
		}
		return began, nil
	})
}

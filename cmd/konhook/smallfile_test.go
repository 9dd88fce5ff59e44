//go:build unix

package main

import (
	"context"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSmallFilesAreWaitedForUntilASignal names a pipe to which nobody writes in
// place of each small file: the first SIGTERM ends the command.
func TestSmallFilesAreWaitedForUntilASignal(t *testing.T) {
	needProgram(t, "konhook")
	for _, line := range []string{
		"events --config PIPE",
		"fetch --all --site acme --cacert PIPE",
		"fetch --all --site acme --api-key-file PIPE",
		"probe http://127.0.0.1:1 --cacert PIPE",
		"listen --addr 127.0.0.1:0 --tls-cert PIPE --tls-key PIPE",
		"listen --addr 127.0.0.1:0 --verify standard --secret-file PIPE",
		"validate - --schema PIPE",
	} {
		t.Run(line, func(t *testing.T) {
			t.Parallel()
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "konhook", strings.Fields(strings.ReplaceAll(line, "PIPE", pipe))...)
			cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
			stderr := &syncBuffer{}
			cmd.Stderr = stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer awaitReader(t, pipe).Close()
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if err := cmd.Wait(); cmd.ProcessState.ExitCode() != exitTerminated {
				t.Errorf("%v: %s", err, stderr)
			}
		})
	}
}

// silent is a standard input from which nothing comes, and tells that it is read.
type silent struct{ asked, ended chan struct{} }

func (s silent) Read([]byte) (int, error) {
	s.asked <- struct{}{}
	<-s.ended
	return 0, io.EOF
}

// TestStandardInputIsWaitedForUntilASignal has nobody who writes what is read from
// standard input: the first Ctrl-C ends the command.
func TestStandardInputIsWaitedForUntilASignal(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, line := range []string{
		"config set routes -",
		"config set api-key -",
		"login --with-key --site acme",
		"fetch --all --site acme --api-key-file -",
	} {
		t.Run(line, func(t *testing.T) {
			in := silent{make(chan struct{}, 1), make(chan struct{})}
			defer close(in.ended)
			ctx, interrupt := context.WithCancelCause(t.Context())
			go func() {
				<-in.asked
				interrupt(&signalError{syscall.SIGINT})
			}()
			var stderr strings.Builder
			code := run(ctx, strings.Fields(line), &streams{in: in, out: io.Discard, err: &stderr})
			if code != exitInterrupted || stderr.String() != "konhook: interrupted\n" {
				t.Errorf("exit %d: %s", code, stderr.String())
			}
		})
	}
}

// awaitReader opens a named pipe once somebody wants to read from it.
func awaitReader(t *testing.T, pipe string) *os.File {
	t.Helper()
	for tick := time.Tick(time.Millisecond); ; <-tick {
		if f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
			return f
		}
	}
}

//go:build unix

package main

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"syscall"
	"testing"
	"time"
)

// TestProgressInTerminal runs the program in a pseudo terminal, with an input
// that takes its time.
func TestProgressInTerminal(t *testing.T) {
	need(t, runtime.GOOS == "linux", "the script of util-linux")
	script, sh := needProgram(t, "script"), needProgram(t, "sh")
	const (
		event   = `{"type":"User/Created","occuredAt":1,"body":{"user":{"id":"u","name":"n"}}}`
		drawn   = "\r76 B, [0-9]+ B/s, 0 findings"
		verdict = "1 document in 1 file: 1 valid\r\n$"
	)
	for name, tt := range map[string]struct {
		command, want string
		until         string        // what is waited for before the input ends
		within        time.Duration // takes longer than that: nothing is known; 0: however long
	}{
		"text":  {"konhook validate - <$PIPE", drawn + ".*\r *\r" + verdict, drawn, 0},
		"quick": {"(cat; sleep 0.5) <$PIPE | konhook validate -", "^" + verdict, "", progressAfter},
		"quiet": {"(cat; sleep 1.5) <$PIPE | konhook validate -q -", "^$", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), script, "-q", "-e", "-c", tt.command, os.DevNull)
			cmd.Env = append(os.Environ(), "TERM=xterm", "NO_COLOR=1", "GITHUB_ACTIONS=", "SHELL="+sh, "XDG_CONFIG_HOME="+t.TempDir(), "PIPE="+pipe)
			var screen syncBuffer
			cmd.Stdout = &screen
			began := time.Now()
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			input, err := os.OpenFile(pipe, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			defer input.Close()
			if _, err := io.WriteString(input, event+"\n"); err != nil {
				t.Fatal(err)
			}
			screen.await(t, tt.until)
			input.Close()
			err = cmd.Wait()
			if tt.within > 0 && time.Since(began) > tt.within {
				t.Logf("took %s", time.Since(began))
				tt.want = verdict
			}
			if err != nil || !regexp.MustCompile("(?s)"+tt.want).MatchString(screen.String()) {
				t.Errorf("%v: %q, want %q", err, screen.String(), tt.want)
			}
		})
	}
}

//go:build unix

package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
)

// TestProbeInterrupted: what was found until then is told, and the report is
// whole.
func TestProbeInterrupted(t *testing.T) {
	tests := []struct {
		signal os.Signal
		format string
		code   int
		report string
	}{
		{syscall.SIGINT, "text", 130, "\nskip  2 cases, interrupted\n\nverdict: none yet (1 passed, 2 skipped)\n"},
		{syscall.SIGTERM, "json", 143, `"summary":{"cases":3,"passed":1,"warned":0,"failed":0,"skipped":2}}`},
		{syscall.SIGINT, "junit", 130, `tests="3" failures="0" errors="0" skipped="2">`},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.signal, " ", tt.format), func(t *testing.T) {
			var calls atomic.Int32
			asked := make(chan struct{}, 10)
			server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body) // or the server would not see that the client has gone
				if calls.Add(1) > 2 {              // the first is that of the start
					asked <- struct{}{}
					<-r.Context().Done()
				}
			}))
			t.Cleanup(server.Close)
			cmd := exec.CommandContext(t.Context(), "konhook", "probe", server.URL, "--case", "attributes-array,attributes-object,unknown-fields", "-f", tt.format)
			cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
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
				t.Errorf("no %q in:\n%s", tt.report, stdout.String())
			}
			if tt.format == "json" && !json.Valid(stdout.Bytes()) || tt.format == "junit" && xml.Unmarshal(stdout.Bytes(), new(struct{})) != nil {
				t.Errorf("not whole:\n%s", stdout.String())
			}
			if n := strings.Count(stderr.String(), "\n"); n != 1 {
				t.Errorf("%d lines on standard error, want 1:\n%s", n, stderr.String())
			}
		})
	}
}

//go:build unix

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestProbeFindings probes two versions of a receiver in each language, as real
// processes: the good ones pass all, and what the naive ones do wrong is golden.
// With UPDATE_SCRIPTS=1 the findings are written again.
func TestProbeFindings(t *testing.T) {
	const secret = "whsec_bG9vcGJhY2sgc2VjcmV0IGZvciB0aGUgcHJvYmU="
	for _, l := range languages() {
		for version, code := range map[string]int{"good": exitOK, "naive": exitNo} {
			t.Run(l.name+" "+version, func(t *testing.T) {
				t.Parallel()
				url := start(t, l.command(t, version), "PORT=0", "SECRET="+secret)
				file := filepath.Join(t.TempDir(), "secret")
				if err := os.WriteFile(file, []byte(secret+"\n"), 0o600); err != nil {
					t.Fatal(err)
				}
				// Neither limit is what these receivers are tried for, and on a busy machine they are slow.
				got := findings(t, code, url+"/webhook", "--sign", "standard", "--secret-file", file, "--max-latency", "2m", "--timeout", "2m")
				compareFindings(t, filepath.Join(receivers, "findings", l.name+"-"+version+".txt"), got)
			})
		}
	}
}

// findings runs probe and returns a line for each case that did not pass: what
// was got without what the receiver said, which changes with its framework, and
// without how it closed a connection, which changes with the weather.
func findings(t *testing.T, code int, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "konhook", append([]string{"probe", "-f", "json"}, args...)...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) || cmd.ProcessState.ExitCode() != code {
		t.Errorf("%v, want exit code %d\n%s", err, code, stderr.String())
	}
	var report struct {
		Cases []struct{ Name, Outcome, Got string }
	}
	if err := json.Unmarshal(out, &report); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	silence := strings.NewReplacer("the connection was reset instead of an answer", "no answer", "the connection was closed before a whole answer", "no answer")
	var b strings.Builder
	for _, c := range report.Cases {
		if c.Outcome != "pass" {
			got, _, _ := strings.Cut(c.Got, ": ")
			fmt.Fprintf(&b, "%s  %-19s  %s\n", c.Outcome, c.Name, silence.Replace(got))
		}
	}
	fmt.Fprintf(&b, "%d cases\n", len(report.Cases))
	return b.String()
}

func compareFindings(t *testing.T, file, got string) {
	t.Helper()
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-) and what was found (+):\n%s", file, diff)
	}
}

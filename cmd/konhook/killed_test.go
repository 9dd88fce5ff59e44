//go:build unix

package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/mock"
)

// TestKilledCommandsLeaveWholeFiles kills commands that write files, together at more
// than 100 points of their time: what is there then is the old file or
// the new one, and never a part of it. The points are spread over the time that such a
// command takes, as the ones before have shown.
func TestKilledCommandsLeaveWholeFiles(t *testing.T) {
	const points = 25 // for each command
	key := strings.Repeat("k", 32)
	events, _, err := mockEvents(t.Context(), newApp(&streams{}), mockOptions{seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(mock.New(mock.Options{Key: key, RateLimit: -1, Events: events}))
	t.Cleanup(api.Close)
	tests := []struct {
		name  string
		args  []string
		stdin string
		old   map[string]string
	}{
		{"config", []string{"config", "set", "site", "new"}, "", map[string]string{"konhook/config.yaml": "site: old\n"}},
		{"login", []string{"login", "--with-key"}, key, map[string]string{"konhook/keys.json": `{"konhook":1,"keys":{}}`}},
		{"fetch", []string{"fetch", "--all", "--save-dir", "DIR"}, "", map[string]string{"user.created.json": `"old"`, "user.edited.json": `"old"`}},
		{"sample", []string{"sample", "all", "--count", "50", "--save-dir", "DIR"}, "", nil},
		{"schema", []string{"schema", "--all", "-o", "DIR"}, "", map[string]string{"course.published.schema.json": `"old"`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			v := &victim{args: tt.args, stdin: tt.stdin, env: []string{"KONHOOK_KEYRING=never", "KONHOOK_BASE_URL=" + api.URL + mock.BasePath}}
			if tt.name != "login" {
				v.env = append(v.env, "KONHOOK_API_KEY="+key)
			}
			whole := t.TempDir()
			took, _ := v.run(t, whole, time.Hour)
			files := filesBelow(t, whole)
			if len(files) == 0 {
				t.Fatal("the command wrote nothing")
			}
			begun, cut := 0, 0 // how often something was written, and how often the command was not done
			for i := 0; i < points || (begun == 0 || cut == 0) && i < 20*points; i++ {
				dir := t.TempDir()
				putFiles(t, dir, tt.old)
				share := i%points + 1
				after, killed := v.run(t, dir, took*time.Duration(share)/points)
				switch { // it is not always as quick as the time before
				case !killed:
					took = after
				case share > points*3/4:
					took += took / 8
				}
				if killed {
					cut++
				}
				for name, text := range filesBelow(t, dir) {
					if text == tt.old[name] {
						continue
					}
					begun++
					if _, known := files[name]; !known && !strings.HasSuffix(name, ".json") {
						t.Errorf("killed at point %d: there is a file %s", i, name)
					}
					if text != files[name] && !(strings.HasSuffix(name, ".json") && json.Valid([]byte(text))) {
						t.Errorf("killed at point %d: %s holds %q", i, name, text)
					}
				}
			}
			if begun == 0 || cut == 0 {
				t.Errorf("%d kills came before the end, and %d files were written", cut, begun)
			}
		})
	}
}

// victim is a command that is killed.
type victim struct {
	args, env []string
	stdin     string
}

// run carries out the command on a folder and kills it after some time, unless it has
// ended before. It returns how long that took.
func (v *victim) run(t *testing.T, dir string, kill time.Duration) (took time.Duration, killed bool) {
	t.Helper()
	args := strings.Split(strings.ReplaceAll(strings.Join(v.args, "\n"), "DIR", dir), "\n")
	cmd := exec.CommandContext(t.Context(), "konhook", args...)
	cmd.Env = slices.Concat(os.Environ(), v.env, []string{"XDG_CONFIG_HOME=" + dir})
	cmd.Stdin = strings.NewReader(v.stdin)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	began := time.Now()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(kill, func() { cmd.Process.Kill() })
	err := cmd.Wait()
	timer.Stop()
	killed = cmd.ProcessState.ExitCode() < 0
	if err != nil && !killed {
		t.Fatal(err, stderr.String())
	}
	return time.Since(began), killed
}

func putFiles(t *testing.T, dir string, files map[string]string) {
	t.Helper()
	for name, text := range files {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// filesBelow reads all files below a folder but those that are not there yet for
// anybody else: what is being written has a name of its own until it is whole.
func filesBelow(t *testing.T, dir string) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() || strings.HasPrefix(e.Name(), ".konhook-") {
			return err
		}
		text, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		files[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

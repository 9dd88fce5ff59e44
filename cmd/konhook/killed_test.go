//go:build unix

package main

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/mock"
)

// TestKilledCommandsLeaveWholeFiles kills commands that write files, together at more
// than 100 points of their time: what is there then is the old file or
// the new one, and never a part of it.
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
			run := func(dir string, kill time.Duration) (took time.Duration) {
				args := strings.Split(strings.ReplaceAll(strings.Join(tt.args, "\n"), "DIR", dir), "\n")
				cmd := exec.CommandContext(t.Context(), "konhook", args...)
				cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+dir, "KONHOOK_KEYRING=never", "KONHOOK_BASE_URL="+api.URL+mock.BasePath)
				if tt.name != "login" {
					cmd.Env = append(cmd.Env, "KONHOOK_API_KEY="+key)
				}
				cmd.Stdin = strings.NewReader(tt.stdin)
				begin := time.Now()
				var stderr strings.Builder
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				if kill == 0 {
					if err := cmd.Wait(); err != nil {
						t.Fatal(err, stderr.String())
					}
					return time.Since(begin)
				}
				<-time.After(kill)
				cmd.Process.Kill()
				cmd.Wait()
				return kill
			}
			whole := t.TempDir()
			took := run(whole, 0)
			files := filesBelow(t, whole)
			if len(files) == 0 {
				t.Fatal("the command wrote nothing")
			}
			begun := 0
			for i := range points {
				dir := t.TempDir()
				for name, text := range tt.old {
					path := filepath.Join(dir, name)
					if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
						t.Fatal(err)
					}
					if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
						t.Fatal(err)
					}
				}
				run(dir, took*time.Duration(i+1)*3/2/points) // it is not always as quick as the first time
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
			if begun == 0 {
				t.Error("no kill came late enough for anything to be written")
			}
		})
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

package main

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/mock"
)

// canaryArgs returns the arguments with which commands are tried that do more with
// some than without any; every other command is run as it is. EVENTS stands for
// the samples of the project, KEYFILE for a file with the key.
func canaryArgs() map[string][]string {
	return map[string][]string{
		"konhook fetch":       {"--all --save c.ndjson --save-dir events", "user.created -f json", "user.created -f capture", "--all -f ndjson", "user.created user.edited"},
		"konhook replay":      {"--last all --to http://127.0.0.1:1", "--last user.created --to http://127.0.0.1:1 -f json", "EVENTS --to http://127.0.0.1:1 --dry-run"},
		"konhook watch":       {"--include-last --count 2 --save w.ndjson --state w.state", "--for 100ms -f ndjson"},
		"konhook probe":       {"http://127.0.0.1:1", "--list"},
		"konhook validate":    {"EVENTS", "KEYFILE-missing"},
		"konhook listen":      {"--addr 127.0.0.1:0 --for 50ms --save d.ndjson"},
		"konhook mock":        {"--addr 127.0.0.1:0 --api-key-file KEYFILE"},
		"konhook show":        {"EVENTS", "EVENTS -f capture"},
		"konhook sample":      {"", "--save-dir samples"},
		"konhook schema":      {"", "--all -o schemas"},
		"konhook schema diff": {"EVENTS"},
		"konhook config get":  {"api-key", "api-key-file", "site"},
		"konhook config set":  {"site acme", "api-key -", "api-key CANARY", "api-key=CANARY x"},
		"konhook config list": {"", "--show-origin"},
		"konhook config path": {""},
		"konhook config unset": {
			"timeout",
		},
		"konhook login":      {"", "--with-key", "--with-key=CANARY", "CANARY", "--api-key CANARY", "-api-key=CANARY", "--api-key=CANARY", "--api-key-file KEYFILE"},
		"konhook logout":     {""},
		"konhook doctor":     {"", "-f json"},
		"konhook completion": {"bash"},
		"konhook help":       {"login"},
		"konhook version":    {"", "-f json"},
	}
}

// canaryCommands returns every command of the tree that does something.
func canaryCommands(cmd *cobra.Command) (all []*cobra.Command) {
	if cmd.Runnable() && cmd.HasParent() {
		all = append(all, cmd)
	}
	for _, c := range cmd.Commands() {
		all = append(all, canaryCommands(c)...)
	}
	return all
}

// canaryPlaces returns what puts the key where users may: each returns the global flags that
// point there. Files of theirs lie in private.
func canaryPlaces() map[string]putCanary {
	return map[string]putCanary{
		"environment": func(t *testing.T, _, _ string) string {
			t.Setenv("KONHOOK_API_KEY", fetchCanary)
			return ""
		},
		"flag": func(_ *testing.T, _, private string) string {
			return "--api-key-file " + filepath.Join(private, "key")
		},
		"configuration": func(t *testing.T, _, private string) string {
			file := filepath.Join(private, "config.yaml")
			writeCanary(t, file, "api-key: "+fetchCanary+"\n")
			return "--config " + file
		},
		"login": func(t *testing.T, home, _ string) string {
			text, err := json.Marshal(map[string]any{"konhook": 1, "keys": map[string]string{canaryAccount(t): fetchCanary}})
			if err != nil {
				t.Fatal(err)
			}
			writeCanary(t, filepath.Join(home, "konhook", "keys.json"), string(text))
			return ""
		},
	}
}

type putCanary func(t *testing.T, home, private string) (flags string)

func canaryAccount(t *testing.T) string {
	t.Helper()
	u, err := url.Parse(os.Getenv("KONHOOK_BASE_URL"))
	if err != nil {
		t.Fatal(err)
	}
	return u.Host
}

func writeCanary(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// lull ends a command once nothing is heard of it any more: it has printed nothing for a
// while, and no API that it asks has answered.
type lull struct {
	mu    sync.Mutex
	timer *time.Timer
}

// begin ends what the command runs with. One of which nothing is heard at all has a
// little longer.
func (l *lull) begin(end func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer = time.AfterFunc(200*time.Millisecond, end)
}

func (l *lull) heard() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.timer != nil && l.timer.Stop() {
		l.timer.Reset(50 * time.Millisecond)
	}
}

// over says that the command has ended.
func (l *lull) over() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.timer.Stop()
	l.timer = nil
}

// heardOf is a stream of a command.
type heardOf struct {
	bytes.Buffer
	lull *lull
}

func (h *heardOf) Write(p []byte) (int, error) {
	h.lull.heard()
	return h.Buffer.Write(p)
}

// canaryServers are APIs that do with the key what no honest one does.
func canaryServers(t *testing.T, l *lull) map[string]*httptest.Server {
	t.Helper()
	echo := func(status int) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			key := r.Header.Get("X-API-KEY")
			for _, name := range []string{"Location", "X-Echo", "Set-Cookie", "Retry-After", "Content-Type", "X-" + key, "X-RateLimit-Limit", "Date"} {
				w.Header().Set(name, "x"+key)
			}
			w.WriteHeader(status)
			fmt.Fprintf(w, "<b>%s</b> %q %s", key, key, strings.ToUpper(key))
		}
	}
	samples, _, err := mockEvents(t.Context(), newApp(&streams{}), mockOptions{seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	handlers := map[string]http.Handler{"honest": mock.New(mock.Options{Key: fetchCanary, Events: samples, RateLimit: -1})}
	for _, status := range []int{200, 302, 401, 404, 429, 500} {
		handlers[fmt.Sprint("echo ", status)] = echo(status)
	}
	servers := map[string]*httptest.Server{}
	for name, h := range handlers {
		servers[name] = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			h.ServeHTTP(w, r)
			l.heard()
		}))
		t.Cleanup(servers[name].Close)
	}
	return servers
}

// showsCanary reports whether a text has the key in it, or most of it, as it is
// or in another dress.
func showsCanary(text []byte) bool {
	text = bytes.ToLower(text)
	for _, part := range []string{fetchCanary, fetchCanary[:12], base64.StdEncoding.EncodeToString([]byte(fetchCanary))[:16], fmt.Sprintf("%x", fetchCanary[:12])} {
		if bytes.Contains(text, []byte(strings.ToLower(part))) {
			return true
		}
	}
	return false
}

// TestShowsCanary has the search find what it is for, and the commands find the
// key where it was put: else TestCanary would see nothing.
func TestShowsCanary(t *testing.T) {
	for _, text := range []string{fetchCanary, "x" + strings.ToUpper(fetchCanary), fetchCanary[:15] + "...", "eyJrIjoi", fmt.Sprintf("%x", fetchCanary), base64.StdEncoding.EncodeToString([]byte(fetchCanary))} {
		if showsCanary([]byte(text)) == (text == "eyJrIjoi") {
			t.Errorf("%q", text)
		}
	}
	server := canaryServers(t, new(lull))["honest"]
	for place, put := range canaryPlaces() {
		t.Run(place, func(t *testing.T) {
			home, private := t.TempDir(), t.TempDir()
			writeCanary(t, filepath.Join(private, "key"), fetchCanary+"\n")
			t.Setenv("XDG_CONFIG_HOME", home)
			t.Setenv("KONHOOK_BASE_URL", server.URL+mock.BasePath)
			line := "fetch user.created " + put(t, home, private)
			var out, stderr bytes.Buffer
			code := run(t.Context(), strings.Fields(line), &streams{in: strings.NewReader(""), out: &out, err: &stderr, width: 80})
			if code != exitOK || !strings.Contains(out.String(), "User/Created") {
				t.Errorf("exit %d: %s", code, &stderr)
			}
		})
	}
}

// TestCanary runs every command, with the key in each place it may be, against
// honest and other APIs, with and without details, and looks for the key in all
// that comes out and in every file that is left.
func TestCanary(t *testing.T) {
	quiet := new(lull)
	servers := canaryServers(t, quiet)
	events, err := filepath.Abs(filepath.Join("..", "..", "testdata", "events")) // before the current folder changes
	if err != nil {
		t.Fatal(err)
	}
	names := canaryCommands(newRootCommand(newApp(&streams{})))
	for place, put := range canaryPlaces() {
		for api, server := range servers {
			t.Run(place+", "+api, func(t *testing.T) {
				private := t.TempDir()
				writeCanary(t, filepath.Join(private, "key"), fetchCanary+"\n")
				for _, cmd := range names {
					if api != "honest" && cmd.Flags().Lookup("cacert") == nil {
						continue // it asks no API
					}
					for _, args := range orNothing(canaryArgs()[cmd.CommandPath()]) {
						line := strings.TrimPrefix(cmd.CommandPath(), "konhook ") + " " + strings.ReplaceAll(args, "EVENTS", events)
						for _, more := range []string{"-v", canaryQuiet(cmd)} {
							runCanary(t, private, server.URL+mock.BasePath, put, line+" "+more, quiet)
						}
					}
				}
			})
		}
	}
}

// canaryQuiet returns the flags with which a command tells errors alone, and those
// without a wait before them.
func canaryQuiet(cmd *cobra.Command) string {
	if cmd.Flags().Lookup("max-wait") != nil {
		return "-q --max-wait 0s"
	}
	return "-q"
}

func orNothing(args []string) []string {
	if args == nil {
		return []string{""}
	}
	return args
}

func runCanary(t *testing.T, private, base string, put putCanary, line string, quiet *lull) {
	t.Helper()
	work := t.TempDir()
	t.Chdir(work)
	t.Setenv("HOME", work)
	t.Setenv("XDG_CONFIG_HOME", filepath.Join(work, "config"))
	t.Setenv("KONHOOK_BASE_URL", base)
	t.Setenv("KONHOOK_API_KEY", "")
	line += " " + put(t, filepath.Join(work, "config"), private)
	line = strings.NewReplacer("KEYFILE", filepath.Join(private, "key"), "CANARY", fetchCanary).Replace(line)
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	out, stderr := &heardOf{lull: quiet}, &heardOf{lull: quiet}
	args := strings.Fields(line)
	quiet.begin(func() { cancel(&signalError{syscall.SIGINT}) })
	run(ctx, args, &streams{in: strings.NewReader(fetchCanary + "\n"), out: out, err: stderr, width: 80})
	quiet.over()
	if showsCanary(out.Bytes()) || showsCanary(stderr.Bytes()) {
		t.Errorf("%q shows the key:\n%s\n%s", args, out, stderr)
	}
	for _, file := range canaryFiles(t, work) {
		t.Errorf("%q leaves the key in %s", line, file)
	}
}

// canaryFiles returns the files in a folder that hold the key and were not asked
// to.
func canaryFiles(t *testing.T, folder string) (files []string) {
	t.Helper()
	asked := []string{filepath.Join("config", "konhook", "keys.json"), filepath.Join("config", "konhook", "config.yaml")}
	err := filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}
		text, err := os.ReadFile(path)
		if name, _ := filepath.Rel(folder, path); showsCanary(text) && !slices.Contains(asked, name) {
			files = append(files, name)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// panicky panics with the key when something is written to it.
type panicky struct{ with string }

func (p panicky) Write([]byte) (int, error) { panic(p.with) }

func TestCanaryInPanics(t *testing.T) {
	servers := canaryServers(t, new(lull))
	for place, put := range canaryPlaces() {
		t.Run(place, func(t *testing.T) {
			private := t.TempDir()
			writeCanary(t, filepath.Join(private, "key"), fetchCanary+"\n")
			t.Setenv("XDG_CONFIG_HOME", t.TempDir())
			t.Setenv("KONHOOK_BASE_URL", servers["honest"].URL+mock.BasePath)
			t.Setenv("KONHOOK_API_KEY", "")
			line := "fetch user.created -v " + put(t, os.Getenv("XDG_CONFIG_HOME"), private)
			var stderr bytes.Buffer
			code := run(t.Context(), strings.Fields(line), &streams{in: strings.NewReader(""), out: panicky{"boom " + fetchCanary}, err: &stderr, width: 80})
			if code != exitBug || showsCanary(stderr.Bytes()) || !strings.Contains(stderr.String(), "boom "+event.Redacted) || !strings.Contains(stderr.String(), "goroutine") {
				t.Errorf("exit %d: %s", code, &stderr)
			}
		})
	}
}

// TestCanaryOverRedirects has every command that asks the API redirected, within
// http and from https to http: the other host sees nothing at all.
func TestCanaryOverRedirects(t *testing.T) {
	var seen atomic.Int32
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { seen.Add(1) }))
	defer other.Close()
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	t.Setenv("KONHOOK_API_KEY", fetchCanary)
	for _, status := range []int{301, 302, 303, 307, 308} {
		var mu sync.Mutex
		asked := 0
		redirect := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			defer mu.Unlock()
			if r.Header.Get("X-API-KEY") == fetchCanary {
				asked++
			}
			http.Redirect(w, r, other.URL+r.URL.Path+"?key="+fetchCanary, status)
		})
		plain := httptest.NewServer(redirect)
		secure := httptest.NewUnstartedServer(redirect)
		secure.Config.ErrorLog = log.New(new(bytes.Buffer), "", 0)
		secure.StartTLS()
		app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
		lines := []string{
			"fetch user.created -v", "fetch --all -f ndjson", "doctor -v", "login --with-key -v",
			"fetch user.created -v --insecure", "doctor --insecure", "login --with-key --insecure",
			"replay --last user.created -v --to " + app.URL, "watch -v",
		}
		for _, line := range lines {
			base := plain.URL
			if strings.Contains(line, "--insecure") {
				base = secure.URL
			}
			ctx, cancel := context.WithCancelCause(t.Context())
			endless := strings.HasPrefix(line, "watch") // tells of it and tries again
			var out bytes.Buffer
			stderr := hangUp{interrupt: func(text []byte) {
				if endless && bytes.Contains(text, []byte("asking again")) {
					cancel(&signalError{syscall.SIGINT})
				}
			}}
			code := run(ctx, append(strings.Fields(line), "--base-url", base),
				&streams{in: strings.NewReader(fetchCanary), out: &out, err: &stderr, width: 80})
			cancel(nil)
			if code != exitRemote && !endless || showsCanary(out.Bytes()) || showsCanary(stderr.text.Bytes()) {
				t.Errorf("%d, %s: exit %d\n%s%s", status, line, code, &out, &stderr.text)
			}
		}
		app.Close()
		plain.Close()
		secure.Close()
		if asked < len(lines) {
			t.Errorf("%d: only %d requests had the key", status, asked)
		}
	}
	if seen.Load() != 0 {
		t.Errorf("the other host was asked %d times", seen.Load())
	}
}

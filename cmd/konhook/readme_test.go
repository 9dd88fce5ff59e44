//go:build unix

package main

import (
	"bufio"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/mock"
	"github.com/konhook/konhook/pkg/probe"
	"github.com/konhook/konhook/pkg/sample"
	"github.com/konhook/konhook/pkg/schema"
)

const readme = "../../README.md"

// TestReadme runs every example of the README in the order in which they stand,
// as a user would who has a site, a key and a receiver: only addresses are
// replaced, so that no port is fixed.
func TestReadme(t *testing.T) {
	needProgram(t, "sh")
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	r := newReader(t)
	blocks := blocksOf(string(text), "sh")
	if len(blocks) < 8 {
		t.Fatalf("only %d examples", len(blocks))
	}
	for _, block := range blocks {
		t.Run(strings.SplitN(block, "\n", 2)[0], func(t *testing.T) {
			switch {
			case strings.Contains(block, "go test ./..."):
				if block != "go run ./cmd/konhook demo\ngo test ./...\n" {
					t.Errorf("the two commands have changed:\n%s", block)
				}
			case strings.Contains(block, "konhook listen") && !strings.Contains(block, " -- "):
				r.listens(t, block)
			default:
				if out, err := r.command(block).CombinedOutput(); err != nil {
					t.Errorf("%v\n%s", err, out)
				}
			}
		})
	}
}

// blocksOf returns the fenced blocks of a language.
func blocksOf(text, language string) (blocks []string) {
	for _, part := range strings.Split(text, "\n```"+language+"\n")[1:] {
		block, _, _ := strings.Cut(part, "```")
		blocks = append(blocks, block)
	}
	return blocks
}

// reader is the user who follows the README.
type reader struct {
	folder string
	env    []string
	app    string // where the user's own receiver is
}

func newReader(t *testing.T) *reader {
	t.Helper()
	made := sample.New(1, sample.Epoch)
	var events []*event.Event
	for _, k := range event.Types() {
		events = append(events, made.Generate(k))
	}
	site := httptest.NewServer(mock.New(mock.Options{Key: demoKey, Events: events}))
	t.Cleanup(site.Close)
	app := httptest.NewServer(soundReceiver(t))
	t.Cleanup(app.Close)
	r := &reader{folder: t.TempDir(), app: app.URL}
	home := filepath.Join(r.folder, "home")
	r.env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, ".config"),
		"KONHOOK_BASE_URL="+site.URL+mock.BasePath, "KONHOOK_API_KEY="+demoKey)
	samples, err := filepath.Abs("../../testdata/events")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.CopyFS(filepath.Join(r.folder, "testdata", "events"), os.DirFS(samples)); err != nil {
		t.Fatal(err)
	}
	return r
}

// soundReceiver takes events that follow the schema.
func soundReceiver(t *testing.T) http.HandlerFunc {
	t.Helper()
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return func(w http.ResponseWriter, r *http.Request) {
		var findings []schema.Finding
		n := 0
		for e, err := range event.ReadFrom(r.Context(), r.Body, "body", event.ReadOptions{Whole: true}) {
			if n++; err != nil {
				w.WriteHeader(http.StatusBadRequest)
				return
			}
			findings = append(findings, v.Check(e)...)
		}
		if n != 1 || slices.ContainsFunc(findings, func(f schema.Finding) bool { return f.Severity == schema.Error }) {
			w.WriteHeader(http.StatusBadRequest)
		}
	}
}

func (r *reader) command(block string) *exec.Cmd {
	block = strings.ReplaceAll(block, "http://localhost:5000", r.app)
	block = strings.ReplaceAll(block, "konhook listen", "exec konhook listen --addr 127.0.0.1:0")
	cmd := exec.Command("sh", "-euc", block)
	cmd.Dir, cmd.Env = r.folder, r.env
	return cmd
}

// listens runs an example that listens, sends it a delivery and interrupts it.
func (r *reader) listens(t *testing.T, block string) {
	t.Helper()
	cmd := r.command(block)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said, sent := "", false
	url := regexp.MustCompile(`http://127\.0\.0\.1:\d+/`)
	for lines := bufio.NewScanner(stderr); lines.Scan(); {
		said += lines.Text() + "\n"
		if at := url.FindString(lines.Text()); at != "" && !sent {
			sent = true
			answer, err := http.Post(at+"webhook", "application/json", strings.NewReader(`{"type":"User/Created","occuredAt":1,"body":{"user":{"id":"u","name":"n"}}}`))
			if err != nil {
				t.Error(err)
			} else {
				answer.Body.Close()
			}
			_ = cmd.Process.Signal(syscall.SIGINT) // may have ended by itself
		}
	}
	if err := cmd.Wait(); err != nil || !sent {
		t.Errorf("%v\n%s", err, said)
	}
}

// TestReadmeShowsTheDemo holds the picture of the demo in the README against
// what the demo prints, but for numbers.
func TestReadmeShowsTheDemo(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	pictures := blocksOf(string(text), "text")
	if len(pictures) == 0 {
		t.Fatal("no picture")
	}
	out, err := exec.Command("konhook", "demo").CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	want, got := shape(pictures[0]), shape(string(out))
	if !slices.Equal(want, got) {
		t.Errorf("the README shows:\n%s\nthe demo prints:\n%s", strings.Join(want, "\n"), strings.Join(got, "\n"))
	}
	for line := range strings.SplitSeq(string(out), "\n") {
		if len([]rune(line)) > 80 {
			t.Errorf("longer than 80 columns: %s", line)
		}
	}
}

// TestReadmeShowsFindings holds what the README shows of a broken payload
// against what validate prints of it.
func TestReadmeShowsFindings(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	const prompt = "$ konhook validate broken.json\n"
	for _, block := range blocksOf(string(text), "text") {
		shown, ok := strings.CutPrefix(block, prompt)
		if !ok {
			continue
		}
		payload := strings.TrimSpace(strings.Split(shown, "\n")[1]) // the line that the first finding shows
		cmd := exec.Command("konhook", "validate", "broken.json")
		cmd.Dir = t.TempDir()
		if err := os.WriteFile(filepath.Join(cmd.Dir, "broken.json"), []byte(payload), 0o600); err != nil {
			t.Fatal(err)
		}
		out, _ := cmd.Output() // it is invalid: exit 1
		if string(out) != shown {
			t.Errorf("the README shows:\n%s\nvalidate prints:\n%s", shown, out)
		}
		return
	}
	t.Error("the README shows no findings")
}

// TestReadmeShowsWhatIsMissing holds the table of an expectation that is not met
// against what listen prints.
func TestReadmeShowsWhatIsMissing(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("konhook", "listen", "--addr", "127.0.0.1:0", "--expect", "user.created=2", "--expect", "course.*",
		"--", "sh", "-c", `konhook sample | konhook replay -q --to "$KONHOOK_URL"`)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
	var stderr strings.Builder
	cmd.Stderr = &stderr
	_ = cmd.Run() // it ends with 1
	_, said, _ := strings.Cut(stderr.String(), "konhook: ")
	if said = "konhook: " + said; !slices.Contains(blocksOf(string(text), "text"), said) {
		t.Errorf("the README does not show:\n%s", said)
	}
}

// TestReadmeShowsAProbe holds what the README shows of a receiver that takes
// everything against what probe prints of one.
func TestReadmeShowsAProbe(t *testing.T) {
	text, err := os.ReadFile(readme)
	if err != nil {
		t.Fatal(err)
	}
	if count := fmt.Sprintf("in %d cases", len(probe.Cases())); !strings.Contains(string(text), count) {
		t.Errorf("the README does not say %q", count)
	}
	app := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	t.Cleanup(app.Close)
	const url = "http://localhost:5000"
	for _, block := range blocksOf(string(text), "text") {
		command, shown, _ := strings.Cut(block, "\n")
		args, ok := strings.CutPrefix(command, "$ konhook probe ")
		if !ok {
			continue
		}
		cmd := exec.Command("konhook", append([]string{"probe", "--max-latency", "20s"}, strings.Fields(strings.ReplaceAll(args, url, app.URL))...)...)
		cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir())
		out, _ := cmd.Output() // it is not good: exit 1
		if got := strings.ReplaceAll(string(out), app.URL, url); got != shown {
			t.Errorf("the README shows:\n%s\nprobe prints:\n%s", shown, got)
		}
		return
	}
	t.Error("the README shows no probe")
}

// shape returns the lines of a text with its numbers and spaces made alike.
func shape(text string) []string {
	text = regexp.MustCompile(`[0-9][0-9.]*`).ReplaceAllString(text, "N")
	text = regexp.MustCompile(` (h|min|s|d) ago`).ReplaceAllString(text, " T ago")
	text = regexp.MustCompile(` (B|kB|KiB)\b`).ReplaceAllString(text, " B")
	text = regexp.MustCompile(` (µs|ms|s)\b`).ReplaceAllString(text, " ms")
	text = regexp.MustCompile(` +`).ReplaceAllString(text, " ")
	return strings.Split(strings.TrimSpace(text), "\n")
}

//go:build unix

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// wrongUses is the table of wrong uses and of what is said of them, as an archive
// with the files that they read. A row begins with a line as it is typed:
//
//	$ KONHOOK_SITE=acme konhook fetch 'user.*' < FILE
//
// To add one, write that line and let UPDATE_SCRIPTS=1 write the rest.
const wrongUses = "../../testdata/wrong-uses.golden"

// fewestWrongUses keeps the table from becoming shorter unseen.
const fewestWrongUses = 200

// TestWrongUses tries every wrong use of the table in a folder of its own, holds
// each answer against the manners that all of them have, and the whole against
// the file.
func TestWrongUses(t *testing.T) {
	golden, err := filepath.Abs(wrongUses)
	if err != nil {
		t.Fatal(err)
	}
	archive, err := txtar.ParseFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	world := newWrongWorld(t, archive.Files)
	untried := commandPaths(newRootCommand(newApp(&streams{width: 80})))
	var b strings.Builder
	rows := 0
	for line := range strings.SplitSeq(string(archive.Comment), "\n") {
		switch {
		case strings.HasPrefix(line, "# "):
			fmt.Fprintf(&b, "%s\n\n", line)
		case strings.HasPrefix(line, "$ "):
			use := world.try(t, strings.TrimPrefix(line, "$ "))
			use.check(t)
			fmt.Fprintf(&b, "%s\n%s\n", line, use)
			rows++
			delete(untried, use.command.CommandPath())
		}
	}
	if rows < fewestWrongUses || len(untried) > 0 {
		t.Errorf("%d rows, want %d at least; commands without one: %v", rows, fewestWrongUses, untried)
	}
	if os.Getenv("UPDATE_SCRIPTS") != "" {
		archive.Comment = []byte(b.String())
		if err := os.WriteFile(golden, txtar.Format(archive), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(string(archive.Comment), b.String()); diff != "" {
		t.Errorf("the table (-) and what is said (+); UPDATE_SCRIPTS=1 writes it anew:\n%s", diff)
	}
}

// TestEmptyValues gives each flag of each command that takes one value an empty one.
func TestEmptyValues(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", "")
	over, stop := context.WithCancel(t.Context())
	stop() // what would go on for ever ends at once
	filled := map[string][]string{
		"konhook config get": {"site"}, "konhook config set": {"site", "acme"}, "konhook config unset": {"site"},
		"konhook completion": {"bash"},
	}
	tried := 0
	for path := range commandPaths(newRootCommand(newApp(&streams{width: 80}))) {
		cmd, _, err := newRootCommand(newApp(&streams{width: 80})).Find(strings.Fields(path)[1:])
		if err != nil || cmd.RunE == nil {
			continue
		}
		try := func(f *pflag.Flag) {
			if f.Value.Type() != "string" || f.Name == "body" || f.Name == "signature-prefix" {
				return
			}
			tried++
			args := slices.Concat(strings.Fields(path)[1:], filled[path], []string{"--" + f.Name + "="})
			var out, stderr bytes.Buffer
			code := run(over, args, &streams{in: strings.NewReader(""), out: &out, err: &stderr, width: 80})
			if code != exitUsage || out.Len() > 0 || !strings.HasPrefix(stderr.String(), "konhook: --"+f.Name+": its value is empty\n  try: --"+f.Name) {
				t.Errorf("%s --%s=: exit %d\n%s%s", path, f.Name, code, &out, &stderr)
			}
		}
		cmd.Flags().VisitAll(try)
		cmd.InheritedFlags().VisitAll(try)
	}
	if tried < 100 {
		t.Errorf("only %d flags were tried", tried)
	}
}

// commandPaths are the commands that can be used wrongly: all but hidden ones.
func commandPaths(cmd *cobra.Command) map[string]bool {
	paths := map[string]bool{cmd.CommandPath(): true}
	for _, sub := range cmd.Commands() {
		if sub.IsAvailableCommand() {
			for path := range commandPaths(sub) {
				paths[path] = true
			}
		}
	}
	return paths
}

// wrongWorld is where the wrong uses are tried: a folder with files, and an API
// that refuses every key.
type wrongWorld struct{ variables []string } // with their values, as a replacer takes them

func newWrongWorld(t *testing.T, files []txtar.File) *wrongWorld {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	for name, value := range map[string]string{
		"HOME": dir, "XDG_CONFIG_HOME": filepath.Join(dir, "config"), "XDG_CACHE_HOME": filepath.Join(dir, "cache"),
		"KONHOOK_KEYRING": "never", "NO_COLOR": "", "CLICOLOR_FORCE": "", "SHELL": "", "GITHUB_ACTIONS": "",
	} {
		t.Setenv(name, value)
	}
	for _, f := range files {
		if err := os.MkdirAll(filepath.Dir(f.Name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(f.Name, f.Data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod("open.yaml", 0o666); err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusUnauthorized) }))
	t.Cleanup(server.Close)
	host := strings.TrimPrefix(server.URL, "http://")
	return &wrongWorld{[]string{"$PORT", host[strings.LastIndex(host, ":")+1:], "$DIR", dir}}
}

// wrongUse is one try.
type wrongUse struct {
	line        string
	args        []string
	command     *cobra.Command
	code        int
	out, stderr string
}

// try runs the program as a line says, which the shell would read in the same way.
func (w *wrongWorld) try(t *testing.T, line string) wrongUse {
	t.Helper()
	var restores []func()
	defer func() {
		for _, restore := range restores {
			restore()
		}
	}()
	words := shellWords(strings.NewReplacer(w.variables...).Replace(line))
	var out, stderr bytes.Buffer
	std := &streams{in: strings.NewReader(""), out: &out, err: &stderr, width: 80}
	for ; words[0] != "konhook"; words = words[1:] {
		name, value, _ := strings.Cut(words[0], "=")
		restores = append(restores, setFor(t, name, value))
	}
	if at := slices.Index(words, "<"); at >= 0 {
		in, err := os.ReadFile(words[at+1])
		if err != nil {
			t.Fatal(err)
		}
		std.in, words = bytes.NewReader(in), words[:at]
	}
	use := wrongUse{line: line, args: words[1:]}
	use.command, _, _ = newRootCommand(newApp(std)).Find(use.args) // the root, where there is no such command
	done := make(chan int, 1)
	go func() { done <- run(t.Context(), use.args, std) }()
	select {
	case use.code = <-done:
	case <-time.After(time.Minute):
		t.Fatalf("%s: does not end", line)
	}
	use.out, use.stderr = w.portable(out.String()), w.portable(stderr.String())
	return use
}

// setFor sets a variable for one row: testing would keep it for the others, too.
func setFor(t *testing.T, name, value string) (restore func()) {
	t.Helper()
	old, was := os.LookupEnv(name)
	if err := os.Setenv(name, value); err != nil { //nolint:usetesting // see above
		t.Fatal(err)
	}
	return func() {
		if os.Unsetenv(name); was {
			os.Setenv(name, old) //nolint:usetesting // as it was
		}
	}
}

// portable returns text without what differs from run to run.
func (w *wrongWorld) portable(text string) string {
	for i := 0; i < len(w.variables); i += 2 {
		text = strings.ReplaceAll(text, w.variables[i+1], w.variables[i])
	}
	return text
}

// shellWords splits a line at spaces that are not between quotes.
func shellWords(line string) (words []string) {
	quoted, begun := false, false
	for _, r := range line {
		switch {
		case r == '\'':
			quoted = !quoted
			if !begun {
				words, begun = append(words, ""), true
			}
		case r == ' ' && !quoted:
			begun = false
		case !begun:
			words, begun = append(words, string(r)), true
		default:
			words[len(words)-1] += string(r)
		}
	}
	return words
}

// String is how a try stands in the file: its exit code, standard error, and the
// first line of standard output.
func (u wrongUse) String() string {
	text := fmt.Sprintf("exit %d\n", u.code)
	for line := range strings.Lines(u.stderr) {
		text += "2> " + line
	}
	if first, _, some := strings.Cut(u.out, "\n"); some {
		text += "1> " + first + "\n"
	}
	return text
}

// rawWords are of libraries, of Go and of usage dumps: nobody who uses a command
// needs them.
var rawWords = regexp.MustCompile(`(^|: |[">])(strconv|time|yaml|json|x509|tls|url|net|jsontext|jq|gojq|viper|pflag|mapstructure|pem|asn1): |` +
	`strconv\.|\bEOF\b|goroutine |\.go:\d|panic|runtime error|Usage|%!|<nil>|\bmap\[|dial tcp|unmarshal|invalid argument|[Pp]arsing|parse "`)

var (
	errorLine  = regexp.MustCompile(`^konhook: (.+)$`)
	beside     = regexp.MustCompile(`^(note|warning): .+|^nothing is set up yet; .+`)
	suggestion = regexp.MustCompile(`did you mean .*[^?]$`)
)

// check holds a try against what is true of every answer to a wrong use.
func (u wrongUse) check(t *testing.T) {
	t.Helper()
	fail := func(format string, args ...any) {
		t.Helper()
		t.Errorf("%s: %s\n%s", u.line, fmt.Sprintf(format, args...), u)
	}
	listed := strings.Split(u.command.Annotations[exitsKey], ",")
	if u.code == exitOK || !slices.Contains(listed, strconv.Itoa(u.code)) {
		fail("exit %d, while the help lists %v", u.code, listed)
	}
	if u.code == exitUsage && u.out != "" && u.command.Name() != "doctor" {
		fail("standard output has %q", u.out)
	}
	if raw := rawWords.FindString(u.stderr + u.out); raw != "" && u.command.Name() != "validate" {
		fail("%q is the word of a library", raw)
	}
	messages := u.messages(fail)
	if len(messages) == 0 && u.code != exitNo && u.command.Name() != "doctor" {
		fail("no error")
	}
	for _, m := range messages {
		if why := illMannered(m); why != "" {
			fail("%s", why)
		}
		if u.code == exitUsage && !strings.Contains(m, ": ") && !strings.Contains(m, "? ") {
			fail("it is not WHAT: WHY")
		}
	}
}

// messages returns what the errors say: lines, or objects of JSON.
func (u wrongUse) messages(fail func(string, ...any)) (messages []string) {
	errors := 0
	for line := range strings.SplitSeq(strings.TrimSuffix(u.stderr, "\n"), "\n") {
		var object struct {
			Error struct {
				Exit    int
				Message string
			}
		}
		switch m := errorLine.FindStringSubmatch(line); {
		case m != nil:
			messages, errors = append(messages, m[1]), 1
		case strings.HasPrefix(line, "  try: ") && errors == 1:
			errors = 0 // one for each
		case beside.MatchString(line), line == "":
		case json.Unmarshal([]byte(line), &object) == nil && object.Error.Exit > 0:
			messages = append(messages, object.Error.Message)
		default:
			fail("%q is neither an error nor what to try", line)
		}
	}
	return messages
}

// illMannered says what is wrong with the form of a message, if anything is. What
// the user wrote, names of flags, variables and files, and acronyms are as they
// are.
func illMannered(message string) string {
	first, _, _ := strings.Cut(message, " ")
	switch {
	case strings.HasSuffix(message, "."), strings.HasSuffix(message, "!"):
		return "it ends with a full stop"
	case unicode.IsUpper(rune(first[0])) && first != strings.ToUpper(first):
		return "it begins in upper case"
	case suggestion.MatchString(message):
		return "a question has no question mark"
	}
	return ""
}

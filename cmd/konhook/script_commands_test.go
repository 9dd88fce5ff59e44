package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

// scriptCommands are the commands that scripts have beside testscript's own.
func scriptCommands() map[string]func(*testscript.TestScript, bool, []string) {
	var l listeners
	return map[string]func(*testscript.TestScript, bool, []string){
		"exits":    scriptExits,
		"receiver": scriptReceiver,
		"mock":     scriptMock,
		"listener": l.start,
		"started":  l.startAny,
		"ended":    l.end,
		"await":    scriptAwait,
		"post":     scriptPost,

		"certificate": scriptCertificate,
		"tear":        scriptTear,
	}
}

// patience is how long something is waited for that comes at once on a machine with
// nothing else to do.
const patience = time.Minute

// scriptExits runs a command and checks its exit code: exits CODE COMMAND ARG...
// What it printed is there for stdout, stderr and cmp.
func scriptExits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND ARG...")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	err = ts.Exec(args[1], args[2:]...)
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// scriptMock runs konhook mock on a free port until the script ends: mock NAME
// ARG... It sets NAME_URL to the base URL, NAME_ADDR to its host and port,
// NAME_PORT to the port, and NAME_KEY to the key that is taken without
// --api-key-file. Its standard error goes to the file NAME.log.
func scriptMock(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: mock NAME ARG...")
	}
	name := args[0]
	cmd := exec.Command(scriptProgram(ts), append([]string{"mock", "--addr", "127.0.0.1:0"}, args[1:]...)...)
	cmd.Dir = ts.MkAbs(".")
	cmd.Env = scriptEnv(ts)
	log, err := os.Create(ts.MkAbs(name + ".log"))
	ts.Check(err)
	defer log.Close()
	cmd.Stderr = log
	ts.Check(cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ts.Defer(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		if err := <-ended; err != nil {
			ts.Logf("mock %s: %v", name, err)
		}
	})
	ready := awaitLine(ts, name+".log", regexp.MustCompile(`(?m)^ready: (http://([^/]+:(\d+))\S+)\n(?:.*\n)*  try: `), ended)
	ts.Setenv(name+"_URL", ready[1])
	ts.Setenv(name+"_ADDR", ready[2])
	ts.Setenv(name+"_PORT", ready[3])
	ts.Setenv(name+"_KEY", demoKey)
}

// scriptEnv is the environment of what a script runs in the background: where its
// home is, and more variables when they are named.
func scriptEnv(ts *testscript.TestScript, more ...string) (env []string) {
	for _, name := range append([]string{"HOME", "XDG_CONFIG_HOME", "GORACE"}, more...) {
		env = append(env, name+"="+ts.Getenv(name))
	}
	return env
}

// scriptAwait waits until a file that something in the background is writing has a
// match: await FILE PATTERN.
func scriptAwait(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: await FILE PATTERN")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	awaitLine(ts, args[0], pattern, nil)
}

// awaitLine returns what pattern finds in a file that a process in the background is
// writing, which ended tells of; nil for one of which nobody knows.
func awaitLine(ts *testscript.TestScript, file string, pattern *regexp.Regexp, ended chan error) []string {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(patience)
	for over := false; ; {
		text := ts.ReadFile(file) // after the process has ended, it is the last word
		if found := pattern.FindStringSubmatch(text); found != nil {
			return found
		}
		if over {
			ts.Fatalf("no %s in %s: %s", pattern, file, text)
		}
		select {
		case <-tick.C:
		case err := <-ended:
			ended <- err
			over = true
		case <-deadline:
			over = true
		}
	}
}

// scriptProgram returns the path of the program under test, for commands that
// run it themselves.
func scriptProgram(ts *testscript.TestScript) string {
	for _, dir := range filepath.SplitList(ts.Getenv("PATH")) {
		if path, err := exec.LookPath(filepath.Join(dir, "konhook")); err == nil {
			return path
		}
	}
	ts.Fatalf("no konhook in PATH")
	return ""
}

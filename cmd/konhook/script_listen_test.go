package main

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net/http"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/konhook/konhook/pkg/signature"
)

// listeners are the listeners of the scripts that run, and other commands that go on
// until they are told to end.
type listeners struct {
	mu  sync.Mutex
	all map[*testscript.TestScript]map[string]*scriptProcess
}

// scriptProcess is a process in the background of a script.
type scriptProcess struct {
	cmd   *exec.Cmd
	ended chan error
}

func (l *listeners) put(ts *testscript.TestScript, name string, p *scriptProcess) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.all == nil {
		l.all = map[*testscript.TestScript]map[string]*scriptProcess{}
	}
	if l.all[ts] == nil {
		l.all[ts] = map[string]*scriptProcess{}
	}
	l.all[ts][name] = p
}

func (l *listeners) get(ts *testscript.TestScript, name string) *scriptProcess {
	l.mu.Lock()
	defer l.mu.Unlock()
	p := l.all[ts][name]
	if p == nil {
		ts.Fatalf("no listener %s", name)
	}
	return p
}

// start runs konhook listen on a free port until the script ends: listener NAME
// ARG... It sets NAME_URL, NAME_ADDR and NAME_PORT. What it prints goes to the
// files NAME.out and NAME.log.
func (l *listeners) start(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 1 {
		ts.Fatalf("usage: listener NAME ARG...")
	}
	name := args[0]
	p := l.run(ts, name, scriptEnv(ts), append([]string{"listen", "--addr", "127.0.0.1:0"}, args[1:]...))
	url := awaitLine(ts, name+".log", regexp.MustCompile(`(?m)^ready: (https?://([^/]+:(\d+))/\S*)$`), p.ended)
	ts.Setenv(name+"_URL", url[1])
	ts.Setenv(name+"_ADDR", url[2])
	ts.Setenv(name+"_PORT", url[3])
}

// startAny runs any command of konhook until it ends, or the script: started NAME
// COMMAND ARG... What it prints goes to the files NAME.out and NAME.log.
func (l *listeners) startAny(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: started NAME COMMAND ARG...")
	}
	l.run(ts, args[0], scriptEnv(ts, "PATH", "KONHOOK_BASE_URL", "KONHOOK_API_KEY"), args[1:])
}

func (l *listeners) run(ts *testscript.TestScript, name string, env, args []string) *scriptProcess {
	cmd := exec.Command(scriptProgram(ts), args...)
	cmd.Dir, cmd.Env = ts.MkAbs("."), env
	for suffix, stream := range map[string]*io.Writer{".out": &cmd.Stdout, ".log": &cmd.Stderr} {
		file, err := os.Create(ts.MkAbs(name + suffix))
		ts.Check(err)
		ts.Defer(func() { file.Close() })
		*stream = file
	}
	ts.Check(cmd.Start())
	p := &scriptProcess{cmd, make(chan error, 1)}
	go func() { p.ended <- cmd.Wait() }()
	l.put(ts, name, p)
	ts.Defer(func() {
		_ = cmd.Process.Kill()
		<-p.ended
	})
	return p
}

// end waits until a listener, or what else was started, has ended and checks its exit
// code: ended CODE NAME [SIGNAL]. With INT, TERM or HUP it sends that first.
func (l *listeners) end(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: ended CODE NAME [INT|TERM|HUP]")
	}
	p := l.get(ts, args[1])
	if len(args) > 2 {
		signal := map[string]syscall.Signal{"INT": syscall.SIGINT, "TERM": syscall.SIGTERM, "HUP": syscall.SIGHUP}[args[2]]
		ts.Check(p.cmd.Process.Signal(signal))
	}
	var err error
	select {
	case err = <-p.ended:
		p.ended <- err
	case <-time.After(patience):
		ts.Fatalf("%s does not end", args[1])
	}
	got := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	}
	if want := args[0]; strconv.Itoa(got) != want {
		ts.Fatalf("exit code %d, want %s: %s", got, want, ts.ReadFile(args[1]+".log"))
	}
}

// scriptPost sends a file and checks the status of the answer: post STATUS URL
// FILE [HEADER...]. The status is drop when there is to be no answer. METHOD:GET
// and the like as a header is the method. The body of the answer is there for
// stdout.
func scriptPost(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: post STATUS URL FILE [HEADER...]")
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, args[1], strings.NewReader(ts.ReadFile(args[2])))
	ts.Check(err)
	for _, h := range args[3:] {
		name, value, _ := strings.Cut(h, ":")
		switch value = strings.TrimSpace(value); name {
		case "METHOD":
			req.Method = value
		case "SIGN":
			scriptSign(ts, req, value, ts.ReadFile(args[2]))
		case "Host":
			req.Host = value
		default:
			req.Header.Add(name, value)
		}
	}
	transport := &http.Transport{DisableKeepAlives: true, DisableCompression: true}
	transport.TLSClientConfig = &tls.Config{InsecureSkipVerify: true} // it is made for the run of a test
	res, err := transport.RoundTrip(req)
	if err != nil {
		if args[0] != "drop" {
			ts.Fatalf("%v", err)
		}
		return
	}
	defer res.Body.Close()
	_, err = io.Copy(ts.Stdout(), res.Body)
	ts.Check(err)
	if got := strconv.Itoa(res.StatusCode); got != args[0] {
		ts.Fatalf("answered %s, want %s", got, args[0])
	}
}

// scriptSign signs a request: SCHEME FILE [AGE].
func scriptSign(ts *testscript.TestScript, req *http.Request, how, body string) {
	words := strings.Fields(how + " 0s")
	age, err := time.ParseDuration(words[2])
	ts.Check(err)
	secrets, err := signature.LoadSecrets(ts.MkAbs(words[1]))
	ts.Check(err)
	signer, err := signature.NewSigner(signature.Options{Scheme: signature.Scheme(words[0]), Secrets: secrets[:1]})
	ts.Check(err)
	headers, err := signer.Sign("msg_1", time.Now().Add(-age), []byte(body))
	ts.Check(err)
	for _, h := range headers {
		req.Header[h.Name] = []string{h.Value}
	}
}

// scriptTear appends a file, without its last line break, to another one, as a
// writer does that is killed: tear FILE PART.
func scriptTear(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: tear FILE PART")
	}
	whole, part := ts.ReadFile(args[0]), ts.ReadFile(args[1])
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(whole+strings.TrimSuffix(part, "\n")), 0o600))
}

package probe

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a receiver and returns its URL.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = nil
	server.Start()
	t.Cleanup(server.Close)
	return server.URL + "/webhook"
}

// listen listens on a port of this machine.
func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// pipes is a network in memory, which a fake clock can see through: what has a limit
// of time is tried there, where no machine is too slow for it.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newPipes() *pipes {
	return &pipes{conns: make(chan net.Conn, 64), closed: make(chan struct{})}
}

func (p *pipes) dial(ctx context.Context) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		return ours, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.conns:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.UnixAddr{Name: "pipe"} }

// to are options for what listens at the other end of pipes.
func (p *pipes) to(cases ...string) Options {
	return Options{URL: "http://127.0.0.1:5000/webhook", Cases: cases, connect: p.dial}
}

// quick are those for one that lets the probe wait.
func (p *pipes) quick(cases ...string) Options {
	o := p.to(cases...)
	o.MaxLatency, o.Timeout = 500*time.Millisecond, time.Second
	return o
}

// raw starts a receiver that is no HTTP server: what to do with a connection is
// up to talk, which is given the request as it was read.
func raw(t *testing.T, talk func(c net.Conn, body string)) string {
	t.Helper()
	l := listen(t)
	attend(t, l, talk)
	return "http://" + l.Addr().String() + "/webhook"
}

// piped is raw over pipes.
func piped(t *testing.T, talk func(c net.Conn, body string)) *pipes {
	t.Helper()
	p := newPipes()
	attend(t, p, talk)
	return p
}

// attend reads a request from one connection after the other, and leaves the rest to
// talk.
func attend(t *testing.T, l net.Listener, talk func(c net.Conn, body string)) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			func() {
				defer c.Close()
				stop := context.AfterFunc(ctx, func() { c.Close() })
				defer stop()
				request, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				body, err := io.ReadAll(request.Body)
				if err == nil {
					talk(c, string(body))
				}
			}()
		}
	}()
	t.Cleanup(func() {
		cancel()
		l.Close()
		<-done
	})
}

// run probes a receiver and returns the results by the names of the cases.
func run(t *testing.T, o Options) map[string]Result {
	t.Helper()
	results := map[string]Result{}
	var counted Summary
	sum, err := Run(t.Context(), o, func(r Result) error {
		results[r.Case.Name] = r
		counted.Add(r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum != counted {
		t.Errorf("summary %+v, told %+v", sum, counted)
	}
	return results
}

// outcomes returns the names of the cases that came to an outcome, in their order.
func outcomes(results map[string]Result, o Outcome) (names []string) {
	for _, c := range Cases() {
		if r, ok := results[c.Name]; ok && r.Outcome == o {
			names = append(names, c.Name)
		}
	}
	return names
}

var errEnough = errors.New("enough")

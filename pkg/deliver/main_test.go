package deliver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/konhook/konhook/pkg/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// pipes is a network in memory, which a fake clock can see through.
type pipes struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once

	mu    sync.Mutex
	dials int
}

func (p *pipes) dial(ctx context.Context, _, _ string) (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case p.conns <- theirs:
		p.mu.Lock()
		defer p.mu.Unlock()
		p.dials++
		return ours, nil
	case <-p.closed:
		return nil, errors.New("closed")
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

// receive starts a receiver in memory and returns a sender whose connections
// all lead to it. stop ends both; it has to run inside the bubble of a test on
// a fake clock.
func receive(t *testing.T, o Options, handle http.HandlerFunc) (s *Sender, network *pipes, stop func()) {
	t.Helper()
	network = &pipes{conns: make(chan net.Conn), closed: make(chan struct{})}
	server := &http.Server{Handler: handle}
	done := make(chan error, 1)
	go func() { done <- server.Serve(network) }()
	s = New(o)
	s.connect = network.dial
	return s, network, func() {
		s.Close()
		server.Close()
		<-done
	}
}

// here is where the receivers of these tests are.
const here = "http://127.0.0.1:5000/webhook"

// lasting makes connections that are kept last for as long as a test may take: on a
// machine that does something else for a second they would be gone.
func (s *Sender) lasting() *Sender {
	s.pool.life = time.Hour
	return s
}

// resting returns the connections that are kept and not in use.
func (s *Sender) resting() (all []*conn) {
	s.pool.mu.Lock()
	defer s.pool.mu.Unlock()
	for _, list := range s.pool.conns {
		all = append(all, list...)
	}
	return all
}

// unhurried tries what has a limit of time that only a pause of our own may reach. A
// machine can pause for as long, so that it is tried with longer limits when it fails.
func unhurried(t *testing.T, try func(limit time.Duration) error) {
	t.Helper()
	for limit := 400 * time.Millisecond; ; limit *= 5 {
		err := try(limit)
		if err == nil {
			return
		}
		if limit >= 10*time.Second {
			t.Fatal(err)
		}
		t.Logf("with a limit of %s: %v", limit, err)
	}
}

// statuses answers with one status after the other, and the last one from then
// on.
func statuses(list ...int) http.HandlerFunc {
	var mu sync.Mutex
	return func(w http.ResponseWriter, _ *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		w.WriteHeader(list[0])
		if len(list) > 1 {
			list = list[1:]
		}
	}
}

// headers makes headers of names and values in turn.
func headers(pairs ...string) []event.Header {
	var list []event.Header
	for i := 0; i < len(pairs); i += 2 {
		list = append(list, event.Header{Name: pairs[i], Value: pairs[i+1]})
	}
	return list
}

// until waits for what the system is about to do.
func until(t *testing.T, done func() bool) {
	t.Helper()
	for begin := time.Now(); !done(); runtime.Gosched() {
		if time.Since(begin) > time.Minute {
			t.Fatal("it does not happen")
		}
	}
}

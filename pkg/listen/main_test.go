package listen

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/konhook/konhook/pkg/event"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// lenient is how long tests wait for what is to happen, which is in vain only when
// they fail: it is far more than even a machine takes that is busy with other things.
const lenient = time.Minute

const published = `{"occuredAt":1700000000,"type":"Course/Published","body":{}}`

// running is a receiver that serves.
type running struct {
	t    *testing.T
	addr string
	url  string
	r    *Receiver
	seen chan Observed // what On was told
	stop func()        // begins to stop
	done chan error    // what Serve returned
	dialer
}

// dialer is what clients connect with.
type dialer interface {
	DialContext(ctx context.Context, network, addr string) (net.Conn, error)
}

// start serves for the time of a test. Nothing that is under way when the receiver
// stops is cut off.
func start(t *testing.T, o Options) *running {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := prepare(t, o)
	s.r.grace = lenient
	s.addr, s.dialer = l.Addr().String(), &net.Dialer{}
	return s.serve(l)
}

// startInMemory serves in a bubble of synctest, where no time passes while somebody
// has something to do.
func startInMemory(t *testing.T, o Options) *running {
	t.Helper()
	l := &pipes{came: make(chan net.Conn, 1000), closed: make(chan struct{})}
	s := prepare(t, o)
	s.addr, s.dialer = "localhost:1", l
	return s.serve(l)
}

// prepare makes a receiver and serves nowhere.
func prepare(t *testing.T, o Options) *running {
	t.Helper()
	s := &running{t: t, seen: make(chan Observed, 10_000), done: make(chan error, 1)}
	on := o.On
	o.On = func(x Observed) {
		if on != nil {
			on(x)
		}
		s.seen <- x
	}
	var err error
	if s.r, err = New(o); err != nil {
		t.Fatal(err)
	}
	return s
}

func (s *running) serve(l net.Listener) *running {
	s.url = "http://" + s.addr + "/"
	ctx, stop := context.WithCancel(context.Background())
	s.stop = stop
	go func() { s.done <- s.r.Serve(ctx, l) }()
	s.t.Cleanup(func() { stop(); s.wait() })
	return s
}

// pipes is a listener in memory, and the way to it.
type pipes struct {
	came   chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func (p *pipes) Accept() (net.Conn, error) {
	select {
	case c := <-p.came:
		return c, nil
	case <-p.closed:
		return nil, net.ErrClosed
	}
}

func (p *pipes) Close() error {
	p.once.Do(func() { close(p.closed) })
	return nil
}

func (p *pipes) Addr() net.Addr { return &net.TCPAddr{} }

func (p *pipes) DialContext(context.Context, string, string) (net.Conn, error) {
	here, there := net.Pipe()
	p.came <- there
	return here, nil
}

// wait returns when Serve has, and leaves its error for the next to ask.
func (s *running) wait() error {
	s.t.Helper()
	select {
	case err := <-s.done:
		s.done <- err
		return err
	case <-time.After(2 * lenient):
		s.t.Fatal("the receiver does not stop")
		return nil
	}
}

// next returns what On is told next.
func (s *running) next() Observed {
	s.t.Helper()
	select {
	case x := <-s.seen:
		return x
	case <-time.After(lenient):
		s.t.Fatal("nothing was observed")
		return Observed{}
	}
}

// answer is what a client gets.
type answer struct {
	status int
	body   string
	header http.Header
}

// client keeps no connection open.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true}, Timeout: lenient}
}

// client is one whose connections lead to the receiver.
func (s *running) client() *http.Client {
	return &http.Client{Transport: &http.Transport{DisableKeepAlives: true, DialContext: s.DialContext}, Timeout: lenient}
}

// send sends a request with headers given as "Name: value".
func (s *running) send(method, path, body string, headers ...string) (answer, error) {
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.url+strings.TrimPrefix(path, "/"), strings.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Add(name, value)
	}
	res, err := s.client().Do(req)
	if err != nil {
		return answer{}, err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, string(text), res.Header}, err
}

func (s *running) post(body string, headers ...string) answer {
	s.t.Helper()
	a, err := s.send(http.MethodPost, "/", body, headers...)
	if err != nil {
		s.t.Fatal(err)
	}
	return a
}

// dial opens a connection for bytes of one's own.
func (s *running) dial() net.Conn {
	s.t.Helper()
	c, err := s.DialContext(s.t.Context(), "tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { c.Close() })
	if err := c.SetDeadline(time.Now().Add(lenient)); err != nil {
		s.t.Fatal(err)
	}
	return c
}

func (s *running) write(c net.Conn, text string) {
	s.t.Helper()
	if _, err := io.WriteString(c, text); err != nil {
		s.t.Fatal(err)
	}
}

// store is a Save that keeps deliveries, or fails.
type store struct {
	mu   sync.Mutex
	kept []*event.Delivery
	err  error
}

func (s *store) save(d *event.Delivery) func() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		err := s.err
		return func() error { return err }
	}
	s.kept = append(s.kept, d)
	return func() error { return nil }
}

func (s *store) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *store) ids() (all []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.kept {
		all = append(all, d.ID)
	}
	return all
}

// isJSON is a check that finds only broken JSON invalid.
type isJSON bool

func (v isJSON) Valid() bool { return bool(v) }

func checkJSON(e *event.Event) Verdict { return isJSON(bytes.HasPrefix(e.Body, []byte("{"))) }

package deliver

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/konhook/konhook/pkg/internal/loopback"
)

// Loopback reports whether a host, a name or an address without a port, stands
// for this machine alone: 127.0.0.0/8, ::1, localhost and the names below
// localhost (RFC 6761, section 6.3). It looks nothing up.
func Loopback(host string) bool { return loopback.IsOrBelow(host) }

// proxyFor keeps loopback out of the proxy that the environment asks for.
func proxyFor(r *http.Request) (*url.URL, error) { return loopback.Proxy(r, loopback.IsOrBelow) }

// UnreachableError says that nobody took a connection.
type UnreachableError struct {
	Addr string // host:port
	Err  error  // why
}

func (e *UnreachableError) Error() string { return "cannot reach " + e.Addr + ": " + e.Err.Error() }

// Unwrap returns Err.
func (e *UnreachableError) Unwrap() error { return e.Err }

// Reach connects to the host of a URL, or to the proxy that stands before it,
// and sends nothing. The connection is kept for a moment, for the first request
// to use. It gives up after the timeout of a request, but not before 2 s and not
// after 10 s. The error is an [*UnreachableError] unless the URL is none.
func (s *Sender) Reach(ctx context.Context, target string) error {
	addr, err := reachable(target)
	if err != nil || addr == "" {
		return err
	}
	limit := s.reachLimit()
	late := &networkError{"no connection within " + limit.String(), context.DeadlineExceeded}
	ctx, cancel := context.WithTimeoutCause(ctx, limit, late)
	defer cancel()
	c, err := s.connect(ctx, "tcp", addr)
	if err != nil {
		return &UnreachableError{addr, explain(ctx, err)}
	}
	s.dialed.put(addr, c, s.pool.life)
	return nil
}

// reachLimit is the timeout of a request within bounds: one that is meant for
// the answers of a quick receiver would make a busy machine look like one that
// nobody listens on, and to wait long for a connection is of no use.
func (s *Sender) reachLimit() time.Duration {
	const least, most = 2 * time.Second, 10 * time.Second
	if s.o.Timeout < 0 {
		return most
	}
	return min(max(s.o.Timeout, least), most)
}

// reachable returns the host and port that a request to target is to connect to.
// It is empty for a name beyond ASCII, which net/http alone knows how to write.
func reachable(target string) (string, error) {
	u, err := url.Parse(target)
	if err != nil {
		return "", err
	}
	proxy, err := proxyFor(&http.Request{URL: u})
	if err != nil {
		return "", err
	}
	if proxy != nil {
		u = proxy
	}
	if strings.ContainsFunc(u.Hostname(), func(r rune) bool { return r > unicode.MaxASCII }) {
		return "", nil
	}
	return addrOf(u), nil
}

// dial connects, or returns a connection that Reach has made.
func (s *Sender) dial(ctx context.Context, network, addr string) (net.Conn, error) {
	if c := s.dialed.take(addr); c != nil {
		return c, nil
	}
	return s.connect(ctx, network, addr)
}

// spares holds the connections that Reach has made until the first requests want
// them, so that a receiver does not see a connection without a request. They are not
// held for long: a receiver that serves one at a time waits for it, and others may
// be about to close it.
type spares struct {
	mu    sync.Mutex
	conns map[string]net.Conn // by address
}

func (s *spares) put(addr string, c net.Conn, life time.Duration) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if old, there := s.conns[addr]; there {
		old.Close()
	}
	if s.conns == nil {
		s.conns = make(map[string]net.Conn)
	}
	s.conns[addr] = c
	time.AfterFunc(life, func() { s.expire(addr, c) })
}

// expire closes a connection that nobody has wanted.
func (s *spares) expire(addr string, c net.Conn) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns[addr] == c {
		delete(s.conns, addr)
		c.Close()
	}
}

// take returns the connection that leads to addr, nil when there is none.
func (s *spares) take(addr string) net.Conn {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := s.conns[addr]
	delete(s.conns, addr)
	return c
}

func (s *spares) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.conns {
		c.Close()
	}
	clear(s.conns)
}

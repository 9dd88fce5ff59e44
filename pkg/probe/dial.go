package probe

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"syscall"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
)

// line is a connection to the receiver.
type line struct {
	net.Conn
	in   *bufio.Reader
	kept bool // it is for more than one message
}

// maxRead is how many bytes of one connection are read.
const maxRead = 4 << 20

// maxConnecting is how long a connection may take.
const maxConnecting = 10 * time.Second

// dial connects to the receiver. The connection fails with the context.
func (s *session) dial(ctx context.Context) (*line, error) {
	limited, cancel := context.WithTimeout(ctx, maxConnecting)
	defer cancel()
	var d net.Dialer
	if deliver.Loopback(s.target.Hostname()) {
		d.Control = onlyLoopback
	}
	conn, err := d.DialContext(limited, "tcp", s.addr)
	if err != nil {
		return nil, &deliver.UnreachableError{Addr: s.addr, Err: err}
	}
	if s.target.Scheme == "https" {
		secure := tls.Client(conn, s.secure)
		if err := secure.HandshakeContext(limited); err != nil {
			conn.Close()
			return nil, &deliver.UnreachableError{Addr: s.addr, Err: fmt.Errorf("no TLS: %w", err)}
		}
		conn = secure
	}
	return &line{Conn: conn, in: bufio.NewReader(io.LimitReader(conn, maxRead))}, nil
}

// onlyLoopback keeps a name of this machine to it, whatever a resolver says.
func onlyLoopback(_, addr string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !deliver.Loopback(host) {
		return fmt.Errorf("the name leads to %s, which is not this machine", host)
	}
	return nil
}

// address returns the host and port that a URL leads to.
func address(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	return net.JoinHostPort(u.Hostname(), port)
}

// isUnreachable reports whether nobody took a connection.
func isUnreachable(err error) bool {
	_, ok := errors.AsType[*deliver.UnreachableError](err)
	return ok
}

// Package loopback tells which hosts are this machine alone, and keeps them out of
// the proxy of the environment.
//
// There are two answers, as resolvers do not have to know the names below localhost
// (RFC 6761, section 6.3). Who asks a resolver wants [Is]. Who makes sure that they
// lead to this machine, as [Dial] does, wants [IsOrBelow].
package loopback

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"syscall"
)

// Is reports whether a host, without its port, is the name "localhost" or a
// loopback address.
func Is(host string) bool {
	return isAddress(host) || name(host) == "localhost"
}

// IsOrBelow is [Is] with the names below localhost, and takes addresses in
// brackets.
func IsOrBelow(host string) bool {
	return isAddress(strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")) || isName(host)
}

func isAddress(host string) bool {
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.IsLoopback()
}

func isName(host string) bool {
	return name(host) == "localhost" || strings.HasSuffix(name(host), ".localhost")
}

func name(host string) string { return strings.ToLower(strings.TrimSuffix(host, ".")) }

// Proxy returns the proxy that the environment names for a request, but none for
// what is loopback. Its error leaves out the text of the variable, which may hold
// a password.
func Proxy(r *http.Request, loopback func(host string) bool) (*url.URL, error) {
	if loopback(r.URL.Hostname()) {
		return nil, nil
	}
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the proxy that the environment names cannot be used")
	}
	return u, nil
}

// Dial connects. A name that stands for this machine never leads to another one,
// whatever a resolver says of it.
func Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	d, to := dialer(addr)
	return d.DialContext(ctx, network, to)
}

// dialer returns what connects to addr, and the address to give to it.
func dialer(addr string) (d net.Dialer, to string) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil || !isName(host) {
		return d, addr
	}
	d.Control = isHere
	return d, net.JoinHostPort("localhost", port)
}

// isHere refuses to connect to another machine.
func isHere(_, addr string, _ syscall.RawConn) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil || !isAddress(host) {
		return fmt.Errorf("localhost leads to %s, which is not this machine", host)
	}
	return nil
}

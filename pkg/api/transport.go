package api

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// parseBase reads the base URL.
func parseBase(text string) (*url.URL, error) {
	refuse := func(why string) (*url.URL, error) { return nil, &ConfigError{"the base URL", why} }
	if text == "" {
		return refuse("is missing")
	}
	u, err := url.Parse(text) // its error holds the whole URL
	switch {
	case err != nil:
		return refuse("is no URL")
	case u.Scheme != "https" && u.Scheme != "http":
		return refuse("does not begin with https://")
	case u.Hostname() == "":
		return refuse("names no host")
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return refuse("is plain http, which would show the API key to the network: use https for " + u.Host)
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/" // JoinPath makes relative paths otherwise
	}
	return u, nil
}

// Loopback reports whether a host without its port is this machine by its name
// "localhost" or by a loopback address.
func Loopback(host string) bool {
	if strings.EqualFold(strings.TrimSuffix(host, "."), "localhost") {
		return true
	}
	addr, err := netip.ParseAddr(host)
	return err == nil && addr.Unmap().IsLoopback()
}

// newTransport makes the transport that a client uses when it is given none. It
// asks for gzip and unpacks it, which the limit on the body's size is behind.
func newTransport(o Options) (*http.Transport, error) {
	roots, err := newRoots(o.RootCAs)
	if err != nil {
		return nil, err
	}
	return &http.Transport{
		Proxy:                  proxy,
		DialContext:            (&net.Dialer{KeepAlive: 15 * time.Second}).DialContext,
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{MinVersion: tls.VersionTLS12, RootCAs: roots, InsecureSkipVerify: o.Insecure}, //nolint:gosec // for loopback hosts only, see New
		MaxIdleConnsPerHost:    maxInFlight,
		IdleConnTimeout:        90 * time.Second,
		MaxResponseHeaderBytes: 256 << 10,
	}, nil
}

func newRoots(pem []byte) (*x509.CertPool, error) {
	if pem == nil {
		return nil, nil
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool()
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, &ConfigError{"the CA file", "holds no certificate in PEM"}
	}
	return roots, nil
}

// proxy asks the environment, but never for loopback. Its error leaves out the
// text of the variable, which may hold a password.
func proxy(r *http.Request) (*url.URL, error) {
	if Loopback(r.URL.Hostname()) {
		return nil, nil
	}
	u, err := http.ProxyFromEnvironment(r)
	if err != nil {
		return nil, errors.New("the proxy that the environment names cannot be used")
	}
	return u, nil
}

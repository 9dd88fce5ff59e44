package api

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/http"
	"net/url"
	"time"

	"github.com/konhook/konhook/pkg/internal/loopback"
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
		return refuse("plain http would show the API key to the network: write https://" + u.Host)
	}
	u.Fragment, u.RawFragment = "", ""
	if u.Path == "" {
		u.Path = "/" // JoinPath makes relative paths otherwise
	}
	return u, nil
}

// Loopback reports whether a host without its port is this machine by its name
// "localhost" or by a loopback address.
func Loopback(host string) bool { return loopback.Is(host) }

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

// proxy leaves names below localhost to the proxy, as it would to the resolver.
func proxy(r *http.Request) (*url.URL, error) { return loopback.Proxy(r, loopback.Is) }

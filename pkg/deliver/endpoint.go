package deliver

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net"
	"net/url"
	"strings"

	"github.com/konhook/konhook/pkg/internal/loopback"
	"github.com/konhook/konhook/pkg/internal/tlsfault"
)

// Endpoint is where a URL leads to, and how a request in HTTP/1.1 names it.
type Endpoint struct {
	// RequestURI stands in the first line of a request.
	RequestURI string
	// Host is the value of the header Host.
	Host string
	// Addr is what to connect to, as host:port.
	Addr string
	// Name is what the certificate of https has to be for.
	Name string
	// Authorization is the value of that header, from the user and the password in
	// the URL. Empty: there are none.
	Authorization string
	// Secure says that it is https.
	Secure bool
}

// errNoURL does not show the URL, which may have a password in it.
var errNoURL = errors.New("the URL of the receiver is no http or https URL")

// LeftOut stands for what may be a secret.
const LeftOut = "..."

// Harmless is what may be shown of text that is to be a URL: nothing of one that has
// something in it which may be as good as a password.
func Harmless(text string) string {
	if strings.ContainsAny(text, "@?") {
		return LeftOut
	}
	return text
}

// ParseEndpoint reads an absolute URL, http or https.
func ParseEndpoint(text string) (Endpoint, error) {
	_, e, err := parseEndpoint(text)
	return e, err
}

func parseEndpoint(text string) (*url.URL, Endpoint, error) {
	u, err := url.Parse(text)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, Endpoint{}, errNoURL
	}
	e := Endpoint{
		// A space would end the target in the first line.
		RequestURI: strings.ReplaceAll(u.RequestURI(), " ", "%20"),
		Host:       hostOf(u), Addr: addrOf(u), Name: strings.TrimSuffix(u.Hostname(), "."),
		Secure: u.Scheme == "https",
	}
	if u.User != nil {
		password, _ := u.User.Password()
		e.Authorization = "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
	}
	return u, e, nil
}

// Dial connects to the endpoint, with TLS when it is secure: settings are for that,
// nil stands for the roots of the system and TLS 1.2 or later. No proxy is asked. A
// name that stands for this machine never leads to another one, whatever a resolver
// says of it. The error is an [*UnreachableError].
func (e Endpoint) Dial(ctx context.Context, settings *tls.Config) (net.Conn, error) {
	c, err := loopback.Dial(ctx, "tcp", e.Addr)
	if err != nil {
		return nil, &UnreachableError{e.Addr, ofDial(err)}
	}
	if !e.Secure {
		return c, nil
	}
	secure, err := handshake(ctx, c, settings, e.Name)
	if err != nil {
		c.Close()
		return nil, &UnreachableError{e.Addr, err}
	}
	return secure, nil
}

// handshake speaks TLS over a connection.
func handshake(ctx context.Context, c net.Conn, settings *tls.Config, name string) (*tls.Conn, error) {
	if settings == nil {
		settings = &tls.Config{MinVersion: tls.VersionTLS12}
	} else {
		settings = settings.Clone()
	}
	if settings.ServerName == "" {
		settings.ServerName = name
	}
	settings.NextProtos = []string{"http/1.1"}
	secure := tls.Client(c, settings)
	err := secure.HandshakeContext(ctx)
	return secure, tlsfault.Explain(err)
}

// hostOf is the value of Host: without the zone of an address, which only this
// machine knows, and without the colon of a port that is not there.
func hostOf(u *url.URL) string {
	host := strings.TrimSuffix(u.Host, ":")
	if from := strings.IndexByte(host, '%'); from >= 0 && host[0] == '[' {
		host = host[:from] + host[strings.LastIndexByte(host, ']'):]
	}
	return host
}

// addrOf returns the host and port that a URL leads to, be it that of a proxy.
func addrOf(u *url.URL) string {
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "socks5": "1080", "socks5h": "1080"}[u.Scheme]
	}
	if port == "" {
		port = "80"
	}
	return net.JoinHostPort(u.Hostname(), port)
}

package main

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/listen"
)

// tlsOptions are how the listener speaks https.
type tlsOptions struct {
	on        bool
	cert, key string // files
}

func (o *tlsOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.on, "tls", false, "speak https, with a certificate made for this run")
	fs.StringVar(&o.cert, "tls-cert", "", "speak https with the certificate of the PEM `FILE`, and those that vouch for it")
	fs.StringVar(&o.key, "tls-key", "", "PEM `FILE` with the key of --tls-cert")
}

func (o tlsOptions) wanted() bool { return o.on || o.cert != "" }

func (o tlsOptions) scheme() string {
	if o.wanted() {
		return "https"
	}
	return "http"
}

// selfSignedFor is how long a certificate of our own is valid: longer than
// anybody leaves a listener running.
const selfSignedFor = 7 * 24 * time.Hour

// certificate returns the certificate to speak https with, nil for http.
func (o tlsOptions) certificate(a *app, addr string) (*tls.Certificate, error) {
	switch {
	case (o.cert == "") != (o.key == ""):
		return nil, usageError("--tls-cert cert.pem --tls-key key.pem", "--tls-cert: goes together with --tls-key")
	case o.cert != "":
		return o.load(a)
	case !o.on:
		return nil, nil
	}
	return listen.SelfSigned(certificateHosts(addr), time.Now(), selfSignedFor)
}

// load reads the certificate and its key.
func (o tlsOptions) load(a *app) (*tls.Certificate, error) {
	pair, err := o.read(a.running)
	var unreadable *fs.PathError
	switch {
	case errors.As(err, &unreadable), isCancel(err):
		return nil, err
	case err != nil:
		return nil, usageError("--tls", "--tls-cert %s, --tls-key %s: %s", o.cert, o.key, strings.TrimPrefix(err.Error(), "tls: "))
	}
	a.warnIfOpen(o.key)
	if now := time.Now(); pair.Leaf != nil && (now.After(pair.Leaf.NotAfter) || now.Before(pair.Leaf.NotBefore)) {
		a.warn("%s: valid from %s to %s, and not now", o.cert, day(pair.Leaf.NotBefore), day(pair.Leaf.NotAfter))
	}
	return &pair, nil
}

func (o tlsOptions) read(ctx context.Context) (pair tls.Certificate, err error) {
	var files [2][]byte
	for i, name := range []string{o.cert, o.key} {
		if files[i], err = readSmall(ctx, name, maxSmall); err != nil {
			return pair, err
		}
	}
	return tls.X509KeyPair(files[0], files[1])
}

func day(t time.Time) string { return t.Local().Format("2006-01-02") }

// certificateHosts are the names of the listener: those of this machine, and that
// of --addr.
func certificateHosts(addr string) []string {
	hosts := []string{"localhost", "127.0.0.1", "::1"}
	host, _, err := net.SplitHostPort(addr)
	if ip := net.ParseIP(host); err != nil || host == "" || ip != nil && ip.IsUnspecified() || slices.Contains(hosts, host) {
		return hosts
	}
	return append(hosts, host)
}

// announceTLS tells what a client has to know of a certificate that nobody has
// vouched for.
func (o tlsOptions) announce(a *app, c *tls.Certificate) {
	if o.cert != "" || c == nil {
		return
	}
	names := slices.Clone(c.Leaf.DNSNames)
	for _, ip := range c.Leaf.IPAddresses {
		names = append(names, ip.String())
	}
	sum := sha256.Sum256(c.Leaf.Raw)
	a.note("certificate: made for this run, for %s, valid until %s", strings.Join(names, ", "), day(c.Leaf.NotAfter))
	a.note("  SHA-256 %s", strings.ReplaceAll(fmt.Sprintf("% X", sum[:]), " ", ":"))
	a.note("  no client trusts it unless told to: curl -k")
}

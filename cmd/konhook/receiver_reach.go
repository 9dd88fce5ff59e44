package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"

	"github.com/konhook/konhook/pkg/deliver"
)

// reach makes sure that somebody listens, and that TLS comes about with https.
func (r *replay) reach(ctx context.Context, to *url.URL) error {
	err := r.connect(ctx, to)
	nobody, isUnreachable := errors.AsType[*deliver.UnreachableError](err)
	switch {
	case err == nil:
		return nil
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case isUnreachable:
		return unreachable(to, nobody)
	}
	return codeError(exitRemote, "unreachable", fmt.Errorf("%s: %w", shownURL(to), err))
}

// connect connects to a receiver, or to the proxy before it. A connection with TLS
// is made to see whether there can be one, and is closed.
func (r *replay) connect(ctx context.Context, to *url.URL) error {
	endpoint, err := deliver.ParseEndpoint(to.String())
	if err != nil || !endpoint.Secure || isProxied(to) {
		return r.sender.Reach(ctx, to.String())
	}
	ctx, cancel := context.WithTimeout(ctx, deliver.DefaultConnectTimeout)
	defer cancel()
	c, err := endpoint.Dial(ctx, r.tls)
	if err != nil {
		return err
	}
	return c.Close()
}

// isProxied reports whether a proxy stands before a receiver.
func isProxied(to *url.URL) bool {
	if deliver.Loopback(to.Hostname()) {
		return false
	}
	proxy, err := http.ProxyFromEnvironment(&http.Request{URL: to})
	return proxy != nil || err != nil
}

// overHTTP is a URL of https over http.
func overHTTP(shown string) string { return strings.Replace(shown, "https://", "http://", 1) }

// otherHost says what can be done about a certificate for other hosts: on this machine
// one of them often is it as well.
func otherHost(target *url.URL, wrong *deliver.CertificateNameError) string {
	local := deliver.Loopback(target.Hostname())
	for _, name := range wrong.Names {
		if local && deliver.Loopback(name) {
			at := *target
			at.Host = strings.TrimSuffix(net.JoinHostPort(name, target.Port()), ":")
			return shownURL(&at)
		}
	}
	hint := "a URL with a host that the certificate is for"
	if local {
		hint = "--insecure, or " + hint
	}
	return hint
}

// isClosed reports whether the other end has closed a connection.
func isClosed(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// unreachable names a receiver that nobody serves, or that cannot be spoken with.
func unreachable(target *url.URL, nobody *deliver.UnreachableError) error {
	var (
		shown          = shownURL(target)
		local          = deliver.Loopback(target.Hostname())
		op, isOp       = errors.AsType[*net.OpError](nobody.Err)
		_, isPlain     = errors.AsType[*deliver.PlainHTTPError](nobody.Err)
		other, isOther = errors.AsType[*deliver.CertificateNameError](nobody.Err)
		_, isRefuse    = errors.AsType[*tls.CertificateVerificationError](nobody.Err)
		cannot         = func(reason, hint string) error {
			err := codeError(exitRemote, "unreachable", fmt.Errorf("cannot reach %s: %s", shown, reason))
			return hinted(err, hint)
		}
	)
	switch {
	case isShortAtStart(nobody.Err):
		return shortError(nobody.Err, 1, 1)
	case isPlain:
		return cannot(bareReason(nobody.Err), overHTTP(shown))
	case isClosed(nobody.Err) && target.Scheme == "https" && local: // as that of PHP does
		return cannot("the connection was closed before TLS came about", overHTTP(shown)+", if it speaks http there")
	case isOther:
		return cannot(other.Error(), otherHost(target, other))
	case isRefuse && local:
		return cannot(bareReason(nobody.Err), "--cacert FILE, or --insecure")
	case isRefuse:
		return cannot(bareReason(nobody.Err), "--cacert FILE")
	case errors.Is(nobody.Err, context.DeadlineExceeded) && !isOp:
		return cannot("no connection in time", "")
	case !isOp || op.Op != "dial" || op.Timeout() || !local:
		return cannot(bareReason(nobody.Err), "")
	}
	port := nobody.Addr[strings.LastIndexByte(nobody.Addr, ':')+1:]
	err := fmt.Errorf("nobody listens on %s: is your server running on port %s?", shown, port)
	return hinted(codeError(exitRemote, "unreachable", err), "konhook listen --addr "+nobody.Addr)
}

package api

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http/httptrace"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/konhook/konhook/pkg/internal/tlsfault"
)

// An API that cannot be reached is given up within 20 s: one attempt may take
// connectTimeout and all of a call together reach, the pauses come on top. In the
// meantime others that ask wait for what comes of it.
const (
	connectTimeout = 6 * time.Second
	reach          = 15 * time.Second
)

var (
	errSlow      = errors.New("no answer in time")
	errUnreached = errors.New("no connection in time")
)

// guard ends an attempt that takes too long.
type guard struct {
	ctx       context.Context // of the attempt
	stop      func()
	own       bool
	connected atomic.Bool
	allowed   time.Duration // to get a connection
}

// newGuard gives an attempt the client's timeout and, where the transport says
// when it has a connection, at most left to get one.
func (c *Client) newGuard(ctx context.Context, left time.Duration) *guard {
	ctx, end := context.WithTimeoutCause(ctx, c.timeout, errSlow)
	g := &guard{ctx: ctx, stop: end, own: c.own, allowed: min(left, c.connect)}
	if !c.own {
		return g
	}
	ctx, cancel := context.WithCancelCause(ctx)
	timer := time.AfterFunc(g.allowed, func() { cancel(errUnreached) })
	g.ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{
		GotConn: func(httptrace.GotConnInfo) {
			g.connected.Store(true)
			timer.Stop()
		},
	})
	g.stop = func() {
		timer.Stop()
		cancel(nil)
		end()
	}
	return g
}

// unreached returns how much of an attempt's time went by without a connection.
func (g *guard) unreached(took time.Duration) time.Duration {
	if g.own && !g.connected.Load() {
		return took
	}
	return 0
}

// unanswered turns the error of a transport into an outcome.
func (c *call) unanswered(ctx context.Context, g *guard, err error) outcome {
	noConnection := g.own && !g.connected.Load()
	switch cause := context.Cause(g.ctx); {
	case ctx.Err() != nil:
		return outcome{err: context.Cause(ctx)}
	case errors.Is(cause, errUnreached):
		return outcome{again: true, err: c.remote(fmt.Sprintf("no connection within %s", (c.client.reach-c.reach).Round(time.Second)), true, true)}
	case errors.Is(cause, errSlow) && noConnection:
		return outcome{again: true, err: c.remote(fmt.Sprintf("no connection within %s", c.client.timeout), true, true)}
	case errors.Is(cause, errSlow):
		return outcome{err: c.slow(fmt.Sprintf("nothing had come after %s", c.client.timeout))}
	}
	reason, unreachable, again := explain(err)
	failed := c.remote(c.client.key.redact(reason), unreachable || noConnection, false)
	why := tlsfault.Explain(err)
	plain, other := errors.As(why, new(*tlsfault.PlainHTTPError)), errors.As(why, new(*tlsfault.NameError))
	if !isProxy(err) || !plain && !other { // which would be told of the API
		failed.TLS, failed.PlainHTTP, failed.OtherHost = isTLS(err), plain, other
	}
	return outcome{again: again, err: failed}
}

func (c *call) slow(reason string) error { return c.remote(reason, false, true) }

func (c *call) remote(reason string, unreachable, timeout bool) *RemoteError {
	return &RemoteError{
		Op: c.op, Host: c.url.Host, Reason: reason,
		Unreachable: unreachable, Timeout: timeout, Attempts: c.attempt,
	}
}

// explain says what an error of a transport means in words that hold no URL, and
// whether another attempt may fare better.
func explain(err error) (reason string, unreachable, again bool) {
	var op *net.OpError
	isOp := errors.As(err, &op)
	switch {
	case isProxy(err): // before TLS, which may be that with the proxy
		reason, _, again = explain(op.Err)
		return "the proxy that the environment names: " + reason, true, again
	case isTLS(err):
		return tlsfault.Explain(err).Error(), true, false
	}
	return innermost(err), isOp && op.Op == "dial", isConnection(err)
}

// isProxy reports whether a proxy could not be reached.
func isProxy(err error) bool {
	var op *net.OpError
	return errors.As(err, &op) && op.Op == "proxyconnect"
}

// innermost says what is behind an error of package net.
func innermost(err error) string {
	var (
		name *net.DNSError
		sys  *os.SyscallError
	)
	switch {
	case errors.As(err, &name) && name.IsNotFound:
		return "no such host"
	case errors.As(err, &name):
		return "its name could not be looked up: " + name.Err
	case errors.As(err, &sys):
		return sys.Err.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	}
	return err.Error()
}

func isTLS(err error) bool {
	var (
		certificate *tls.CertificateVerificationError
		record      tls.RecordHeaderError
		alert       tls.AlertError
	)
	return errors.As(err, &certificate) || errors.As(err, &record) || errors.As(err, &alert)
}

// isConnection tells failures of the connection, which may be over soon, from a
// name that does not exist and from those of what came over a connection.
func isConnection(err error) bool {
	var (
		op   *net.OpError
		name *net.DNSError
	)
	if errors.As(err, &name) && name.IsNotFound {
		return false
	}
	return errors.As(err, &op) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) ||
		errors.Is(err, net.ErrClosed) || errors.Is(err, syscall.ECONNRESET)
}

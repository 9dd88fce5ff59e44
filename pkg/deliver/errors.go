package deliver

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/konhook/konhook/pkg/internal/http1"
	"github.com/konhook/konhook/pkg/internal/tlsfault"
)

// StatusError says that an answer came and was not one that counts as
// delivered.
type StatusError struct {
	Status int
}

func (e *StatusError) Error() string {
	text := "answered " + strconv.Itoa(e.Status)
	if name := http.StatusText(e.Status); name != "" {
		text += " " + name
	}
	if e.Status >= 300 && e.Status < 400 {
		text += ", and redirects are not followed"
	}
	return text
}

// Phase is a part of an attempt that has a time limit of its own.
type Phase int

// The phases.
const (
	Whole      Phase = iota // from the begin of the attempt to the end of the answer
	Connecting              // until there is a connection, TLS included
	Answering               // from the begin of the request to the end of the answer's header
)

// TimeoutError says that no whole answer came in time. It matches
// [context.DeadlineExceeded].
type TimeoutError struct {
	Limit time.Duration
	Phase Phase // that took too long
}

func (e *TimeoutError) Error() string {
	what := map[Phase]string{Connecting: "connection", Answering: "answer"}[e.Phase]
	if what == "" {
		what = "whole answer"
	}
	return fmt.Sprintf("no %s within %s", what, e.Limit)
}

// Unwrap returns context.DeadlineExceeded.
func (*TimeoutError) Unwrap() error { return context.DeadlineExceeded }

// Timeout makes the error one that [net.Error] knows as a timeout.
func (*TimeoutError) Timeout() bool { return true }

// Temporary makes the error a [net.Error].
func (*TimeoutError) Temporary() bool { return true }

// SlowError says that a body was delivered, and that it took longer than
// [Options.MaxLatency].
type SlowError struct {
	Latency, Limit time.Duration
}

func (e *SlowError) Error() string {
	return fmt.Sprintf("took %s, longer than %s", e.Latency.Round(100*time.Microsecond), e.Limit)
}

// Why TLS did not come about.
type (
	// PlainHTTPError says that an answer in http came instead.
	PlainHTTPError = tlsfault.PlainHTTPError
	// CertificateNameError says that the certificate is for the hosts in Names, and
	// not for Host.
	CertificateNameError = tlsfault.NameError
)

// explain makes an error of the network readable. ctx is that of the attempt.
func explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var syntax *http1.SyntaxError
	switch {
	case errors.As(err, &syntax), errors.As(err, new(*TimeoutError)):
		return err
	case errors.Is(err, syscall.ECONNREFUSED):
		return &networkError{"the connection was refused", err}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &networkError{"the connection was reset before the answer had come", err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "server closed idle"):
		return &networkError{"the connection was closed before the answer had come", err}
	default:
		return ofDial(tlsfault.Explain(err))
	}
}

// networkError gives an error of the network a text that says what happened.
type networkError struct {
	text  string
	cause error
}

func (e *networkError) Error() string { return e.text }
func (e *networkError) Unwrap() error { return e.cause }

func isTimeout(err error) bool {
	var slow net.Error
	return errors.As(err, &slow) && slow.Timeout()
}

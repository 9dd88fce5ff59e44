package deliver

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/http1"
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

// verdict says what is to happen after an attempt.
type verdict struct {
	again bool          // it makes sense to send once more
	after time.Duration // not sooner than after this time
}

// attempt sends a request once and writes into r what came of it. prepared is what
// prepare has made of it before; without a target it has not yet.
func (s *Sender) attempt(ctx context.Context, way *lane, req Request, out outgoing, r *Result) verdict {
	way.start()
	r.At = s.o.Now()
	begin := r.At
	if s.o.pretends {
		begin = time.Now()
	}
	r.Status, r.OK, r.Err, r.Answer = 0, false, nil, nil
	var err error
	if out.to == nil {
		out, err = s.prepare(req, r.At)
	}
	if err != nil {
		r.Err = err
		return verdict{}
	}
	var a answer
	if out.to.through {
		way.connects()
		a, err = s.through(ctx, out)
	} else {
		a, err = s.exchange(ctx, way, out, begin)
	}
	if s.o.pretends || a.end.IsZero() {
		a.end = s.o.Now()
	}
	r.Latency = max(0, a.end.Sub(r.At)-way.lost)
	r.Status = a.status
	switch {
	case a.status != 0 && !s.o.Success(a.status):
		r.Err, r.Answer = &StatusError{a.status}, a.first
		return verdict{passing(a.status), retryAfter(a.retryAfter, s.o.Now())}
	case err != nil:
		r.Err = err
		return verdict{again: ctx.Err() == nil}
	case s.o.MaxLatency > 0 && r.Latency > s.o.MaxLatency:
		r.Err = &SlowError{r.Latency, s.o.MaxLatency}
		return verdict{} // it has been delivered, and is not sent twice
	}
	r.OK = true
	return verdict{}
}

// outgoing is a request that can be sent.
type outgoing struct {
	to      *destination
	headers []event.Header // of the request
	signed  []event.Header // of this attempt, instead of those of the same names
	body    []byte

	text  []byte // as it is written, see write; nil: not yet
	lasts bool
}

// prepare makes ready what is sent by an attempt that begins now. The error says
// what is wrong with the request.
func (s *Sender) prepare(req Request, now time.Time) (o outgoing, err error) {
	o.headers, o.body = req.Headers, req.Body
	if o.to, err = s.targets.find(req.URL); err != nil {
		return o, err
	}
	if req.Sign != nil {
		if o.signed, err = req.Sign(now, req.Body); err != nil {
			return o, err
		}
	}
	for _, list := range [...][]event.Header{o.headers, o.signed} {
		for _, h := range list {
			if err := CheckHeader(h); err != nil {
				return o, err
			}
		}
	}
	return o, nil
}

// answer is what is kept of an answer.
type answer struct {
	status     int // 0: none came
	retryAfter string
	first      []byte    // of the body of a failure
	end        time.Time // zero: unknown
}

// explain makes an error of the network readable. ctx is that of the attempt.
func explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	var (
		record tls.RecordHeaderError
		syntax *http1.SyntaxError
	)
	switch {
	case errors.As(err, &syntax), errors.As(err, new(*TimeoutError)):
		return err
	case errors.As(err, &record) && bytes.HasPrefix(record.RecordHeader[:], []byte("HTTP/")):
		return &networkError{"the receiver speaks http there, not https", err}
	case errors.Is(err, syscall.ECONNREFUSED):
		return &networkError{"the connection was refused", err}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &networkError{"the connection was reset before the answer had come", err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "server closed idle"):
		return &networkError{"the connection was closed before the answer had come", err}
	default:
		return err
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

// passing reports whether a status tells of trouble that may pass by itself.
func passing(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
}

// retryAfter reads the Retry-After of an answer: seconds or a date (RFC 9110,
// section 10.2.3). What it cannot read, and the past, is no wait.
func retryAfter(value string, now time.Time) time.Duration {
	value = strings.TrimSpace(value)
	if value == "" {
		return 0
	}
	wait := MaxRetryAfter
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil {
		if seconds < uint64(MaxRetryAfter/time.Second) {
			wait = time.Duration(seconds) * time.Second
		}
		return wait
	} else if errors.Is(err, strconv.ErrRange) {
		return wait
	}
	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(0, at.Sub(now)), wait)
}

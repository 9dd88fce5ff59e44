package deliver

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"
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

// TimeoutError says that no whole answer came in time. It matches
// [context.DeadlineExceeded].
type TimeoutError struct {
	Limit time.Duration
}

func (e *TimeoutError) Error() string { return fmt.Sprintf("no whole answer within %s", e.Limit) }

// Unwrap returns context.DeadlineExceeded.
func (*TimeoutError) Unwrap() error { return context.DeadlineExceeded }

// Timeout makes the error one that [net.Error] knows as a timeout.
func (*TimeoutError) Timeout() bool { return true }

// verdict says what is to happen after an attempt.
type verdict struct {
	again bool          // it makes sense to send once more
	after time.Duration // not sooner than after this time
}

// attempt sends a request once and writes into r what came of it.
func (s *Sender) attempt(ctx context.Context, req Request, r *Result) verdict {
	limited := ctx
	if s.o.Timeout > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeoutCause(ctx, s.o.Timeout, &TimeoutError{s.o.Timeout})
		defer cancel()
	}
	r.At = s.o.Now()
	r.Status, r.OK, r.Err, r.Answer = 0, false, nil, nil

	post, err := s.newPost(limited, req)
	if err != nil {
		r.Err = err
		return verdict{}
	}
	header, first, err := s.exchange(post, r)
	r.Latency = s.o.Now().Sub(r.At)
	switch {
	case r.Status != 0 && !s.o.Success(r.Status):
		r.Err, r.Answer = &StatusError{r.Status}, first
		return verdict{passing(r.Status), retryAfter(header, s.o.Now())}
	case err != nil:
		r.Err = explain(limited, err)
		return verdict{again: ctx.Err() == nil}
	}
	r.OK = true
	return verdict{}
}

// exchange sends a request and reads its answer: of that it returns the header
// and the first bytes, and writes the status into r as soon as it is known.
func (s *Sender) exchange(post *http.Request, r *Result) (http.Header, []byte, error) {
	answer, err := s.transport.RoundTrip(post)
	if err != nil {
		return nil, nil, err
	}
	defer answer.Body.Close()
	r.Status = answer.StatusCode
	first, err := s.read(answer.Body)
	return answer.Header, first, err
}

// read returns the first bytes of an answer. It reads as much as there is up to
// a limit, without which the connection could not be used again.
func (s *Sender) read(body io.Reader) ([]byte, error) {
	kept := max(0, s.o.MaxAnswer)
	first, err := io.ReadAll(io.LimitReader(body, int64(kept)))
	if err != nil {
		return first, err
	}
	_, err = io.CopyN(io.Discard, body, int64(max(drain-kept, 1)))
	if err == io.EOF {
		err = nil
	}
	return first, err
}

// newPost makes a request of net/http. The error says what is wrong with req.
func (s *Sender) newPost(ctx context.Context, req Request) (*http.Request, error) {
	u, err := url.Parse(req.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("the URL of the receiver is no http or https URL")
	}
	for _, h := range req.Headers {
		if err := CheckHeader(h); err != nil {
			return nil, err
		}
	}
	header, host := s.header(req.Headers)
	if u.User != nil && !hasHeader(req.Headers, "Authorization") {
		setBasicAuth(header, u.User)
	}
	post := &http.Request{
		Method: http.MethodPost, URL: u, Host: host, Header: header,
		ContentLength: int64(len(req.Body)),
		Body:          http.NoBody,
		Proto:         "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if len(req.Body) > 0 {
		post.Body = io.NopCloser(bytes.NewReader(req.Body))
		post.GetBody = rewind(req)
	}
	return post.WithContext(ctx), nil
}

// rewind lets net/http send a body once more over a new connection when it could
// write nothing to a kept one. A request with an Idempotency-Key it would also
// send again after the receiver had it, which nobody would be told of: such a
// request cannot be rewound.
func rewind(req Request) func() (io.ReadCloser, error) {
	if hasHeader(req.Headers, "Idempotency-Key") || hasHeader(req.Headers, "X-Idempotency-Key") {
		return nil
	}
	return func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(req.Body)), nil }
}

// explain makes an error of the network readable. ctx is that of the attempt.
func explain(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	switch text := err.Error(); {
	case errors.Is(err, syscall.ECONNREFUSED):
		return &networkError{"the connection was refused", err}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &networkError{"the connection was reset before the answer had come", err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(text, "server closed idle"):
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

// passing reports whether a status tells of trouble that may pass by itself.
func passing(status int) bool {
	return status == http.StatusRequestTimeout || status == http.StatusTooManyRequests || status >= 500
}

// retryAfter reads the Retry-After of an answer: seconds or a date (RFC 9110,
// section 10.2.3). What it cannot read, and the past, is no wait.
func retryAfter(h http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(h.Get("Retry-After"))
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

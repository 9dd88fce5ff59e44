package probe

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"
	"time"

	"github.com/konhook/konhook/pkg/render"
)

// answer is what came back for a message.
type answer struct {
	status int    // 0: none came whole
	reason string // the status as the receiver has it, with its name for it
	header http.Header
	body   []byte // its first bytes
	// closes says that the connection is to be closed: the receiver announced it,
	// or the answer is longer than what is read of it, and was cut.
	closes, cut bool
	took        time.Duration
	unsigned    bool   // it is one to a message without a signature
	right       string // the signature that a forged message would have needed
	err         error  // why there is no status, an *unansweredError or that of dial
}

// unansweredError says what came instead of an answer.
type unansweredError struct {
	text  string
	cause error
}

func (e *unansweredError) Error() string { return e.text }
func (e *unansweredError) Unwrap() error { return e.cause }

const (
	// maxKept is how many bytes of an answer are kept and looked at.
	maxKept = 64 << 10
	// maxInterim is how many answers of 1xx may come before the real one.
	maxInterim = 10
	// patience is how long a sender waits for a 100 before it sends the body all
	// the same (RFC 9110, section 10.1.1); curl takes as long.
	patience = time.Second
)

// exchange sends a message over a connection of its own.
func (s *session) exchange(ctx context.Context, m message) answer {
	return s.within(ctx, nil, m, s.limit())
}

// within sends a message over a connection, nil: one of its own, with a limit of
// how long is waited.
func (s *session) within(ctx context.Context, c *line, m message, limit time.Duration) answer {
	ctx, cancel := limited(ctx, m, limit)
	defer cancel()
	if c == nil {
		var err error
		if c, err = s.dial(ctx); err != nil {
			return answer{err: err}
		}
		defer c.Close()
	}
	return s.over(ctx, c, m)
}

// limited makes the context of one exchange. What the message itself lets pass is
// not the receiver's.
func limited(ctx context.Context, m message, limit time.Duration) (context.Context, context.CancelFunc) {
	own := m.form.pause
	if m.form.expects {
		own += patience
	}
	return context.WithTimeoutCause(ctx, limit+own, &lateError{limit})
}

// lateError is why the context of one exchange ends.
type lateError struct{ limit time.Duration }

func (e *lateError) Error() string { return "no whole answer within " + render.Latency(e.limit) }

// isLate reports whether an answer did not come in time.
func isLate(err error) bool {
	_, ok := errors.AsType[*lateError](err)
	return ok
}

// over sends a message over a connection and reads the answer. A connection that
// is to be used again must have had an answer without an error.
func (s *session) over(ctx context.Context, c *line, m message) answer {
	head, body, err := s.request(&m)
	if err != nil {
		return answer{err: err}
	}
	started := s.o.Now()
	stop := context.AfterFunc(ctx, func() { c.Close() })
	defer stop()
	if m.form.breaks {
		_, _ = c.Write(append(head, body[:len(body)/2]...)) // what comes next shows whether it arrived
		return answer{}
	}
	a, err := c.converse(ctx, m, head, body)
	a.took, a.right = s.o.Now().Sub(started), m.right
	a.unsigned = m.method == http.MethodGet || m.signed == not
	if err != nil {
		a.status, a.err = 0, s.explain(ctx, err)
	}
	return a
}

// converse writes a message and reads the answer, which may come before all is
// written.
func (c *line) converse(ctx context.Context, m message, head, body []byte) (a answer, err error) {
	if m.form.expects {
		early, err := c.ask(m.method, head)
		if early != nil || err != nil {
			return orNone(early), err
		}
		head = nil
	}
	var written sync.WaitGroup
	written.Go(func() { c.writePieces(ctx, head, body, m.form.pause) })
	defer written.Wait()
	a, err = c.readAnswer(m.method)
	if err != nil || a.closes || !c.kept {
		c.Close() // which ends the writing
	}
	return a, err
}

func orNone(a *answer) answer {
	if a == nil {
		return answer{}
	}
	return *a
}

// writePieces writes a message, with a pause in the middle of its body when it
// is not 0. That it failed shows in the answer.
func (c *line) writePieces(ctx context.Context, head, body []byte, pause time.Duration) {
	if pause > 0 {
		half := len(body) / 2
		if _, err := c.Write(append(head, body[:half]...)); err != nil {
			return
		}
		head, body = nil, body[half:]
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return
		}
	}
	_, _ = c.Write(append(head, body...))
}

// ask writes the head of a message and waits for the answer that asks for the
// body: a 100, or nothing for a while. Others of 1xx are passed over. Any other
// answer is the one to the message, and is returned.
func (c *line) ask(method string, head []byte) (*answer, error) {
	if _, err := c.Write(head); err != nil {
		return nil, err
	}
	until := time.Now().Add(patience)
	for range maxInterim {
		if isSilent, err := c.isSilent(until); err != nil || isSilent {
			return nil, err
		}
		a, err := c.readOne(method)
		if err == nil && a.status == http.StatusContinue {
			return nil, nil
		}
		if err != nil || a.status >= 200 {
			return &a, err
		}
	}
	return nil, errEndless
}

// isSilent reports whether nothing comes until a time.
func (c *line) isSilent(until time.Time) (bool, error) {
	if err := c.SetReadDeadline(until); err != nil {
		return false, err
	}
	_, err := c.in.Peek(1)
	return errors.Is(err, os.ErrDeadlineExceeded), c.SetReadDeadline(time.Time{})
}

// readAnswer reads the answer, and passes over those of 1xx before it.
func (c *line) readAnswer(method string) (answer, error) {
	for range maxInterim {
		if a, err := c.readOne(method); err != nil || a.status >= 200 {
			return a, err
		}
	}
	return answer{}, errEndless
}

var errEndless = errors.New("answers of 1xx without an end")

// readOne reads an answer, which may be one of 1xx. It does not close the body:
// that would read all the rest, however long it is and takes.
func (c *line) readOne(method string) (answer, error) {
	r, err := http.ReadResponse(c.in, &http.Request{Method: method}) //nolint:bodyclose // the connection is closed
	if err != nil {
		return answer{}, err
	}
	a := answer{status: r.StatusCode, reason: r.Status, header: r.Header, closes: r.Close}
	if a.body, err = io.ReadAll(io.LimitReader(r.Body, maxKept)); err != nil {
		return a, err
	}
	if len(a.body) == maxKept {
		a.closes, a.cut = true, true // the rest is of no interest
	}
	return a, nil
}

// explain makes an error of a connection readable.
func (s *session) explain(ctx context.Context, err error) error {
	switch {
	case ctx.Err() != nil:
		return &unansweredError{context.Cause(ctx).Error(), context.Cause(ctx)}
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return &unansweredError{"the connection was reset instead of an answer", err}
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return &unansweredError{"the connection was closed before a whole answer", err}
	}
	return &unansweredError{"no answer that is HTTP: " + s.hide(err.Error()), err}
}

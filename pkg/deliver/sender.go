package deliver

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/loopback"
)

// What the zero values of [Options] stand for.
const (
	DefaultTimeout        = 30 * time.Second
	DefaultConnectTimeout = 10 * time.Second
	DefaultBackoff        = 250 * time.Millisecond
	DefaultUserAgent      = "konhook"
	DefaultConnections    = 16
	DefaultMaxAnswer      = 1 << 10
)

// Limits that are no options.
const (
	// MaxRetryAfter is the longest wait that a Retry-After header is granted.
	MaxRetryAfter = time.Minute

	// maxBackoff ends the doubling of the waits.
	maxBackoff = 30 * time.Second
	// drain is how many bytes of an answer are read so that its connection can
	// be used again. To read more takes longer than to connect.
	drain = 256 << 10
	// idle is how long an unused connection is kept. Receivers close theirs after
	// 2 s (gunicorn) or 5 s (Node.js), and a POST that meets such a close is lost
	// without anybody's fault.
	idle = time.Second
)

// Options are the settings of a [Sender]. The zero value is ready for use.
type Options struct {
	// Timeout is for one request and its whole answer. 0 stands for
	// DefaultTimeout, a negative one for no limit.
	Timeout time.Duration
	// ConnectTimeout is for the part of it that makes a connection, TLS included.
	// 0 stands for DefaultConnectTimeout, a negative one for no limit but Timeout.
	ConnectTimeout time.Duration
	// AnswerTimeout is for the part from the begin of the request to the end of the
	// answer's header. 0: no limit but Timeout.
	AnswerTimeout time.Duration
	// MaxLatency is how long a delivery may take that is to count as one; a slower
	// one is a failure with a [*SlowError], and is not sent again. 0: any time.
	MaxLatency time.Duration
	// Retries is how many times a failed request is sent again. 0: never.
	Retries int
	// Backoff is the wait before the first retry. 0 stands for DefaultBackoff, a
	// negative one for no wait.
	Backoff time.Duration
	// Success says whether a status counts as delivered. nil: 200 to 299.
	Success func(status int) bool
	// UserAgent is sent where a request has no User-Agent of its own. Empty
	// stands for DefaultUserAgent.
	UserAgent string
	// Connections is how many unused connections are kept for each host; as many
	// as there are requests at a time is best. 0 stands for DefaultConnections.
	Connections int
	// MaxAnswer is how many bytes of an answer that is a failure are kept in the
	// result. 0 stands for DefaultMaxAnswer, a negative one for none.
	MaxAnswer int
	// TLS is for https; nil: the roots of the system, TLS 1.2 or later.
	TLS *tls.Config
	// Now is the clock for latencies, for what Sign gets and for dates in
	// Retry-After. nil: time.Now.
	Now func() time.Time
}

// Request is one body on its way to one address.
type Request struct {
	// URL is absolute, http or https. A user and password in it are sent as
	// basic authentication unless Headers have an Authorization.
	URL string
	// Headers are sent in the order and letter case given, repeats too, behind
	// Host, User-Agent and Content-Length. A Host replaces that of the URL.
	// Content-Length, Transfer-Encoding and Trailer are ignored, since they follow
	// from the body.
	Headers []event.Header
	// Sign returns headers for one attempt, which is made now: those that prove
	// where it comes from. They are sent instead of others of the same names. An
	// error is final. nil: nothing is signed.
	Sign func(now time.Time, body []byte) ([]event.Header, error)
	// Body is sent as it is. Nobody changes it before Send has returned.
	Body []byte
}

// Sender sends requests. It is safe for concurrent use. Close it when done.
type Sender struct {
	o         Options
	late      TimeoutError    // the error of Options.Timeout
	pretends  bool            // the clock is not that of the system
	transport *http.Transport // for proxies
	connect   func(ctx context.Context, network, addr string) (net.Conn, error)
	dialed    spares
	pool      pool
	targets   destinations
}

// New makes a sender.
func New(o Options) *Sender {
	s := &Sender{o: o.withDefaults(), pretends: o.Now != nil, connect: loopback.Dial}
	s.late.Limit = s.o.Timeout
	s.pool.most, s.pool.life = s.o.Connections, idle
	s.transport = s.newTransport()
	return s
}

func (o Options) withDefaults() Options {
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.ConnectTimeout == 0 {
		o.ConnectTimeout = DefaultConnectTimeout
	}
	if o.Backoff == 0 {
		o.Backoff = DefaultBackoff
	}
	if o.Success == nil {
		o.Success = func(status int) bool { return status >= 200 && status < 300 }
	}
	if o.UserAgent == "" {
		o.UserAgent = DefaultUserAgent
	}
	if o.Connections == 0 {
		o.Connections = DefaultConnections
	}
	if o.MaxAnswer == 0 {
		o.MaxAnswer = DefaultMaxAnswer
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// Close closes the connections that are not in use.
func (s *Sender) Close() {
	s.dialed.close()
	s.pool.close()
	s.transport.CloseIdleConnections()
}

// Send sends a request until it is delivered, until nothing more can be hoped
// for, or until the retries are used up. Each attempt is told to each, which may
// be nil, and the last one is returned.
//
// Send gives up at once when ctx is done. An attempt that was under way then is
// told as failed with the cause of ctx, though the receiver may have got it; when
// there was none yet, the result has the cause and the attempt 0.
func (s *Sender) Send(ctx context.Context, req Request, each func(Result)) Result {
	return s.send(ctx, new(lane), &job{req: req, unsent: Unsent(event.New(req.Body), req), each: each})
}

// job is a request that is to be sent.
type job struct {
	req    Request
	first  outgoing                    // of the first attempt, see attempt
	unsent Result                      // as Unsent makes it
	gate   func(context.Context) error // that each attempt waits at; nil: none
	each   func(Result)                // is told of each attempt; may be nil
}

// send is Send on a way that others may have gone before.
func (s *Sender) send(ctx context.Context, way *lane, j *job) Result {
	last := j.unsent
	var waits func() time.Duration
	for attempt := 1; ; attempt++ {
		if err := pass(ctx, j.gate); err != nil {
			if last.Err == nil {
				last.Err = err
			}
			last.Final = true
			return last
		}
		last.Attempt = attempt
		v := s.attempt(ctx, way, j.req, j.first, &last)
		last.Final = !v.again || attempt > s.o.Retries
		last.went = last.went || !isShortage(last.Err)
		if j.each != nil {
			j.each(last)
		}
		if last.Final {
			return last
		}
		if waits == nil {
			waits = s.newWaits()
		}
		way.release(&s.pool)
		way.waits()
		sleep(ctx, max(waits(), v.after))
	}
}

// pass waits at the gate. The error is the cause of ctx when that is done.
func pass(ctx context.Context, gate func(context.Context) error) error {
	if ctx.Err() == nil {
		if gate == nil {
			return nil
		}
		if err := gate(ctx); err != nil && ctx.Err() == nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// newWaits returns a function that returns the waits before the retries of one
// request, one after the other.
func (s *Sender) newWaits() func() time.Duration {
	if s.o.Backoff < 0 {
		return func() time.Duration { return 0 }
	}
	b := &backoff.ExponentialBackOff{
		InitialInterval:     s.o.Backoff,
		RandomizationFactor: 0.5,
		Multiplier:          2,
		MaxInterval:         max(maxBackoff, s.o.Backoff),
	}
	b.Reset()
	return b.NextBackOff
}

// sleep waits, but no longer than for ctx.
func sleep(ctx context.Context, d time.Duration) {
	if d <= 0 {
		return
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
	}
}

package api

import (
	"context"
	"crypto/tls"
	"net/http"
	"net/url"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// The values that the zero Options stand for.
const (
	DefaultTimeout = 30 * time.Second
	DefaultRetries = 2
	DefaultMaxWait = time.Minute
)

// Options are how to reach the API. BaseURL must be set; without Key every
// request fails before it is sent.
type Options struct {
	// BaseURL stands for all of https://SITE.konstant.ly/openapi/v1. Plain http
	// is taken for loopback hosts only.
	BaseURL string
	// Key is sent as X-API-KEY to the host of BaseURL and nowhere else.
	Key Key
	// Timeout is for one request and its answer. Zero: 30 s.
	Timeout time.Duration
	// Retries is how often a request is sent again after a connection that
	// failed and after the statuses 429 and 5xx. Zero: 2; negative: 0.
	Retries int
	// MaxWait is the longest wait for a rate limit. Zero: a minute; negative:
	// no wait at all.
	MaxWait time.Duration
	// UserAgent is sent as it is. Empty: "konhook".
	UserAgent string
	// RootCAs holds certificates in PEM that are trusted besides the system's.
	RootCAs []byte
	// Insecure takes any certificate. It is for loopback hosts only.
	Insecure bool
	// Transport sends the requests. Nil: an own one, which honours HTTPS_PROXY
	// but for loopback hosts, and which RootCAs and Insecure are for.
	Transport http.RoundTripper
	// Trace is told of every request and its answer, without secrets. It may be
	// called by several goroutines at once, and so may Note.
	Trace func(Exchange)
	// Note is told, in a few words, of waits that a person may wonder about.
	Note func(text string)
}

// Exchange is one request and what came of it. Secret values are redacted.
type Exchange struct {
	Method, URL       string // URL without user, password and query
	Attempt           int    // from 1
	Request, Response http.Header
	Status            int           // 0 when there was no answer
	Took              time.Duration // until the last byte of the answer
	// TLS is the connection that the answer came over, nil for plain http.
	TLS *tls.ConnectionState
	Err error // one of the typed errors, or nil
}

// Client asks the API. It is safe for concurrent use; all its requests share one
// idea of the rate limit.
type Client struct {
	base      *url.URL
	key       Key
	timeout   time.Duration
	retries   int
	maxWait   time.Duration
	userAgent string
	transport http.RoundTripper
	own       bool          // the transport is ours and says when it has a connection
	connect   time.Duration // how long an attempt may go without a connection
	reach     time.Duration // the same of all attempts of a call together
	limit     *limiter
	trace     func(Exchange)
	note      func(string)
}

// New makes a client. It sends nothing. The error is a [*ConfigError].
func New(o Options) (*Client, error) {
	base, err := parseBase(o.BaseURL)
	if err != nil {
		return nil, err
	}
	if o.Insecure && !Loopback(base.Hostname()) {
		return nil, &ConfigError{"the certificate check", "may be switched off for loopback hosts only"}
	}
	c := &Client{
		base: base, key: o.Key, timeout: orDefault(o.Timeout, DefaultTimeout),
		retries:   max(orDefault(o.Retries, DefaultRetries), 0),
		maxWait:   max(orDefault(o.MaxWait, DefaultMaxWait), 0),
		userAgent: orDefault(o.UserAgent, "konhook"), transport: o.Transport,
		connect: connectTimeout, reach: reach, limit: newLimiter(), trace: o.Trace, note: o.Note,
	}
	if c.transport == nil {
		c.own = true
		if c.transport, err = newTransport(o); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func orDefault[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

// Close gives up connections that are kept for further requests. The client may
// still be used.
func (c *Client) Close() {
	if t, ok := c.transport.(interface{ CloseIdleConnections() }); ok {
		t.CloseIdleConnections()
	}
}

// Last returns the last event of a type. The error is one of [*NoEventError],
// [*KeyError], [*RateLimitError], [*RemoteError], [*RedirectError],
// [*ContentError] and, when ctx ends, its cause.
func (c *Client) Last(ctx context.Context, t event.Type) (*Answer, error) {
	if c.key.IsZero() {
		return nil, &KeyError{Err: ErrNoKey}
	}
	if !t.Known() {
		return nil, &ConfigError{"the event", "is none that the API knows"}
	}
	return newCall(c, t).do(ctx)
}

// Limit returns how many requests a minute the API takes, as it last said; 0 when
// it has not said so yet, or sets no limit. A request over the limit waits, see
// [Options].MaxWait; who asks again and again had better ask less often.
func (c *Client) Limit() int { return c.limit.perMinute() }

package api

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/konhook/konhook/pkg/event"
)

// call is one question to the API, over as many attempts as it takes.
type call struct {
	client  *Client
	kind    event.Type
	op      string // the request as errors name it
	url     *url.URL
	pause   backoff.ExponentialBackOff
	attempt int
	reach   time.Duration // what is left for attempts without a connection
	waited  time.Duration // because the API asked for it
	holding bool          // the limiter lets the next attempt out already
}

func newCall(c *Client, t event.Type) *call {
	return &call{
		client: c, kind: t, op: "GET /webhook/" + t.Slug + "/last",
		url: c.base.JoinPath("webhook", t.Slug, "last"), reach: c.reach,
		pause: backoff.ExponentialBackOff{
			InitialInterval: 250 * time.Millisecond, RandomizationFactor: 0.5,
			Multiplier: 2, MaxInterval: 4 * time.Second,
		},
	}
}

// outcome is what came of one attempt.
type outcome struct {
	answer *Answer
	err    error         // one of the typed errors, or the cause of a context's end
	again  bool          // another attempt may fare better
	asked  bool          // the API asks to stay away for wait
	wait   time.Duration // unknown where the API did not say
}

func (c *call) do(ctx context.Context) (*Answer, error) {
	for {
		if !c.holding {
			if err := c.client.limit.acquire(ctx, c.client.maxWait, c.noteWait); err != nil {
				return nil, err
			}
		}
		c.attempt++
		out := c.try(ctx)
		if !out.again || !c.rest(ctx, out) {
			return out.answer, out.err
		}
		if ctx.Err() != nil {
			c.letGo()
			return nil, context.Cause(ctx)
		}
	}
}

func (c *call) letGo() {
	if c.holding {
		c.client.limit.lost()
		c.holding = false
	}
}

// rest lets the time pass that should lie before the next attempt. It returns
// false when that is longer than allowed.
func (c *call) rest(ctx context.Context, out outcome) bool {
	pause := c.pause.NextBackOff()
	if !out.asked {
		sleep(ctx, pause)
		return true
	}
	allowed := c.client.maxWait - c.waited
	if allowed <= 0 {
		return false
	}
	wait := min(max(out.wait, pause), allowed)
	c.waited += wait
	c.client.limit.block(time.Now(), wait)
	return true
}

func sleep(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

func (c *call) noteWait(d time.Duration) {
	if c.client.note != nil && d >= time.Second {
		c.client.note(fmt.Sprintf("waiting %s for the rate limit of the API", seconds(d)))
	}
}

// try sends the request once.
func (c *call) try(ctx context.Context) outcome {
	began := time.Now()
	guard := c.client.newGuard(ctx, c.reach)
	defer guard.stop()
	req := c.request(guard.ctx)
	resp, err := c.client.transport.RoundTrip(req)
	if err != nil {
		c.reach -= guard.unreached(time.Since(began))
		out := c.unanswered(ctx, guard, err)
		out.again = out.again && c.reach > 0 && c.attempt <= c.client.retries
		// Those that wait would fail just so: the next attempt goes before them.
		c.holding = out.again && c.client.limit.retry(time.Now())
		if !c.holding {
			c.client.limit.lost()
		}
		c.tell(req, nil, began, out.err)
		return out
	}
	defer func() { _ = resp.Body.Close() }() // what was needed has been read
	now := time.Now()
	q := readQuota(resp.Header, now)
	c.client.limit.done(q, now, isVerdict(resp.StatusCode))
	c.holding = false
	out := c.judge(ctx, guard, resp, q)
	out.again = out.again && c.attempt <= c.client.retries
	c.tell(req, resp, began, out.err)
	return out
}

// isVerdict tells the statuses that the API itself answers with from those that
// something before it may.
func isVerdict(status int) bool {
	switch status {
	case http.StatusOK, http.StatusNotFound, http.StatusUnauthorized, http.StatusForbidden:
		return true
	}
	return false
}

func (c *call) request(ctx context.Context) *http.Request {
	req := (&http.Request{
		Method: http.MethodGet, URL: c.url, Host: c.url.Host,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{
			"Accept":     {"application/json"},
			"User-Agent": {c.client.userAgent},
			"X-Api-Key":  {c.client.key.Reveal()},
		},
	}).WithContext(ctx)
	if user := c.url.User; user != nil {
		password, _ := user.Password()
		req.SetBasicAuth(user.Username(), password)
	}
	return req
}

func (c *call) tell(req *http.Request, resp *http.Response, began time.Time, err error) {
	if c.client.trace == nil {
		return
	}
	x := Exchange{
		Method: req.Method, URL: showURL(c.url), Attempt: c.attempt, Took: time.Since(began), Err: err,
		Request: c.client.key.redactHeader(req.Header),
	}
	if resp != nil {
		x.Status, x.Response, x.TLS = resp.StatusCode, c.client.key.redactHeader(resp.Header), resp.TLS
	}
	c.client.trace(x)
}

// judge turns an answer into an outcome.
func (c *call) judge(ctx context.Context, g *guard, resp *http.Response, q quota) outcome {
	status := resp.StatusCode
	if status == http.StatusOK {
		return c.read(ctx, g, resp)
	}
	// What could not be read of a message is not worth another error.
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10))
	message, id := c.client.key.message(body), c.requestID(resp)
	switch {
	case status == http.StatusNotFound:
		text := c.client.key.redact(string(body))
		return outcome{err: &NoEventError{Type: c.kind, Status: status, RequestID: id, Message: []byte(text[:min(len(text), maxMessage)])}}
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return outcome{err: &KeyError{Status: status, RequestID: id, Message: message}}
	case status == http.StatusTooManyRequests:
		wait := q.refusal(0)
		return outcome{again: true, asked: true, wait: wait, err: &RateLimitError{
			Limit: max(q.limit, 0), Wait: wait, Waited: c.waited, Refused: true, Status: status, RequestID: id, Message: message,
		}}
	case status >= 300 && status < 400:
		return outcome{err: c.redirect(resp)}
	}
	return outcome{
		again: status >= 500,
		asked: q.after != unknown, wait: q.after,
		err: &RemoteError{Op: c.op, Host: c.url.Host, Status: status, RequestID: id, Message: message, Attempts: c.attempt},
	}
}

func (c *call) redirect(resp *http.Response) error {
	e := &RedirectError{Op: c.op, Status: resp.StatusCode, RequestID: c.requestID(resp)}
	if to, err := c.url.Parse(resp.Header.Get("Location")); err == nil && resp.Header.Get("Location") != "" {
		e.To = c.client.key.redact(showURL(to))
	}
	return e
}

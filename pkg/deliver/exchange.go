package deliver

import (
	"context"
	"errors"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/internal/http1"
)

// limits are the times of one attempt.
type limits struct {
	begin time.Time
	way   *lane
	s     *Sender
}

// whole is when the attempt has to have ended; zero: never. What the run itself has
// used of its time is made up for.
func (l limits) whole() time.Time {
	if l.s.o.Timeout <= 0 {
		return time.Time{}
	}
	return l.begin.Add(l.s.o.Timeout + l.way.lost)
}

// earlier is the end of a phase that may last so long from now on, and the error
// of missing it.
func (l limits) earlier(phase Phase, limit time.Duration) (time.Time, *TimeoutError) {
	whole := l.whole()
	if limit <= 0 {
		return whole, &l.s.late
	}
	end := time.Now().Add(limit)
	if !whole.IsZero() && !end.Before(whole) {
		return whole, &l.s.late
	}
	return end, &TimeoutError{limit, phase}
}

// exchange sends a request, now, over a connection of its own making and reads the
// answer.
func (s *Sender) exchange(ctx context.Context, way *lane, out outgoing, now time.Time) (answer, error) {
	l := limits{now, way, s}
	for {
		c, err := s.connection(ctx, way, out.to, l)
		if err != nil {
			return answer{}, explain(ctx, err)
		}
		c.haste.on = way.hasty && !out.to.Secure
		way.begin(c)
		a, again, err := s.over(c, out, l)
		way.end()
		s.learn(way, out.to.place(), c, err)
		var stale *staleError
		if errors.As(err, &stale) && ctx.Err() == nil {
			c.close()
			continue // the receiver has got nothing, and so there is nothing to tell
		}
		if a.end.IsZero() {
			a.end = time.Now()
		}
		if again && (way.lasting || c.rest()) {
			way.hold(out.to.place(), c, &s.pool, a.end)
		} else {
			c.close()
		}
		if err != nil {
			err = explain(ctx, err)
		}
		return a, err
	}
}

// learn notes whether it was good to have kept a connection.
func (s *Sender) learn(way *lane, at place, c *conn, err error) {
	if !c.kept {
		return
	}
	c.kept = false
	var stale *staleError
	switch {
	case errors.As(err, &stale):
		if !c.reused { // else it was of use, and the receiver may have been restarted
			s.pool.vain(at)
		}
	case c.answers.Begun():
		if !c.reused {
			s.pool.worth(at)
		}
		c.reused = true
	case err != nil && !isTimeout(err):
		s.pool.vain(at)
		way.hasty = false // the faster the next request follows, the more often that happens
	}
}

// connection returns one that was kept, or else a new one.
func (s *Sender) connection(ctx context.Context, way *lane, to *destination, l limits) (*conn, error) {
	if c := way.take(to.place(), l.begin, s.pool.life); c != nil {
		return c, nil
	}
	if c := s.pool.take(to.place()); c != nil {
		c.watch(ctx)
		return c, nil
	}
	way.connects()
	limited := ctx
	if end, late := l.earlier(Connecting, s.o.ConnectTimeout); !end.IsZero() {
		var cancel context.CancelFunc
		limited, cancel = context.WithDeadlineCause(ctx, end, late)
		defer cancel()
	}
	c, err := s.open(limited, to)
	switch {
	case err == nil:
		c.watch(ctx)
	case limited.Err() != nil:
		err = context.Cause(limited)
	}
	return c, err
}

// open connects.
func (s *Sender) open(ctx context.Context, to *destination) (*conn, error) {
	c := s.reached(to.Addr)
	if c == nil {
		raw, err := s.connect(ctx, "tcp", to.Addr)
		if err != nil {
			return nil, err
		}
		c = newConn(raw)
	}
	if to.Secure {
		if err := c.secure(ctx, s.o.TLS, to.Name); err != nil {
			c.close()
			return nil, err
		}
	}
	return c, nil
}

// reached returns the connection that Reach has made, nil when there is none that
// can be used.
func (s *Sender) reached(addr string) *conn {
	raw := s.dialed.take(addr)
	if raw == nil {
		return nil
	}
	c := newConn(raw)
	c.since, c.kept = time.Now(), true
	if !c.alive(c.since) {
		c.close()
		return nil
	}
	return c
}

// over sends a request over a connection and reads the answer. again says that
// the connection can be used once more.
func (s *Sender) over(c *conn, out outgoing, l limits) (a answer, again bool, err error) {
	end, late := l.earlier(Answering, s.o.AnswerTimeout)
	if err := c.limit(end); err != nil {
		return a, false, &staleError{err}
	}
	text, lasts := out.text, out.lasts
	if text == nil {
		c.fresh = false // it took time since the attempt began
		text, lasts = s.write(&c.request, out)
	}
	var rest []byte
	if len(out.body) > inOneWrite {
		rest = out.body
	}
	h, sent, err := c.head(text, rest)
	if err != nil {
		return a, false, asTimeout(err, late)
	}
	a.status, a.retryAfter = h.Status, c.after
	whole := false
	if err = c.limit(l.whole()); err == nil {
		a.first, whole, err = c.answers.Body(h, s.kept(h.Status), max(drain, s.o.MaxAnswer))
		a.end = time.Now()
	}
	sent = c.finish(err == nil && h.Status/100 == 2) && sent
	if err != nil {
		return a, false, asTimeout(err, &s.late)
	}
	return a, sent && whole && lasts && !h.Close && c.answers.Buffered() == 0, nil
}

// kept is how many bytes of the body of an answer are kept.
func (s *Sender) kept(status int) int {
	if s.o.Success(status) {
		return 0
	}
	return max(0, s.o.MaxAnswer)
}

// asTimeout gives the error of a deadline its limit.
func asTimeout(err error, late *TimeoutError) error {
	if isTimeout(err) {
		return late
	}
	return err
}

// write writes a request into memory, its body too when that is not long. lasts
// is false when a header asks for the connection to be closed.
func (s *Sender) write(q *http1.Request, out outgoing) (text []byte, lasts bool) {
	q.Begin(out.to.RequestURI)
	lasts = true
	hostName, host := "Host", out.to.Host
	agent, auth := s.o.UserAgent, out.to.Authorization
	for _, h := range out.headers {
		switch {
		case strings.EqualFold(h.Name, "Host"):
			hostName, host = h.Name, h.Value
		case strings.EqualFold(h.Name, "User-Agent"):
			agent = ""
		case strings.EqualFold(h.Name, "Authorization"):
			auth = ""
		case strings.EqualFold(h.Name, "Connection"):
			lasts = lasts && !strings.Contains(strings.ToLower(h.Value), "close")
		}
	}
	if hasHeader(out.signed, "User-Agent") {
		agent = ""
	}
	if hasHeader(out.signed, "Authorization") {
		auth = ""
	}
	q.Add(hostName, host)
	if agent != "" {
		q.Add("User-Agent", agent)
	}
	q.AddLength(len(out.body))
	if auth != "" {
		q.Add("Authorization", auth)
	}
	for _, h := range out.headers {
		if !ofMessage(h.Name) && (len(out.signed) == 0 || !hasHeader(out.signed, h.Name)) {
			q.Add(h.Name, h.Value)
		}
	}
	for _, h := range out.signed {
		if !ofMessage(h.Name) {
			q.Add(h.Name, h.Value)
		}
	}
	return q.End(out.body, inOneWrite), lasts
}

// ofMessage reports whether a header is written by us alone: it stands first, or
// says where the body ends, and two lengths of one body are a way to smuggle.
func ofMessage(name string) bool {
	switch len(name) {
	case len("Host"):
		return strings.EqualFold(name, "Host")
	case len("Content-Length"):
		return strings.EqualFold(name, "Content-Length")
	case len("Transfer-Encoding"):
		return strings.EqualFold(name, "Transfer-Encoding")
	case len("Trailer"):
		return strings.EqualFold(name, "Trailer")
	}
	return false
}

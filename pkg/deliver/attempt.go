package deliver

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

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
	if s.pretends {
		begin = time.Now()
	}
	r.Status, r.Latency, r.OK, r.Err, r.Answer = 0, 0, false, nil, nil
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
		way.waits()
		a, err = s.through(ctx, out)
	} else {
		a, err = s.exchange(ctx, way, out, begin)
	}
	if s.pretends || a.end.IsZero() {
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
	if o.to.ownHost && hasHeader(o.headers, "Host") {
		return o, errors.New("a Host of one's own and a name beyond ASCII do not go through a proxy together")
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

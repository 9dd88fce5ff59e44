package api

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// window is how long the API counts requests: its limit is one "a minute". No
// honest reset lies further ahead, so none is believed to.
const window = time.Minute

// unknown stands in a quota for what the API did not say, or not in a way that
// can be read.
const unknown = -1

// quota is what the headers of one answer say about the rate limit.
type quota struct {
	limit     int           // requests a minute
	remaining int           // how many more the present window takes
	window    int64         // the end of the window as the API writes it
	reset     time.Duration // from now to the end of the window: 0 to a minute
	after     time.Duration // how long Retry-After asks to wait: 0 to a day
}

// readQuota reads X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset
// (Unix seconds) and Retry-After (seconds or an HTTP date, RFC 9110, section
// 10.2.3) of an answer that came at now.
//
// Points in time are taken relative to the Date of the same answer where there
// is one, so that a wrong clock on this side neither breaks the limit nor waits
// too long.
func readQuota(h http.Header, now time.Time) quota {
	q := quota{limit: unknown, remaining: unknown, window: unknown, reset: unknown, after: unknown}
	if date, err := http.ParseTime(h.Get("Date")); err == nil {
		now = date
	}
	if n, ok := headerNumber(h, "X-RateLimit-Limit"); ok {
		q.limit = int(min(max(n, 0), maxQuota))
	}
	if n, ok := headerNumber(h, "X-RateLimit-Remaining"); ok {
		q.remaining = int(min(max(n, 0), maxQuota))
	}
	if n, ok := headerNumber(h, "X-RateLimit-Reset"); ok {
		q.window = max(n, 0)
		// Both ends are whole seconds that may have been rounded down.
		q.reset = span(q.window-now.Unix()+1, window)
		if q.window < now.Unix() {
			q.reset = 0
		}
	}
	q.after = readRetryAfter(h, now)
	return q
}

// maxQuota is more requests than anybody has time for.
const maxQuota = 1 << 20

func readRetryAfter(h http.Header, now time.Time) time.Duration {
	const most = 24 * time.Hour
	if n, ok := headerNumber(h, "Retry-After"); ok {
		return span(n, most)
	}
	if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		return span(at.Unix()-now.Unix(), most)
	}
	return unknown
}

// headerNumber reads a decimal integer; one that no int64 holds becomes the
// nearest that it does.
func headerNumber(h http.Header, name string) (n int64, ok bool) {
	text := strings.TrimSpace(h.Get(name))
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil || errors.Is(err, strconv.ErrRange)
}

// span makes a duration of 0 to most out of any number of seconds.
func span(seconds int64, most time.Duration) time.Duration {
	if seconds > int64(most/time.Second) {
		return most
	}
	return time.Duration(max(seconds, 0)) * time.Second
}

// silent reports whether the answer said nothing about a rate limit.
func (q quota) silent() bool { return q.remaining == unknown }

// refusal returns how long to stay away after an answer that asked for it:
// what it names, else the pause given, and never less than that pause.
func (q quota) refusal(pause time.Duration) time.Duration {
	switch {
	case q.after != unknown:
		return max(q.after, pause)
	case q.reset != unknown:
		return max(q.reset, pause)
	}
	return pause
}

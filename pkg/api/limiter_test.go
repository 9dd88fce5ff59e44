package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// limited is an API on a fake clock that takes a number of requests in every
// window of a minute, the first of which begins with the first request.
type limited struct {
	limit int
	delay func(n int) time.Duration // before the n-th answer is sent
	skew  time.Duration             // of its clock

	mu                    sync.Mutex
	n, used, refused, max int
	inFlight              int
	ends                  time.Time
}

func (a *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	a.mu.Lock()
	now := time.Now()
	if !now.Before(a.ends) {
		a.used, a.ends = 0, now.Add(time.Minute)
	}
	a.n++
	n, status := a.n, http.StatusOK
	if a.used == a.limit {
		a.refused++
		status = http.StatusTooManyRequests
	} else {
		a.used++
	}
	h := header("X-RateLimit-Limit", fmt.Sprint(a.limit), "X-RateLimit-Remaining", fmt.Sprint(a.limit-a.used),
		"X-RateLimit-Reset", fmt.Sprint(a.ends.Add(a.skew).Unix()), "Date", now.Add(a.skew).UTC().Format(http.TimeFormat))
	a.inFlight++
	a.max = max(a.max, a.inFlight)
	a.mu.Unlock()
	if a.delay != nil {
		<-time.After(a.delay(n))
	}
	a.mu.Lock()
	a.inFlight--
	a.mu.Unlock()
	return response(r, status, h, payload), nil
}

func response(r *http.Request, status int, h http.Header, body string) *http.Response {
	return &http.Response{
		StatusCode: status, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: h, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// TestRateLimitIsNeverBroken fetches 1,000 times at once.
func TestRateLimitIsNeverBroken(t *testing.T) {
	for _, test := range []struct {
		name  string
		limit int
		skew  time.Duration
		delay func(n int) time.Duration
	}{
		{"answers at once", 100, 0, nil},
		{"answers that overtake each other", 100, 0, func(n int) time.Duration { return time.Duration(n*7919%500) * time.Millisecond }},
		{"slow answers and a clock that is behind", 60, -time.Hour, func(n int) time.Duration { return time.Duration(n%5) * time.Second }},
		{"a clock that is ahead, one a minute in", 100, 90*time.Second + 300*time.Millisecond, func(int) time.Duration { return time.Second }},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				<-time.After(1234 * time.Millisecond) // windows need not begin with a second
				server := &limited{limit: test.limit, skew: test.skew, delay: test.delay}
				c := newClient(t, Options{BaseURL: "https://api.example", Transport: server})
				began := time.Now()
				fetchMany(t, c, 1000)
				if server.refused != 0 || server.n != 1000 {
					t.Errorf("%d requests, %d refused", server.n, server.refused)
				}
				least := time.Duration(1000/test.limit-1) * time.Minute
				if took := time.Since(began); took < least || took > 2*least+2*time.Minute {
					t.Errorf("took %s", took)
				}
				if test.delay != nil && server.max < 2 {
					t.Error("no two requests at once")
				}
			})
		})
	}
}

func fetchMany(t *testing.T, c *Client, n int) {
	t.Helper()
	var wg sync.WaitGroup
	for range n {
		wg.Go(func() {
			if _, err := c.Last(t.Context(), published(t)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}

// TestLostRequestsCount has an API that counts requests and then drops some of
// them without an answer.
func TestLostRequestsCount(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{limit: 20, delay: func(n int) time.Duration { return time.Duration(n%7) * 100 * time.Millisecond }}
		n := 0
		var mu sync.Mutex
		c := newClient(t, Options{BaseURL: "https://api.example", Retries: 20, Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			resp, err := server.RoundTrip(r)
			mu.Lock()
			defer mu.Unlock()
			if n++; n%4 == 0 {
				return nil, io.EOF
			}
			return resp, err
		})})
		fetchMany(t, c, 200)
		if server.refused != 0 {
			t.Errorf("%d of %d refused", server.refused, server.n)
		}
	})
}

// TestSharedKey has others use up half of the limit at the same time.
func TestSharedKey(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{limit: 100, delay: func(int) time.Duration { return 100 * time.Millisecond }}
		ours := newClient(t, Options{BaseURL: "https://api.example", Transport: server})
		theirs := newClient(t, Options{BaseURL: "https://api.example", Transport: server})
		var wg sync.WaitGroup
		wg.Go(func() { fetchMany(t, ours, 100) })
		wg.Go(func() { fetchMany(t, theirs, 100) })
		wg.Wait()
		if server.refused > 2*maxInFlight {
			t.Errorf("%d refused", server.refused)
		}
	})
}

func TestNoLimitKnown(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		atOnce, most := 0, 0
		c := newClient(t, Options{BaseURL: "https://api.example", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			atOnce++
			most = max(most, atOnce)
			mu.Unlock()
			<-time.After(time.Second)
			mu.Lock()
			atOnce--
			mu.Unlock()
			return response(r, http.StatusOK, http.Header{}, payload), nil
		})})
		began := time.Now()
		fetchMany(t, c, 17)
		if took := time.Since(began); took != 3*time.Second || most != maxInFlight {
			t.Errorf("took %s, %d at once", took, most)
		}
	})
}

// TestAllTypesInTwoRounds asks for every type at once: the first answer tells that
// the others may go, and they go together.
func TestAllTypesInTwoRounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{limit: 100, delay: func(int) time.Duration { return 50 * time.Millisecond }}
		c := newClient(t, Options{BaseURL: "https://api.example", Transport: server})
		began := time.Now()
		fetchMany(t, c, len(event.Types()))
		if took := time.Since(began); took != 100*time.Millisecond || server.refused != 0 {
			t.Errorf("took %s, %d refused", took, server.refused)
		}
	})
}

type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// refusing answers 429 with a header n times, and then an event.
func refusing(n int, h http.Header) roundTrip {
	return func(r *http.Request) (*http.Response, error) {
		if n--; n >= 0 {
			return response(r, http.StatusTooManyRequests, h, "slow down"), nil
		}
		return response(r, http.StatusOK, http.Header{}, payload), nil
	}
}

func TestRefused(t *testing.T) {
	const forever = 1 << 30
	tests := []struct {
		name     string
		times    int
		header   http.Header
		maxWait  time.Duration
		from, to time.Duration
		fails    bool
	}{
		{"asks for 7 s", 1, header("Retry-After", "7"), 0, 7 * time.Second, 7 * time.Second, false},
		{"asks for 7 s twice", 2, header("Retry-After", "7"), 0, 14 * time.Second, 14 * time.Second, false},
		{"says nothing", 2, header(), 0, 300 * time.Millisecond, 2 * time.Second, false},
		{"asks for nothing", forever, header("Retry-After", "0"), 0, 300 * time.Millisecond, 2 * time.Second, true},
		{"asks for a day", 1, header("Retry-After", "86400"), 0, time.Minute, time.Minute, false},
		{"asks for a day for ever", forever, header("Retry-After", "86400"), 0, time.Minute, time.Minute, true},
		{"asks for more than allowed", 1, header("Retry-After", "20"), 5 * time.Second, 5 * time.Second, 5 * time.Second, false},
		{"no wait allowed", forever, header("Retry-After", "1"), -1, 0, 0, true},
		{"more than a minute allowed", 1, header("Retry-After", "100"), 5 * time.Minute, 100 * time.Second, 100 * time.Second, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, Options{BaseURL: "https://api.example", MaxWait: test.maxWait, Transport: refusing(test.times, test.header)})
				began := time.Now()
				_, err := c.Last(t.Context(), published(t))
				var limit *RateLimitError
				if errors.As(err, &limit) != test.fails || err != nil != test.fails {
					t.Errorf("%T %v", err, err)
				}
				if took := time.Since(began); took < test.from || took > test.to {
					t.Errorf("took %s, want %s to %s", took, test.from, test.to)
				}
			})
		})
	}
}

// TestHostileRateHeaders has an API that states nonsense with every answer, on
// answers and on refusals.
func TestHostileRateHeaders(t *testing.T) {
	for _, value := range hostileValues {
		h := header("X-RateLimit-Limit", value, "X-RateLimit-Remaining", "0", "X-RateLimit-Reset", value, "Retry-After", value)
		t.Run(value, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newClient(t, Options{BaseURL: "https://api.example", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
					return response(r, http.StatusOK, h, payload), nil
				})})
				for range 3 {
					began := time.Now()
					_, err := c.Last(t.Context(), published(t))
					if took := time.Since(began); took > time.Minute || err != nil {
						t.Errorf("an answer after %s, %v", took, err)
					}
				}
				c = newClient(t, Options{BaseURL: "https://api.example", Transport: refusing(1<<30, h)})
				began := time.Now()
				_, err := c.Last(t.Context(), published(t))
				if took := time.Since(began); took > time.Minute || err == nil {
					t.Errorf("given up after %s, %v", took, err)
				}
			})
		})
	}
}

// TestWindowLongerThanAllowed does not send what would be refused.
func TestWindowLongerThanAllowed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		server := &limited{limit: 1}
		var notes []string
		c := newClient(t, Options{BaseURL: "https://api.example", MaxWait: 5 * time.Second, Transport: server, Note: func(s string) { notes = append(notes, s) }})
		if _, err := c.Last(t.Context(), published(t)); err != nil {
			t.Fatal(err)
		}
		_, err := c.Last(t.Context(), published(t))
		var limit *RateLimitError
		if !errors.As(err, &limit) || limit.Refused || limit.Limit != 1 || server.n != 1 {
			t.Fatalf("%T %v after %d requests", err, err, server.n)
		}
		if want := "the rate limit of the API (1 requests a minute) is used up for another 1m0s"; err.Error() != want {
			t.Errorf("%q, want %q", err, want)
		}
		<-time.After(58 * time.Second)
		if _, err := c.Last(t.Context(), published(t)); err != nil || server.refused != 0 {
			t.Errorf("%v, %d refused", err, server.refused)
		}
		if len(notes) != 1 || notes[0] != "waiting 2s for the rate limit of the API" {
			t.Errorf("notes: %q", notes)
		}
	})
}

func TestUnavailableWithRetryAfter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		c := newClient(t, Options{BaseURL: "https://api.example", Transport: roundTrip(func(r *http.Request) (*http.Response, error) {
			if n++; n == 1 {
				return response(r, http.StatusServiceUnavailable, header("Retry-After", "12"), ""), nil
			}
			return response(r, http.StatusOK, http.Header{}, payload), nil
		})})
		began := time.Now()
		if _, err := c.Last(t.Context(), published(t)); err != nil || time.Since(began) != 12*time.Second {
			t.Errorf("%v after %s", err, time.Since(began))
		}
	})
}

// TestCancelledWhileWaiting has requests in all places of the queue.
func TestCancelledWhileWaiting(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		reason := errors.New("interrupted")
		ctx, cancel := context.WithCancelCause(t.Context())
		c := newClient(t, Options{BaseURL: "https://api.example", Transport: refusing(1<<30, header("Retry-After", "50"))})
		kinds := event.Types()
		errs := make(chan error, len(kinds))
		for _, kind := range kinds {
			go func() {
				_, err := c.Last(ctx, kind)
				errs <- err
			}()
		}
		<-time.After(time.Second)
		cancel(reason)
		for range kinds {
			if err := <-errs; !errors.Is(err, reason) {
				t.Errorf("%T %v", err, err)
			}
		}
	})
}

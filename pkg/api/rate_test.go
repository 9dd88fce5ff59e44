package api

import (
	"fmt"
	"math"
	"net/http"
	"testing"
	"time"
)

var noon = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func header(pairs ...string) http.Header {
	h := http.Header{}
	for i := 0; i < len(pairs); i += 2 {
		h.Set(pairs[i], pairs[i+1])
	}
	return h
}

func TestReadQuota(t *testing.T) {
	at := func(d time.Duration) string { return fmt.Sprint(noon.Add(d).Unix()) }
	none := quota{unknown, unknown, unknown, unknown, unknown}
	tests := []struct {
		name string
		h    http.Header
		want quota
	}{
		{"nothing", header(), none},
		{"the documented ones", header("X-RateLimit-Limit", "100", "X-RateLimit-Remaining", "99", "X-RateLimit-Reset", at(30*time.Second)),
			quota{100, 99, noon.Unix() + 30, 31 * time.Second, unknown}},
		{"a clock that is an hour off", header("Date", noon.Add(-time.Hour).Format(http.TimeFormat), "X-RateLimit-Reset", at(30*time.Second-time.Hour)),
			quota{unknown, unknown, noon.Unix() + 30 - 3600, 31 * time.Second, unknown}},
		{"a reset that is over", header("X-RateLimit-Reset", at(-time.Second)), quota{unknown, unknown, noon.Unix() - 1, 0, unknown}},
		{"a reset within this second", header("X-RateLimit-Reset", at(0)), quota{unknown, unknown, noon.Unix(), time.Second, unknown}},
		{"Retry-After in seconds", header("Retry-After", " 7 "), quota{unknown, unknown, unknown, unknown, 7 * time.Second}},
		{"Retry-After as a date", header("Retry-After", noon.Add(9*time.Second).Format(http.TimeFormat)), quota{unknown, unknown, unknown, unknown, 9 * time.Second}},
		{"Retry-After in the past", header("Retry-After", noon.Add(-time.Hour).Format(http.TimeFormat)), quota{unknown, unknown, unknown, unknown, 0}},
	}
	for _, test := range tests {
		if got := readQuota(test.h, noon); got != test.want {
			t.Errorf("%s: %+v, want %+v", test.name, got, test.want)
		}
	}
}

// hostileValues are what no honest API sends.
var hostileValues = []string{
	"-1", "99999999999", fmt.Sprint(int64(math.MaxInt64)), fmt.Sprint(int64(math.MinInt64)),
	"123456789012345678901234567890", "-123456789012345678901234567890", "NaN", "1e999", "0x7fffffff",
	"", "1;2", "Fri, 31 Dec 9999 23:59:59 GMT",
}

func TestHostileQuotas(t *testing.T) {
	for _, value := range hostileValues {
		for _, date := range append(hostileValues, "Thu, 01 Jan 1970 00:00:00 GMT") {
			checkQuota(t, value, value, value, value, date)
		}
	}
}

func checkQuota(t *testing.T, limit, remaining, reset, after, date string) {
	t.Helper()
	h := header("X-RateLimit-Limit", limit, "X-RateLimit-Remaining", remaining, "X-RateLimit-Reset", reset, "Retry-After", after, "Date", date)
	q := readQuota(h, noon)
	if q.limit < unknown || q.remaining < unknown || q.window < unknown {
		t.Errorf("%v: %+v", h, q)
	}
	if q.reset < unknown || q.reset > window || q.after < unknown || q.after > 24*time.Hour {
		t.Errorf("%v: %+v", h, q)
	}
	if wait := q.refusal(time.Second); wait < time.Second || wait > 24*time.Hour {
		t.Errorf("%v: a wait of %s", h, wait)
	}
	l := newLimiter()
	for range 3 {
		if _, err := l.admit(noon, time.Hour); err == nil {
			l.done(q, noon, true)
		}
		if wait, _ := l.admit(noon, time.Hour); wait > window {
			t.Errorf("%v: the next request waits %s", h, wait)
		} else if wait == 0 {
			l.lost()
		}
	}
}

func FuzzRateHeaders(f *testing.F) {
	for _, v := range hostileValues {
		f.Add(v, v, v, v, v)
	}
	f.Add("100", "99", fmt.Sprint(noon.Unix()+30), "7", noon.Format(http.TimeFormat))
	f.Fuzz(checkQuota)
}

package deliver

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"slices"
	"strconv"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/latency"
)

// Summary is what a stream of deliveries came to.
type Summary struct {
	// Sent is how many events were sent, whatever became of them: OK + Failed. Those
	// that could not be, see [ShortageError], are in no number.
	Sent int
	// OK is how many of them were delivered, Failed how many were not.
	OK, Failed int
	// Retried is how many requests were sent besides the first of each event:
	// Sent + Retried is the number of requests.
	Retried int
	// Latency is that of all requests, those without an answer too.
	Latency Quantiles
	// Spread is how the latencies are spread, see [latency.Histogram.Bands].
	Spread []latency.Band
	// Events counts by the slug of the type; "unknown" holds what has none.
	Events map[string]Count
	// Failures are the events that were not delivered, those alike together and
	// the most frequent first. Of more than MaxFailures kinds the rest is in
	// OtherFailures alone.
	Failures      []Failure
	OtherFailures int
}

// MaxFailures is how many kinds of failures a summary tells apart.
const MaxFailures = 20

// Count is how many events of one type were sent and delivered, how many requests
// that took besides the first ones, and how long. JSON has the first two.
type Count struct {
	Sent    int       `json:"sent"`
	OK      int       `json:"ok"`
	Retried int       `json:"-"`
	Latency Quantiles `json:"-"`
}

// Failure is what several events have in common that were not delivered.
type Failure struct {
	Count int
	// First is the result of the first of them. The others differ in it by no more
	// than digits in their answers.
	First Result
}

// Quantiles of the latencies of deliveries. JSON has them in milliseconds.
type Quantiles = latency.Quantiles

// MarshalJSON writes the summary as one object: sent, ok, failed, retried, ms
// and events.
func (s Summary) MarshalJSON() ([]byte, error) {
	events := s.Events
	if events == nil {
		events = map[string]Count{}
	}
	return json.Marshal(struct {
		Sent    int              `json:"sent"`
		OK      int              `json:"ok"`
		Failed  int              `json:"failed"`
		Retried int              `json:"retried"`
		MS      Quantiles        `json:"ms"`
		Events  map[string]Count `json:"events"`
	}{s.Sent, s.OK, s.Failed, s.Retried, s.Latency, events})
}

// tally is a summary that grows.
type tally struct {
	ok, failed, attempts int
	latencies            latency.Histogram
	events               map[string]*typeTally
	failures             map[string]*Failure
	otherFailures        int
}

// typeTally is the part of one type of event.
type typeTally struct {
	sent, ok, attempts int
	latencies          latency.Histogram
}

// of returns the part that a result belongs to.
func (t *tally) of(r Result) *typeTally {
	name := r.Event
	if name == "" {
		name = event.Type{}.String()
	}
	part := t.events[name]
	if part == nil {
		if t.events == nil {
			t.events = map[string]*typeTally{}
		}
		part = &typeTally{}
		t.events[name] = part
	}
	return part
}

// attempted counts a request, and its event when that was delivered by it.
func (t *tally) attempted(r Result) {
	t.attempts++
	t.latencies.Add(r.Latency)
	part := t.of(r)
	part.attempts++
	part.latencies.Add(r.Latency)
	if r.OK {
		t.ok++
		part.sent++
		part.ok++
	}
}

// gaveUp counts an event that was not delivered, by its last attempt.
func (t *tally) gaveUp(last Result) {
	t.of(last).sent++
	t.failed++
	t.fail(last)
}

// fail puts a failure to those that are like it.
func (t *tally) fail(last Result) {
	key := kindOf(last)
	if f := t.failures[key]; f != nil {
		f.Count++
		return
	}
	if len(t.failures) == MaxFailures {
		t.otherFailures++
		return
	}
	if t.failures == nil {
		t.failures = map[string]*Failure{}
	}
	t.failures[key] = &Failure{1, last.withoutBody()}
}

// kindOf is the same for failures that are alike: by the status, the reason and
// the begin of the answer, in which numbers differ from one to the next.
func kindOf(r Result) string {
	const begin = 120
	kind := strconv.AppendInt(nil, int64(r.Status), 10)
	kind = append(kind, ' ')
	if slow := (*SlowError)(nil); r.Err != nil && !errors.As(r.Err, &slow) {
		kind = appendAlike(kind, r.Err.Error())
	}
	kind = append(kind, '\n')
	return string(appendAlike(kind, string(r.Answer[:min(len(r.Answer), begin)])))
}

// appendAlike appends text with one 0 for each number in it.
func appendAlike(to []byte, text string) []byte {
	number := false
	for i := range len(text) {
		digit := '0' <= text[i] && text[i] <= '9'
		switch {
		case !digit:
			to = append(to, text[i])
		case !number:
			to = append(to, '0')
		}
		number = digit
	}
	return to
}

func (t *tally) summary() Summary {
	const mostBands = 14
	sent := t.ok + t.failed
	s := Summary{
		Sent: sent, OK: t.ok, Failed: t.failed, Retried: t.attempts - sent,
		Latency: t.latencies.Quantiles(), Spread: t.latencies.Bands(mostBands), OtherFailures: t.otherFailures,
	}
	for name, part := range t.events {
		if s.Events == nil {
			s.Events = make(map[string]Count, len(t.events))
		}
		if part.sent > 0 {
			s.Events[name] = Count{part.sent, part.ok, part.attempts - part.sent, part.latencies.Quantiles()}
		}
	}
	sorted := slices.SortedFunc(maps.Values(t.failures), func(a, b *Failure) int {
		return cmp.Or(b.Count-a.Count, a.First.Number-b.First.Number)
	})
	for _, f := range sorted {
		s.Failures = append(s.Failures, *f)
	}
	return s
}

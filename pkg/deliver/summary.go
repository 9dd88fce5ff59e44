package deliver

import (
	"encoding/json"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/latency"
)

// Summary is what a stream of deliveries came to.
type Summary struct {
	// Sent is how many events were sent, whatever became of them: OK + Failed.
	Sent int
	// OK is how many of them were delivered, Failed how many were not.
	OK, Failed int
	// Retried is how many requests were sent besides the first of each event:
	// Sent + Retried is the number of requests.
	Retried int
	// Latency is that of all requests, those without an answer too.
	Latency Quantiles
	// Events counts by the slug of the type; "unknown" holds what has none.
	Events map[string]Count
}

// Count is how many events of one type were sent and delivered.
type Count struct {
	Sent int `json:"sent"`
	OK   int `json:"ok"`
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
	events               map[string]Count
}

// attempted counts a request.
func (t *tally) attempted(r Result) {
	t.attempts++
	t.latencies.Add(r.Latency)
}

// ended counts an event by its last attempt.
func (t *tally) ended(last Result) {
	name := last.Event
	if name == "" {
		name = event.Type{}.String()
	}
	if t.events == nil {
		t.events = map[string]Count{}
	}
	c := t.events[name]
	c.Sent++
	if last.OK {
		t.ok++
		c.OK++
	} else {
		t.failed++
	}
	t.events[name] = c
}

func (t *tally) summary() Summary {
	sent := t.ok + t.failed
	return Summary{
		Sent: sent, OK: t.ok, Failed: t.failed, Retried: t.attempts - sent,
		Latency: t.latencies.Quantiles(), Events: t.events,
	}
}

package main

import (
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/latency"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/render"
)

// summary counts what came, in memory that does not grow with it.
type summary struct {
	began      time.Time
	polls      bool // nobody sends, see listening
	deliveries int
	invalid    int
	unsaved    int
	stored     int
	refused    int
	refusals   map[int]int // by status
	duplicates int
	late       int
	events     map[string]map[int]int // deliveries by event and status
	took       latency.Histogram
	pace       pace
	sources    sources
}

// maxNames is how many events are counted under their names: senders may make up
// any number.
const maxNames = 20

// add counts a delivery, or what was refused.
func (s *summary) add(x listen.Observed, m marks) {
	s.sources.add(x.Delivery.Remote)
	stored := x.Stored()
	if x.Event != nil && stored {
		s.stored++
	}
	if x.Event == nil || x.Delivery.Refused != "" && stored {
		s.refused++
		s.refusals = count(s.refusals, x.Status)
		return
	}
	s.deliveries++
	if v, ok := x.Verdict.(verdict); ok && !v.Valid() {
		s.invalid++
	}
	if !stored {
		s.unsaved++
	}
	if m.duplicate != "" {
		s.duplicates++
	}
	if m.late {
		s.late++
	}
	s.name(render.Truncate(render.CleanLine(nameOf(x)), longName), x.Status)
	s.took.Add(tookOf(x))
	s.pace.add(x.Delivery.At)
}

func (s *summary) name(name string, status int) {
	if s.events == nil {
		s.events = map[string]map[int]int{}
	}
	if s.events[name] == nil && len(s.events) >= maxNames {
		name = "others"
	}
	s.events[name] = count(s.events[name], status)
}

func count(byStatus map[int]int, status int) map[int]int {
	if byStatus == nil {
		byStatus = map[int]int{}
	}
	byStatus[status]++
	return byStatus
}

// print writes the summary to standard error.
func (s *summary) print(a *app, o listenOptions) {
	a.note("%s in %s", s.counts(), render.Latency(time.Since(s.began)))
	for _, name := range slices.Sorted(maps.Keys(s.events)) {
		a.note("  %s %s", pad(name, nameColumn), answers(s.events[name]))
	}
	if s.refused > 0 {
		a.note("  %s %s", pad("refused", nameColumn), answers(s.refusals))
	}
	if q := s.took.Quantiles(); s.deliveries > 0 && (!s.polls || q.Max > 0) {
		a.note("  latency %s", quantiles(q))
	}
	if text := s.pace.burst(); text != "" {
		a.note("  burst: %s", text)
	}
	if text := s.sources.String(); text != "" {
		a.note("  from %s", text)
	}
	if s.stored > 0 {
		tellSaved(a, o)
	}
}

// counts says how many came, and how many of which kind.
func (s *summary) counts() string {
	counts := []string{many(s.deliveries, "delivery", "deliveries")}
	if s.polls {
		counts[0] = many(s.deliveries, "event", "events")
	}
	for _, c := range []struct {
		n    int
		what string
	}{{s.invalid, "invalid"}, {s.unsaved, "not stored"}, {s.refused, "refused"}, {s.late, "out of order"}} {
		if c.n > 0 {
			counts = append(counts, render.Count(c.n)+" "+c.what)
		}
	}
	if s.duplicates > 0 {
		counts = append(counts, many(s.duplicates, "duplicate", "duplicates"))
	}
	return strings.Join(counts, ", ")
}

// tellSaved says where deliveries are and how to send them again.
func tellSaved(a *app, o listenOptions) {
	target := "http://localhost:5000/webhook"
	if o.forward != "" {
		target = shellWord(o.forward)
		if u, err := url.Parse(o.forward); err == nil && !deliver.Loopback(u.Hostname()) {
			target += " --allow-remote"
		}
	}
	for _, where := range []string{o.save, o.saveDir} {
		if where != "" {
			a.note("saved to %s", where)
			a.note("  try: konhook replay %s --to %s", shellWord(where), target)
		}
	}
}

// answers lists statuses and how often each was answered.
func answers(byStatus map[int]int) string {
	var words []string
	for _, status := range slices.Sorted(maps.Keys(byStatus)) {
		word := statusWord(status)
		if n := byStatus[status]; n > 1 {
			word += " x " + render.Count(n)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

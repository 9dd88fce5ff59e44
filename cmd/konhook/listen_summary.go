package main

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/render"
)

// summary counts what came, in memory that does not grow with it.
type summary struct {
	began      time.Time
	deliveries int
	invalid    int
	unsaved    int
	refused    int
	stored     int
	events     map[string]map[int]int // deliveries by event and status
	took       map[time.Duration]int  // by latency, rounded to about 1 %
	longest    time.Duration
}

// maxNames is how many events are counted under their names: senders may make up
// any number.
const maxNames = 20

func (s *summary) add(x listen.Observed) {
	if x.Event == nil {
		s.refused++
		return
	}
	if s.events == nil {
		s.events, s.took = map[string]map[int]int{}, map[time.Duration]int{}
	}
	s.deliveries++
	if v, ok := x.Verdict.(verdict); ok && !v.Valid() {
		s.invalid++
	}
	if x.Stored() {
		s.stored++
	} else {
		s.unsaved++
	}
	name := render.Truncate(render.CleanLine(nameOf(x)), 40)
	if s.events[name] == nil {
		if len(s.events) >= maxNames {
			name = "others"
		}
		if s.events[name] == nil {
			s.events[name] = map[int]int{}
		}
	}
	s.events[name][x.Status]++
	took := tookOf(x)
	s.took[rounded(took)]++
	s.longest = max(s.longest, took)
}

// rounded keeps two digits and a half of a duration.
func rounded(d time.Duration) time.Duration {
	step := time.Microsecond
	for d/step >= 200 {
		step *= 10
	}
	return d.Round(step)
}

func (s *summary) median() time.Duration {
	half := (s.deliveries + 1) / 2
	for _, d := range slices.Sorted(maps.Keys(s.took)) {
		if half -= s.took[d]; half <= 0 {
			return d
		}
	}
	return 0
}

// print writes the summary to standard error.
func (s *summary) print(a *app, o listenOptions) {
	counts := []string{many(s.deliveries, "delivery", "deliveries")}
	for _, c := range []struct {
		n    int
		what string
	}{{s.invalid, "invalid"}, {s.unsaved, "not stored"}, {s.refused, "refused"}} {
		if c.n > 0 {
			counts = append(counts, render.Count(c.n)+" "+c.what)
		}
	}
	a.note("%s in %s", strings.Join(counts, ", "), render.Latency(time.Since(s.began)))
	for _, name := range slices.Sorted(maps.Keys(s.events)) {
		a.note("  %s %s", pad(name, nameColumn), answers(s.events[name]))
	}
	if s.deliveries > 0 {
		a.note("  answered within %s in the median, %s at most", render.Latency(min(s.median(), s.longest)), render.Latency(s.longest)) // the median is that of a class
	}
	if s.stored == 0 {
		return
	}
	for _, where := range []string{o.save, o.saveDir} {
		if where != "" {
			a.note("saved to %s", where)
			a.note("  try: konhook replay %s --to http://localhost:5000/webhook", shellWord(where))
		}
	}
}

// answers lists statuses and how often each was answered.
func answers(byStatus map[int]int) string {
	var words []string
	for _, status := range slices.Sorted(maps.Keys(byStatus)) {
		word := statusText(status, nil)
		if n := byStatus[status]; n > 1 {
			word += " x " + render.Count(n)
		}
		words = append(words, word)
	}
	return strings.Join(words, ", ")
}

func many(n int, one, several string) string {
	if n == 1 {
		return "1 " + one
	}
	return render.Count(n) + " " + several
}

// shellWord quotes a file name where a shell would take it apart.
func shellWord(s string) string {
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./:@%+=,", r)
	}) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

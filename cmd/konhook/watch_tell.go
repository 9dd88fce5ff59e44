package main

import (
	"slices"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/watch"
)

// waits tells of a wait for the rate limit, but not of one that a watch under way
// makes: nobody waits for that, and trouble is told.
func (w *watching) waits(text string) {
	w.serially(func() {
		if !w.begun {
			w.a.note("note: %s", text)
		}
	})
}

// tellWaiting tells of events that nobody has got.
func (w *watching) tellWaiting() {
	n := w.watcher.Waiting()
	switch {
	case n == 0:
	case w.state != nil:
		w.a.note("%s: the next run with --state %s delivers them", many(n, "event waits for its receiver", "events wait for their receiver"), shellWord(w.o.state))
	default:
		w.a.warn("%s not delivered; --state FILE remembers them for the next run", many(n, "event was", "events were"))
	}
}

// tell tells what changes.
func (w *watching) tell(n watch.Notice) {
	a := w.a
	switch n.Kind {
	case watch.Ready:
		w.begin(n.Interval)
	case watch.Trouble:
		what := classify(n.Err)
		if n.Failed < len(w.types) {
			a.warn("%d of %d types: %s; asking again", n.Failed, len(w.types), what.err)
		} else {
			a.warn("%s; asking again", what.err)
		}
	case watch.Recovered:
		a.note("the API answers again, after %s", n.Lasted.Round(100*time.Millisecond))
	case watch.Stretched:
		a.note("note: the rate limit allows one sweep in %s, not in %s", n.Interval.Round(time.Second/10), w.o.interval)
	case watch.Full:
		a.warn("%s: the API is not asked until some are delivered", many(w.watcher.Waiting(), "event waits for its receiver", "events wait for their receiver"))
	case watch.Asking:
		a.note("the API is asked again")
	}
}

// begin says that new events are seen from now on.
func (w *watching) begin(interval time.Duration) {
	w.begun = true
	names := make([]string, len(w.types))
	for i, t := range w.types {
		names[i] = t.Slug
	}
	what := strings.Join(names, ", ")
	if len(w.types) == len(event.Types()) {
		what = "all events"
	} else if slices.Sort(names); len(names) > 3 {
		what = many(len(names), "event", "events")
	}
	w.announce(w.api)
	w.a.note("ready: watching %s of %s, every %s", what, w.api, interval.Round(time.Second/10))
	if w.keys != nil {
		w.a.note("press ? for the keys")
	}
}

package main

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/sample"
)

// check says what is wrong with the options that need no more than a look.
func (o mockOptions) check() error {
	switch {
	case o.rateLimit < 0:
		return usageError("--rate-limit 0, for no limit", "--rate-limit: must not be negative")
	case o.every < 0:
		return usageError("--every 5s", "--every: must not be negative")
	case o.count < 0:
		return usageError("--count 10", "--count: must not be negative")
	case o.count > 0 && o.every == 0:
		return usageError("--every 5s", "--count: says how many events --every makes, which is not given")
	}
	return nil
}

// coming returns the next event that happens, nil when there are no more.
type coming func(now time.Time) *event.Event

// mockEvents returns the events that are there at the start, of the source or
// samples, and those that happen later.
func mockEvents(ctx context.Context, a *app, o mockOptions) (there []*event.Event, later coming, err error) {
	if o.from != "" {
		return sourceEvents(ctx, a, o)
	}
	g := sample.New(o.seed, time.Now())
	for _, t := range event.Types() {
		there = append(there, g.Generate(t))
	}
	random := rand.New(rand.NewPCG(o.seed, 1)) //nolint:gosec // the same types for the same seed
	types := event.Types()
	return there, func(now time.Time) *event.Event {
		return g.GenerateAt(types[random.IntN(len(types))], now)
	}, nil
}

// sourceEvents reads the source. The last of each type is there at the start, or,
// with --every, all of them happen later.
func sourceEvents(ctx context.Context, a *app, o mockOptions) (there []*event.Event, later coming, err error) {
	last := map[event.Type]*event.Event{}
	var all []*event.Event
	unknown := 0
	for e, err := range event.Read(ctx, []string{o.from}, a.readOptions()) {
		switch {
		case err != nil:
			return nil, nil, err
		case !e.Type.Known():
			unknown++
		case o.every > 0:
			all = append(all, e)
		default:
			last[e.Type] = e
		}
	}
	for _, t := range event.Types() {
		if last[t] != nil {
			there = append(there, last[t])
		}
	}
	if unknown > 0 {
		a.note("note: %s: %s not served", event.Place{File: o.from}.Name(), many(unknown, "event of no known type is", "events of no known type are"))
	}
	return there, func(time.Time) (next *event.Event) {
		if len(all) > 0 {
			next, all = all[0], all[1:]
		}
		return next
	}, nil
}

// happen lets events happen, one every so often, until there are no more or ctx
// ends.
func (c coming) happen(ctx context.Context, o mockOptions, put func(*event.Event)) {
	if o.every == 0 {
		return
	}
	tick := time.NewTicker(o.every)
	defer tick.Stop()
	for n := 0; o.count == 0 || n < o.count; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		e := c(time.Now())
		if e == nil {
			return
		}
		put(e)
	}
}

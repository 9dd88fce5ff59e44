// Command konhook works with the webhooks of Konstantly: it fetches, shows,
// checks, replays and receives their events.
package main

import (
	"context"
	"os"
	"runtime"
	"runtime/debug"
)

func main() {
	collectLater()
	os.Exit(run(context.Background(), os.Args[1:], stdio()))
}

// patient is how many per cent of what is in use may become garbage before the
// first collection.
const patient = 200

// collectLater makes the first collection of garbage wait for 8 MiB, unless the
// environment says when to collect: with 4 it falls into the start of commands
// that are done before it is. From the second on all is as usual: long work
// stays small.
func collectLater() {
	if os.Getenv("GOGC") != "" {
		return
	}
	usual := debug.SetGCPercent(patient)
	runtime.AddCleanup(new(*byte), func(percent int) {
		if now := debug.SetGCPercent(percent); now != patient { // a command knows better
			debug.SetGCPercent(now)
		}
	}, usual)
}

// collectRarely is for commands that make much garbage and keep little: up to
// 48 MiB, memory is cheaper than time. The environment goes before.
func collectRarely() (end func()) { return collectWithin(48 << 20) }

// collectWithin collects rarely as long as no more than so many bytes are in use.
func collectWithin(most int64) (end func()) {
	percent, limit := -1, int64(-1) // unchanged
	if os.Getenv("GOGC") == "" {
		percent = debug.SetGCPercent(400)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		limit = debug.SetMemoryLimit(most)
	}
	return func() {
		if percent >= 0 {
			debug.SetGCPercent(percent)
		}
		debug.SetMemoryLimit(limit)
	}
}

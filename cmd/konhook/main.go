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

// collectLater makes the first collection of garbage wait for 8 MiB, unless the
// environment says when to collect: with 4 it falls into the start of commands
// that are done before it is. From the second on all is as usual: long work
// stays small.
func collectLater() {
	if os.Getenv("GOGC") != "" {
		return
	}
	usual := debug.SetGCPercent(200)
	runtime.AddCleanup(new(*byte), func(percent int) { debug.SetGCPercent(percent) }, usual)
}

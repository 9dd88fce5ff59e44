// Command konhook works with the webhooks of Konstantly: it fetches, shows,
// checks, replays and receives their events.
package main

import (
	"context"
	"os"
)

func main() { os.Exit(run(context.Background(), os.Args[1:], stdio())) }

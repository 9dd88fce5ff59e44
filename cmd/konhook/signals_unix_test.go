//go:build unix

package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// heedSignals undoes for the programs that tests start what nohup does, and a shell for
// what runs in its background: konhook leaves a signal ignored that is ignored when it
// starts. The tests alone do so, not konhook, which is the same program under another
// name.
func heedSignals() {
	if filepath.Base(os.Args[0]) == "konhook" {
		return
	}
	for _, s := range []os.Signal{syscall.SIGHUP, syscall.SIGINT} {
		if signal.Ignored(s) {
			signal.Notify(make(chan os.Signal, 1), s)
		}
	}
}

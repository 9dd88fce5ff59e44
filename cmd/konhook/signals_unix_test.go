//go:build unix

package main

import (
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
)

// heedHangups undoes for the programs that tests start what nohup does: konhook leaves
// a signal ignored that is ignored when it starts. The tests alone do so, not konhook,
// which is the same program under another name.
func heedHangups() {
	if filepath.Base(os.Args[0]) != "konhook" {
		signal.Notify(make(chan os.Signal, 1), syscall.SIGHUP)
	}
}

package main

import (
	"os"
	"syscall"
)

// commandAttributes leaves a command in the group of konhook: there is no other
// way to have Ctrl-C reach it.
func commandAttributes(bool) *syscall.SysProcAttr { return nil }

// send ends the command. There are no signals that would ask it to; Ctrl-C
// reaches it by itself.
func (c *command) send(s syscall.Signal) {
	if s == syscall.SIGKILL {
		_ = c.cmd.Process.Kill()
	}
}

// leftover reports whether something that the command started still runs, which
// nobody knows here.
func (c *command) leftover() bool { return false }

// signalOf returns the signal that ended a process, of which there are none.
func signalOf(*os.ProcessState) os.Signal { return nil }

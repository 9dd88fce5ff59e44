//go:build unix

package main

import (
	"os"
	"syscall"
)

// commandAttributes gives a command a process group of its own, when asked to.
func commandAttributes(group bool) *syscall.SysProcAttr {
	attr := &syscall.SysProcAttr{Setpgid: group}
	endWithParent(attr)
	return attr
}

// send sends a signal to the command, and to its group where it has one. That it
// has ended meanwhile is no error.
func (c *command) send(s syscall.Signal) {
	if c.group {
		_ = syscall.Kill(-c.cmd.Process.Pid, s)
		return
	}
	_ = c.cmd.Process.Signal(s)
}

// leftover reports whether something that the command started still runs in its
// group. The number of a group is given to nobody else as long as it has members.
func (c *command) leftover() bool {
	return c.group && syscall.Kill(-c.cmd.Process.Pid, 0) == nil
}

// signalOf returns the signal that ended a process, nil when none did.
func signalOf(p *os.ProcessState) os.Signal {
	if status, ok := p.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return status.Signal()
	}
	return nil
}

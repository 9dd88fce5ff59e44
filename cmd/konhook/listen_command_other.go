//go:build unix && !linux

package main

import "syscall"

// endWithParent does nothing: the system cannot end a command with its parent.
func endWithParent(*syscall.SysProcAttr) {}

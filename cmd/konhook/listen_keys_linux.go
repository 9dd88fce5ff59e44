package main

import "golang.org/x/sys/unix"

// requests for the settings of a terminal.
const (
	getTermios = unix.TCGETS
	setTermios = unix.TCSETS
)

// noKey stands in the settings where nothing on the keyboard does something.
const noKey = 0

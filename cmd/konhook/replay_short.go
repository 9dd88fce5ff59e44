package main

import (
	"errors"
	"fmt"
	"syscall"

	"github.com/konhook/konhook/pkg/deliver"
)

// isShort reports whether a delivery failed because this machine could not connect.
func isShort(err error) bool {
	_, is := errors.AsType[*deliver.ShortageError](err)
	return is
}

// isShortAtStart is isShort for the first connection, for which a port there is none
// for is an address that this machine has not.
func isShortAtStart(err error) bool {
	return isShort(err) && !errors.Is(err, syscall.EADDRNOTAVAIL)
}

// shortError is the error of a machine that cannot connect as often as it has to: to
// each of so many receivers for each request under way.
func shortError(err error, concurrency, receivers int) error {
	// What is open besides the connections: files, and what Go and a resolver need.
	const others = 16
	fewer := 32
	isFiles := errors.Is(err, syscall.EMFILE)
	if most := mostFiles(); isFiles && most > 0 {
		fewer = max(most-others, 0) / receivers
	}
	wrong := codeError(exitMachine, "connections", err)
	switch {
	case fewer > 0 && concurrency > fewer:
		return hinted(wrong, fmt.Sprintf("-c %d", fewer))
	case isFiles:
		return hinted(wrong, "ulimit -n 1024")
	}
	return hinted(wrong, "--rate 100/s")
}

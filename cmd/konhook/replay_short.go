package main

import (
	"errors"
	"fmt"
	"slices"
	"syscall"
)

// shortOf are the errors of a machine that has no more file descriptors, buffers or
// ports for a further connection. No receiver is to blame for them.
var shortOf = [...]syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.EADDRNOTAVAIL}

// isShort reports whether a delivery failed because this machine could not connect.
func isShort(err error) bool {
	var errno syscall.Errno
	return err != nil && errors.As(err, &errno) && slices.Contains(shortOf[:], errno)
}

// isShortAtStart is isShort for the first connection, for which a port there is none
// for is an address that this machine has not.
func isShortAtStart(err error) bool {
	return isShort(err) && !errors.Is(err, syscall.EADDRNOTAVAIL)
}

// shortError is the error of a machine that cannot connect as often as it has to.
func shortError(err error, concurrency int) error {
	const fewer = 32
	wrong := codeError(exitMachine, "connections", fmt.Errorf("this machine can make no more connections: %s", bareReason(err)))
	switch {
	case concurrency > fewer:
		return hinted(wrong, fmt.Sprintf("-c %d", fewer))
	case errors.Is(err, syscall.EMFILE):
		return hinted(wrong, "ulimit -n 1024")
	}
	return hinted(wrong, "--rate 100/s")
}

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

// shortError is the error of a replay that has to end because of one.
func (r *replay) shortError(err error) error {
	const fewer = 32
	wrong := codeError(exitMachine, "connections", fmt.Errorf("this machine can make no more connections: %s", bareReason(err)))
	switch {
	case r.concurrency > fewer:
		return hinted(wrong, fmt.Sprintf("-c %d", fewer))
	case errors.Is(err, syscall.EMFILE):
		return hinted(wrong, "ulimit -n 1024")
	}
	return hinted(wrong, "--rate 100/s")
}

package deliver

import (
	"errors"
	"slices"
	"syscall"
)

// shortOf are the errors of a machine that has no more file descriptors, buffers or
// ports for a further connection.
var shortOf = [...]syscall.Errno{syscall.EMFILE, syscall.ENFILE, syscall.ENOBUFS, syscall.EADDRNOTAVAIL}

// ShortageError says that this machine has nothing left to make a connection with.
// Nothing was sent, and no receiver is to blame for it.
type ShortageError struct {
	Err error // that of the attempt to connect
}

func (e *ShortageError) Error() string {
	reason := e.Err
	if errno := syscall.Errno(0); errors.As(reason, &errno) {
		reason = errno
	}
	return "this machine can make no more connections: " + reason.Error()
}

// Unwrap returns Err.
func (e *ShortageError) Unwrap() error { return e.Err }

// ofDial gives the error of an attempt to connect its meaning.
func ofDial(err error) error {
	if errno := syscall.Errno(0); errors.As(err, &errno) && slices.Contains(shortOf[:], errno) {
		return &ShortageError{err}
	}
	return err
}

func isShortage(err error) bool {
	_, is := errors.AsType[*ShortageError](err)
	return is
}

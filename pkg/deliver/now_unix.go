//go:build unix && (!linux || race)

package deliver

import (
	"errors"
	"syscall"
)

// readNow and writeNow are a read and a write of a socket that does not block. They
// return 0 and the error number when nothing could be done. The race detector sees
// these, and so what a receiver in the same program does before it answers.

func readNow(fd uintptr, into []byte) (int, syscall.Errno) {
	return told(syscall.Read(int(fd), into))
}

func writeNow(fd uintptr, text []byte) (int, syscall.Errno) {
	return told(syscall.Write(int(fd), text))
}

func told(n int, err error) (int, syscall.Errno) {
	if err == nil {
		return n, 0
	}
	errno := syscall.EIO
	errors.As(err, &errno)
	return 0, errno
}

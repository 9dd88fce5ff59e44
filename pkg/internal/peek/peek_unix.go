//go:build unix

package peek

import (
	"net"
	"syscall"
)

// Look tells what a socket is like. One byte of into is used.
func Look(fd uintptr, into []byte) State {
	n, _, err := syscall.Recvfrom(int(fd), into[:1], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
	switch {
	case n > 0:
		return Spoken
	case err == syscall.EAGAIN || err == syscall.EINTR:
		return Quiet
	default:
		return Closed
	}
}

// Pending reports whether bytes have come on a connection that nobody has read. Of
// what is no socket it knows nothing.
func Pending(c net.Conn) bool {
	of, ok := c.(syscall.Conn)
	if !ok {
		return false
	}
	raw, err := of.SyscallConn()
	if err != nil {
		return false
	}
	state := Closed
	err = raw.Control(func(fd uintptr) { state = Look(fd, make([]byte, 1)) })
	return err == nil && state == Spoken
}

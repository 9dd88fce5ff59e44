//go:build linux && !race

package deliver

import (
	"syscall"
	"unsafe"
)

// readNow and writeNow are a read and a write of a socket that does not block. They
// take a few microseconds at most, so they are not told to the scheduler, who would
// make ready for more: that costs a tenth of a short request. They return 0 and the
// error number when nothing could be done.

func readNow(fd uintptr, into []byte) (int, syscall.Errno) {
	return now(syscall.SYS_READ, fd, into)
}

func writeNow(fd uintptr, text []byte) (int, syscall.Errno) {
	return now(syscall.SYS_WRITE, fd, text)
}

func now(call, fd uintptr, b []byte) (int, syscall.Errno) {
	n, _, errno := syscall.RawSyscall(call, fd, uintptr(unsafe.Pointer(unsafe.SliceData(b))), uintptr(len(b)))
	if errno != 0 {
		return 0, errno
	}
	return int(n), 0
}

package capture

import (
	"errors"
	"os"
	"syscall"
)

// datasync leaves out what fsync writes besides: the time of the last change, a
// second write at another place of the disk. Of the rest it writes what is needed
// to read the content again, the length of the file too: fdatasync(2).
func datasync(f *os.File) error {
	conn, err := f.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	err = conn.Control(func(fd uintptr) {
		for {
			if failed = syscall.Fdatasync(int(fd)); !errors.Is(failed, syscall.EINTR) {
				return
			}
		}
	})
	if err != nil {
		return err
	}
	return failed
}

//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package main

import (
	"errors"
	"io/fs"
	"os"

	"golang.org/x/sys/unix"
)

// outliveReader returns when nobody can read any more what is written to a pipe or
// a socket, and false when that will not be known before the next write, as of
// files. It may wait for as long as the process lives.
func outliveReader(f *os.File) bool {
	info, err := f.Stat()
	if err != nil || info.Mode()&(fs.ModeNamedPipe|fs.ModeSocket) == 0 {
		return false
	}
	// macOS tells of a hang-up only those who ask for it.
	watched := []unix.PollFd{{Fd: int32(f.Fd()), Events: unix.POLLHUP}}
	for {
		_, err := unix.Poll(watched, -1)
		if !errors.Is(err, unix.EINTR) {
			return err == nil && watched[0].Revents&(unix.POLLERR|unix.POLLHUP) != 0
		}
	}
}

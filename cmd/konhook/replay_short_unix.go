//go:build unix

package main

import (
	"math"
	"syscall"
)

// mostFiles is how many files and connections this process may have open, 0 when
// nobody knows.
func mostFiles() int {
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit) != nil {
		return 0
	}
	return int(min(limit.Cur, math.MaxInt32))
}

//go:build unix

package schema_test

import (
	"syscall"
	"testing"
	"time"
)

// spent is the processor time of this process so far, which other processes of a busy
// machine do not lengthen.
func spent(t *testing.T) time.Duration {
	t.Helper()
	var use syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &use); err != nil {
		t.Fatal(err)
	}
	return time.Duration(use.Utime.Nano() + use.Stime.Nano())
}

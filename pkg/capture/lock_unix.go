//go:build !windows

package capture

import "os"

const (
	// The lock is on the capture file itself, so it holds whatever names the
	// file has. It is advisory: readers do not notice it.
	lockFlag     = os.O_RDWR
	holderSuffix = ".lock"
)

func lockPath(path string) string { return path }

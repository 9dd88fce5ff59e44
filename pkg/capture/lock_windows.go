package capture

import "os"

const (
	// Windows keeps readers out of what is locked, so the lock is on a file of
	// its own.
	lockFlag     = os.O_RDWR | os.O_CREATE
	holderSuffix = ".holder"
)

func lockPath(path string) string { return path + ".lock" }

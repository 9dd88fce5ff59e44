//go:build !linux

package capture

import "os"

// datasync is what the system has: FlushFileBuffers on Windows, and on macOS
// F_FULLFSYNC, since fsync leaves the data in the cache of the disk there.
func datasync(f *os.File) error { return f.Sync() }

//go:build !unix

package schema_test

import (
	"testing"
	"time"
)

// spent is the time of day: what a process has used is told in another way there.
func spent(t *testing.T) time.Duration {
	t.Helper()
	return time.Duration(time.Now().UnixNano())
}

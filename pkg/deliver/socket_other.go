//go:build !unix

package deliver

import (
	"net"
	"time"
)

// socket knows no way to look at a connection without reading from it.
type socket struct{}

func (*socket) watch(net.Conn) {}

// blind reports whether bytes that have come cannot be told from none.
func (*socket) blind() bool { return true }

// look tells what a connection that has been unused for so long is like: one that
// was used a moment ago is taken as it is, from another one has to be read.
func (*socket) look(unused time.Duration) state {
	if unused < 10*time.Millisecond {
		return quiet
	}
	return spoken
}

// catch reads nothing.
func (*socket) catch([]byte, time.Duration) int { return 0 }

// push writes nothing.
func (*socket) push([]byte, bool) (sent int, err error) { return 0, nil }

// open reports whether exchange can be used.
func (*socket) open() bool { return false }

// exchange does nothing.
func (*socket) exchange(_, _ []byte, _ bool) (sent, got int, err error) { return 0, 0, nil }

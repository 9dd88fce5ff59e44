//go:build unix

package deliver

import (
	"net"
	"syscall"
	"time"
)

// socket looks at a connection without reading from it.
type socket struct {
	conn  syscall.RawConn // nil when there is no way to look
	peek  func(fd uintptr)
	byte  [1]byte
	state state

	ask   func(fd uintptr)
	into  []byte
	got   int
	until time.Time
}

func (s *socket) watch(c net.Conn) {
	of, ok := c.(syscall.Conn)
	if !ok {
		return
	}
	raw, err := of.SyscallConn()
	if err != nil {
		return
	}
	s.conn, s.ask = raw, s.askAgain
	s.peek = func(fd uintptr) {
		n, _, err := syscall.Recvfrom(int(fd), s.byte[:], syscall.MSG_PEEK|syscall.MSG_DONTWAIT)
		switch {
		case n > 0:
			s.state = spoken
		case err == syscall.EAGAIN || err == syscall.EINTR:
			s.state = quiet
		default:
			s.state = closed
		}
	}
}

// blind reports whether bytes that have come cannot be told from none.
func (s *socket) blind() bool { return false }

// look tells what a connection is like, however long it has been unused. One
// that is no socket is taken as it is.
func (s *socket) look(time.Duration) state {
	if s.conn == nil {
		return quiet
	}
	s.state = closed
	if s.conn.Control(s.peek) != nil {
		return closed
	}
	return s.state
}

// catch reads what comes within so short a time that to go to sleep and to be
// woken would take longer: it asks again and again. It returns 0 when nothing
// came, or when what came is no bytes, which an ordinary read will tell.
func (s *socket) catch(into []byte, within time.Duration) int {
	if s.conn == nil {
		return 0
	}
	s.into, s.got, s.until = into, 0, time.Now().Add(within)
	if s.conn.Control(s.ask) != nil {
		return 0
	}
	s.into = nil
	return max(0, s.got)
}

func (s *socket) askAgain(fd uintptr) {
	for {
		n, err := syscall.Read(int(fd), s.into)
		if s.got = n; err != syscall.EAGAIN || !time.Now().Before(s.until) {
			return
		}
	}
}

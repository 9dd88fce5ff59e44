//go:build unix

package deliver

import (
	"io"
	"net"
	"os"
	"syscall"
	"time"

	"github.com/konhook/konhook/pkg/internal/peek"
)

// socket is what can be done with a connection below [net.Conn]: to look at it
// without reading, and to write and read without going to sleep. It is used by one
// goroutine at a time.
type socket struct {
	of   net.Conn
	conn syscall.RawConn // nil when there is no way

	peek  func(fd uintptr)
	byte  [1]byte
	state state

	// ask, give and swap are askAgain, giveAway and giveAndTake; what follows is
	// what they are given and what they leave.
	ask, give  func(fd uintptr)
	swap       func(fd uintptr) bool
	from, into []byte
	kept       bool
	until      time.Time
	begun      bool
	spoke      bool
	sent, got  int
	errno      syscall.Errno // of reading
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
	s.of, s.conn = c, raw
	s.ask, s.give, s.swap = s.askAgain, s.giveAway, s.giveAndTake
	s.peek = func(fd uintptr) { s.state = peek.Look(fd, s.byte[:]) }
}

// open reports whether there is a way to the socket.
func (s *socket) open() bool { return s.conn != nil }

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
	return s.got
}

func (s *socket) askAgain(fd uintptr) {
	for {
		n, errno := readNow(fd, s.into)
		if s.got = n; errno != syscall.EAGAIN || !time.Now().Before(s.until) {
			return
		}
	}
}

// push writes what can be written at once, and returns how much that was. Where a
// connection was kept, the error is errSpoken and nothing is written when the
// receiver has closed it, or has said something unasked.
func (s *socket) push(text []byte, kept bool) (sent int, err error) {
	if s.conn == nil || len(text) == 0 {
		return 0, nil
	}
	s.from, s.kept, s.spoke, s.sent = text, kept, false, 0
	err = s.conn.Control(s.give)
	s.from = nil
	if err == nil && s.spoke {
		err = errSpoken
	}
	return s.sent, err
}

func (s *socket) giveAway(fd uintptr) {
	if s.kept {
		if _, errno := readNow(fd, s.byte[:]); errno != syscall.EAGAIN {
			s.spoke = true
			return
		}
	}
	s.sent, _ = writeNow(fd, s.from)
}

// exchange does what push does and then, when all of text has been written, waits
// for what comes, as a Read of the connection does. So it does not look for an
// answer before there can be one.
func (s *socket) exchange(text, into []byte, kept bool) (sent, got int, err error) {
	s.from, s.into, s.kept, s.begun, s.spoke, s.sent, s.got, s.errno = text, into, kept, false, false, 0, 0, 0
	err = s.conn.Read(s.swap)
	s.from, s.into = nil, nil
	switch {
	case err == nil && s.spoke:
		err = errSpoken
	case err != nil || s.sent < len(text):
	case s.errno != 0:
		err = &net.OpError{
			Op: "read", Net: "tcp", Source: s.of.LocalAddr(), Addr: s.of.RemoteAddr(),
			Err: os.NewSyscallError("read", s.errno),
		}
	case s.got == 0:
		err = io.EOF
	}
	return s.sent, s.got, err
}

// giveAndTake reports whether there is nothing to wait for.
func (s *socket) giveAndTake(fd uintptr) bool {
	if !s.begun {
		s.begun = true
		if s.giveAway(fd); s.spoke || s.sent < len(s.from) {
			return true
		}
		if s.kept {
			return false
		}
		// What came before now would not be waited for any more, and it may be the
		// answer of a receiver that does not listen.
	}
	for {
		s.got, s.errno = readNow(fd, s.into)
		if s.errno != syscall.EINTR {
			return s.errno != syscall.EAGAIN
		}
	}
}

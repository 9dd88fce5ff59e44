//go:build unix

package listen

import (
	"io"
	"net"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/internal/peek"
)

// TestWhatNobodyHasReadYetCounts has a connection on which something has come that its
// reader had no time for.
func TestWhatNobodyHasReadYetCounts(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	there, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer there.Close()
	here, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer here.Close()
	if _, err := io.WriteString(there, "P"); err != nil {
		t.Fatal(err)
	}
	raw, err := here.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Read(func(fd uintptr) bool { return peek.Look(fd, make([]byte, 1)) != peek.Quiet }); err != nil { // waits
		t.Fatal(err)
	}
	now := time.Now()
	c := &conn{Conn: here, socket: here, since: now.Add(-time.Hour)}
	if c.dismissIdle() {
		t.Error("it counts as idle")
	}
	if stays, gone := c.dismiss(now); stays != patience || gone {
		t.Errorf("stays for %v, gone %t", stays, gone)
	}
	if stays, gone := c.dismiss(now.Add(patience)); stays != 0 || !gone { // it need not be a request
		t.Errorf("stays for %v, gone %t", stays, gone)
	}
}

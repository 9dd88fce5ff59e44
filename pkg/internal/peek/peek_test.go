//go:build unix

package peek

import (
	"io"
	"net"
	"testing"
)

func TestPending(t *testing.T) {
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
	if Pending(here) {
		t.Error("something has come before anything was sent")
	}
	if _, err := io.WriteString(there, "ab"); err != nil {
		t.Fatal(err)
	}
	raw, err := here.(*net.TCPConn).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	if err := raw.Read(func(fd uintptr) bool { return Look(fd, make([]byte, 1)) != Quiet }); err != nil { // waits
		t.Fatal(err)
	}
	if !Pending(here) {
		t.Error("nothing has come after something was sent")
	}
	there.Close()
	if got, err := io.ReadAll(here); err != nil || string(got) != "ab" {
		t.Errorf("%q was left, %v", got, err)
	}
	if Pending(here) {
		t.Error("the end is taken for something")
	}
	here.Close()
	if Pending(here) {
		t.Error("something has come on what is closed")
	}
	pipe, _ := net.Pipe()
	defer pipe.Close()
	if Pending(pipe) {
		t.Error("something has come on what is no socket")
	}
}

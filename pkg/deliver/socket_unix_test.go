//go:build unix

package deliver

import (
	"bytes"
	"errors"
	"io"
	"net"
	"syscall"
	"testing"
	"time"
)

func TestExchange(t *testing.T) {
	raw, there := pair(t)
	c := newConn(raw)
	b := make([]byte, 8)
	for _, kept := range []bool{false, true, true} {
		go func() {
			request := make([]byte, 4)
			io.ReadFull(there, request)
			there.Write(request)
		}()
		sent, got, err := c.socket.exchange([]byte("ping"), b, kept)
		if sent != 4 || string(b[:got]) != "ping" || err != nil {
			t.Fatalf("sent %d, got %q, %v", sent, b[:got], err)
		}
	}
	there.(*net.TCPConn).CloseWrite()
	until(t, func() bool { return c.socket.look(0) == closed })
	if sent, got, err := c.socket.exchange([]byte("ping"), b, false); sent != 4 || got != 0 || err != io.EOF {
		t.Errorf("at the end: sent %d, got %d, %v; want EOF", sent, got, err)
	}
}

// A connection that was kept, and that the receiver has closed or said something on,
// gets nothing more.
func TestNothingIsWrittenOnWhatWasClosed(t *testing.T) {
	for name, leave := range map[string]func(*net.TCPConn){
		"closed": func(c *net.TCPConn) { c.CloseWrite() },
		"spoken": func(c *net.TCPConn) { io.WriteString(c, "x") },
	} {
		for _, alone := range []bool{false, true} {
			raw, there := pair(t)
			c := newConn(raw)
			c.kept = true
			c.haste.on = alone
			leave(there.(*net.TCPConn))
			until(t, func() bool { return c.socket.look(0) != quiet })
			way := &lane{alone: alone}
			way.begin(c)
			_, _, err := c.head([]byte("ping"), nil)
			way.end()
			var stale *staleError
			if !errors.As(err, &stale) || !errors.Is(err, errSpoken) {
				t.Errorf("%s, alone %t: %v", name, alone, err)
			}
			raw.Close()
			if text, _ := io.ReadAll(there); len(text) > 0 {
				t.Errorf("%s, alone %t: %q was written", name, alone, text)
			}
		}
	}
}

// What does not fit in at once is written while the receiver reads.
func TestMoreThanFitsInAtOnce(t *testing.T) {
	text := bytes.Repeat([]byte("0123456789abcdef"), 1<<20)
	for _, alone := range []bool{false, true} {
		raw, there := pair(t)
		c := newConn(raw)
		c.haste.on = alone
		way := &lane{alone: alone}
		way.begin(c)
		received := make(chan []byte)
		go func() {
			got := make([]byte, len(text))
			io.ReadFull(there, got)
			received <- got
			io.WriteString(there, reply(200))
		}()
		type outcome struct {
			sent bool
			err  error
		}
		done := make(chan outcome)
		go func() {
			_, sent, err := c.head(text, nil)
			done <- outcome{sent, err}
		}()
		if !bytes.Equal(<-received, text) {
			t.Errorf("alone %t: what came is not what was sent", alone)
		}
		if is := <-done; !is.sent || is.err != nil {
			t.Errorf("alone %t: %+v", alone, is)
		}
	}
}

// The errors are those of the network, as net tells them.
func TestExchangeTellsErrors(t *testing.T) {
	raw, there := pair(t)
	c := newConn(raw)
	go func() {
		io.ReadFull(there, make([]byte, 4))
		there.(*net.TCPConn).SetLinger(0)
		there.Close()
	}()
	_, _, err := c.socket.exchange([]byte("ping"), make([]byte, 8), false)
	var op *net.OpError
	if !errors.Is(err, syscall.ECONNRESET) || !errors.As(err, &op) || op.Op != "read" || op.Addr.String() != raw.RemoteAddr().String() {
		t.Errorf("reset: %v", err)
	}

	raw, _ = pair(t)
	c = newConn(raw)
	if err := raw.SetDeadline(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if sent, _, err := c.socket.exchange([]byte("ping"), make([]byte, 8), false); sent != 0 || !isTimeout(err) {
		t.Errorf("too late: %d, %v", sent, err)
	}
	c.close()
	if sent, _, err := c.socket.exchange([]byte("ping"), make([]byte, 8), false); sent != 0 || !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed: %d, %v", sent, err)
	}
	if sent, err := c.socket.push([]byte("ping"), true); sent != 0 || !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed, push: %d, %v", sent, err)
	}
}

// Who does not take all of a request may have answered it all the same.
func TestAnswerToWhatCouldNotBeWritten(t *testing.T) {
	for _, alone := range []bool{false, true} {
		raw, there := pair(t)
		c := newConn(raw)
		c.haste.on = alone
		way := &lane{alone: alone}
		way.begin(c)
		io.WriteString(there, reply(413))
		raw.(*net.TCPConn).CloseWrite() // as good as a receiver that takes nothing more
		h, sent, err := c.head([]byte("ping"), nil)
		if h.Status != 413 || sent || err != nil {
			t.Errorf("alone %t: %d, sent %t, %v", alone, h.Status, sent, err)
		}
		there.Close()
		c.answers.Body(h, 0, 2)
		if _, sent, err := c.head([]byte("ping"), nil); sent || !errors.Is(err, syscall.EPIPE) {
			t.Errorf("alone %t, without an answer: sent %t, %v", alone, sent, err)
		}
	}
}

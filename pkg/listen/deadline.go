package listen

import (
	"net"
	"os"
	"sync"
	"time"
)

// deadlines are those of a plain connection. net/http sets half a dozen for each
// request, most of which are replaced before anything waits for them, and each
// costs about as much as a hundredth of the request. These reach the system when
// something is going to wait, and those for reading not even then, when an earlier
// one is still set: a read that it ends begins again.
//
// While a handler runs, net/http reads one byte ahead, to tell the handler when the
// client goes. No handler here asks for that, so that read only waits until it is
// broken off, and the byte stays where it is, see sit.
type deadlines struct {
	mu      sync.Mutex
	changed sync.Cond // on mu: want is in the past, or closed
	closed  bool
	reading bool      // a read waits for the client
	want    time.Time // for reading, as asked for; zero: none
	armed   time.Time // for reading, as the system knows it; zero: none
	writeBy time.Time // for writing, as the system knows it
}

const (
	// longestArmed is how far ahead the system is told a deadline for reading.
	longestArmed = 10 * time.Second
	// writeSlack is how much earlier than asked for a write may be given up.
	writeSlack = writeTimeout / 5
)

// SetReadDeadline is that of [net.Conn].
func (c *conn) SetReadDeadline(t time.Time) error {
	if c.tls != nil {
		return c.Conn.SetReadDeadline(t)
	}
	d := &c.deadlines
	d.mu.Lock()
	defer d.mu.Unlock()
	d.want = t
	if isPast(t) {
		d.changed.Broadcast()
	}
	if !d.reading {
		return nil
	}
	return d.arm(c.Conn)
}

// SetWriteDeadline is that of [net.Conn], but that a write may be given up a
// little earlier.
func (c *conn) SetWriteDeadline(t time.Time) error {
	d := &c.deadlines
	d.mu.Lock()
	defer d.mu.Unlock()
	if ahead := t.Sub(d.writeBy); 0 <= ahead && ahead < writeSlack && !t.IsZero() {
		return nil
	}
	d.writeBy = t
	return c.Conn.SetWriteDeadline(t)
}

// SetDeadline is that of [net.Conn].
func (c *conn) SetDeadline(t time.Time) error {
	if err := c.SetReadDeadline(t); err != nil {
		return err
	}
	return c.SetWriteDeadline(t)
}

// isPast reports whether a deadline is the one with which net/http breaks off a
// read, or another that passed long ago.
func isPast(t time.Time) bool { return !t.IsZero() && t.Unix() < 1<<20 }

// arm tells the system of the deadline that is wanted, or of an earlier one.
func (d *deadlines) arm(c net.Conn) error {
	d.armed = d.want
	if !isPast(d.want) {
		if most := time.Now().Add(longestArmed); d.want.IsZero() || d.want.After(most) {
			d.armed = most
		}
	}
	return c.SetReadDeadline(d.armed)
}

// begin makes sure that a read does not wait for longer than is wanted.
func (d *deadlines) begin(c net.Conn) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reading = true
	if !d.armed.IsZero() && isPast(d.armed) == isPast(d.want) && (d.want.IsZero() || !d.armed.After(d.want)) {
		return nil
	}
	return d.arm(c)
}

// end notes that a read has ended. again says that it was ended by a deadline
// that nobody asked for.
func (d *deadlines) end(c net.Conn, err error) (again bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.reading = false
	switch {
	case err == nil, isPast(d.want), !isTimeout(err), !d.want.IsZero() && !time.Now().Before(d.want):
		return false
	default:
		return d.arm(c) == nil
	}
}

// readAhead is how many bytes net/http reads while a handler runs that has the whole
// body. It may ask for as many at other times.
const readAhead = 1

// read is a Read of the socket that keeps the deadlines.
func (d *deadlines) read(c net.Conn, b []byte) (n int, err error) {
	for {
		if err := d.begin(c); err != nil {
			return 0, err
		}
		n, err = c.Read(b)
		if again := d.end(c, err); !again || n > 0 {
			return n, err
		}
	}
}

// sit waits until net/http breaks it off, or closes the connection.
func (d *deadlines) sit() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	for !d.closed && !isPast(d.want) {
		d.changed.Wait()
	}
	if d.closed {
		return net.ErrClosed
	}
	return os.ErrDeadlineExceeded
}

// close ends sit.
func (d *deadlines) close() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.closed = true
	d.changed.Broadcast()
}

package deliver

import (
	"errors"
	"os"
	"time"
)

// deadline is when what goes on at a connection has to have ended. To tell the
// system of one costs about as much as a twentieth of a short request, so that an
// earlier one that is still set is left as it is: what it ends begins again.
type deadline struct {
	want  time.Time // zero: none
	armed time.Time // as the system knows it; zero: none
}

// limit sets when what follows has to have ended. zero: never. TLS does not
// survive a write that was ended, and who writes a long body does not look again,
// so there the system is told at once.
func (c *conn) limit(t time.Time) error {
	c.deadline.want = t
	if c.Conn != c.raw || c.writing != nil {
		return c.arm()
	}
	return nil
}

// extend makes up for time in which nobody listened.
func (c *conn) extend(d time.Duration) {
	if !c.deadline.want.IsZero() {
		_ = c.limit(c.deadline.want.Add(d)) // an error is seen again by who reads
	}
}

// arm tells the system of the deadline that is wanted.
func (c *conn) arm() error {
	d := &c.deadline
	if d.armed.Equal(d.want) {
		return nil
	}
	d.armed = d.want
	return c.raw.SetDeadline(d.want)
}

// guard makes sure that what is going to wait does not wait for longer than is
// wanted.
func (c *conn) guard() error {
	d := &c.deadline
	if d.want.IsZero() || !d.armed.IsZero() && !d.armed.After(d.want) {
		return nil
	}
	return c.arm()
}

// unguard takes a deadline back. While the system has one to watch, each answer
// wakes up what watches, and that takes processor time from the receiver.
func (c *conn) unguard() error {
	d := &c.deadline
	if d.armed.IsZero() {
		return nil
	}
	d.armed = time.Time{}
	return c.raw.SetDeadline(time.Time{})
}

// tooEarly reports whether what ended with err was ended by a deadline that is no
// longer wanted, and can go on.
func (c *conn) tooEarly(err error) bool {
	d := &c.deadline
	if err == nil || d.armed.Equal(d.want) || !errors.Is(err, os.ErrDeadlineExceeded) {
		return false
	}
	return (d.want.IsZero() || time.Now().Before(d.want)) && c.arm() == nil
}

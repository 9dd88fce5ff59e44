package deliver

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// piped returns a connection over a pipe, whose deadlines are on the fake clock, and
// its other end.
func piped() (c *conn, there net.Conn) {
	ours, there := net.Pipe()
	return newConn(ours), there
}

// after does something once the fake clock has gone on.
func after(d time.Duration, do func()) { time.AfterFunc(d, do) }

// A deadline that was set for something earlier ends nothing that came later.
func TestReadDeadlines(t *testing.T) {
	tests := []struct {
		name   string
		limits []time.Duration // of one read after the other; 0: none
		says   []time.Duration // when the other end says something, from the begin of each; 0: never
		ends   error           // of the last one
		took   time.Duration
	}{
		{"in time", []time.Duration{time.Second}, []time.Duration{999 * time.Millisecond}, nil, 999 * time.Millisecond},
		{"too late", []time.Duration{time.Second}, []time.Duration{0}, os.ErrDeadlineExceeded, time.Second},
		{"never too late", []time.Duration{0}, []time.Duration{time.Hour}, nil, time.Hour},
		{"the same again", []time.Duration{time.Second, time.Second}, []time.Duration{time.Millisecond, 0}, os.ErrDeadlineExceeded, 1001 * time.Millisecond},
		{"later", []time.Duration{time.Second, time.Minute}, []time.Duration{time.Millisecond, 50 * time.Second}, nil, 50*time.Second + time.Millisecond},
		{"later, and too late", []time.Duration{time.Second, time.Minute}, []time.Duration{time.Millisecond, 0}, os.ErrDeadlineExceeded, time.Minute + time.Millisecond},
		{"earlier", []time.Duration{time.Minute, time.Second}, []time.Duration{time.Millisecond, 0}, os.ErrDeadlineExceeded, 1001 * time.Millisecond},
		{"then none", []time.Duration{time.Second, 0}, []time.Duration{time.Millisecond, time.Hour}, nil, time.Hour + time.Millisecond},
		{"long ago", []time.Duration{time.Second, 0, time.Second}, []time.Duration{time.Millisecond, time.Hour, 0}, os.ErrDeadlineExceeded, time.Hour + 1001*time.Millisecond},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, there := piped()
				defer c.close()
				defer there.Close()
				begin := time.Now()
				b := make([]byte, 8)
				for i, limit := range tt.limits {
					until := time.Time{}
					if limit > 0 {
						until = time.Now().Add(limit)
					}
					if err := c.limit(until); err != nil {
						t.Fatal(err)
					}
					if says := tt.says[i]; says > 0 {
						after(says, func() { io.WriteString(there, "x") })
					}
					want := error(nil)
					if i == len(tt.limits)-1 {
						want = tt.ends
					}
					if n, err := c.Read(b); !errors.Is(err, want) || (n == 1) != (want == nil) {
						t.Fatalf("read %d: %d, %v, want %v", i, n, err, want)
					}
				}
				if took := time.Since(begin); took != tt.took {
					t.Errorf("took %s, want %s", took, tt.took)
				}
			})
		})
	}
}

// A write that an old deadline interrupts goes on where it was.
func TestWriteGoesOnBehindAnOldDeadline(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, there := piped()
		defer c.close()
		defer there.Close()
		if err := c.limit(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		after(0, func() { io.WriteString(there, "x") })
		if _, err := c.Read(make([]byte, 1)); err != nil {
			t.Fatal(err)
		}
		if err := c.limit(time.Now().Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		text := strings.Repeat("0123456789", 10)
		got := make([]byte, len(text))
		after(500*time.Millisecond, func() { io.ReadFull(there, got[:33]) })
		after(30*time.Second, func() { io.ReadFull(there, got[33:]) })
		if n, err := c.Write([]byte(text)); n != len(text) || err != nil {
			t.Fatalf("wrote %d, %v", n, err)
		}
		synctest.Wait()
		if string(got) != text {
			t.Errorf("got %q", got)
		}
		begin := time.Now()
		if err := c.limit(begin.Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Write([]byte(text)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) || time.Since(begin) != time.Second {
			t.Errorf("wrote %d after %s, %v", n, time.Since(begin), err)
		}
	})
}

func TestHeadOfRequestThatIsNotTaken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c, there := piped()
		defer c.close()
		if err := c.limit(time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		if _, sent, err := c.head([]byte("ping"), nil); sent || !isTimeout(err) {
			t.Errorf("too slow: sent %t, %v", sent, err)
		}
		there.Close()
		if _, sent, err := c.head([]byte("ping"), nil); sent || !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("closed: sent %t, %v", sent, err)
		}
		c.kept = true
		var stale *staleError
		if _, _, err := c.head([]byte("ping"), nil); !errors.As(err, &stale) {
			t.Errorf("closed, kept: %v", err)
		}
	})
}

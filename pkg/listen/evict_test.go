package listen

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

const whole = head + "\r\n{}"

// keep opens connections, one after the other, sends a request on each, and keeps them.
func (s *running) keep(connections int, open func() net.Conn) (all []net.Conn) {
	s.t.Helper()
	for range connections {
		c := open()
		s.write(c, whole)
		if got := readAnswer(s.t, c); got != 200 {
			s.t.Fatalf("answered %d", got)
		}
		all = append(all, c)
		<-time.After(time.Millisecond)
	}
	return all
}

// TestRequestsThatHaveBegunAreNotCutOff has connections that were kept for long, one
// more than may be, of which the oldest has begun to send again.
func TestRequestsThatHaveBegunAreNotCutOff(t *testing.T) {
	for _, scheme := range []string{"http", "https"} {
		t.Run(scheme, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var o Options
				if scheme == "https" {
					o.Certificate = certificate(t)
				}
				s := startInMemory(t, o)
				open := s.dial
				if o.Certificate != nil {
					open = func() net.Conn { return s.shake(o.Certificate) }
				}
				all := s.keep(maxWaiting-1, open)
				<-time.After(2 * patience)
				s.write(all[0], head[:10])
				s.dial()
				synctest.Wait()
				if got := readAnswer(t, all[1]); got != 0 { // nobody has to go but this one
					t.Errorf("the one that waits is answered %d", got)
				}
				s.write(all[0], whole[10:])
				if got := readAnswer(t, all[0]); got != 200 {
					t.Errorf("answered %d", got)
				}
			})
		})
	}
}

// TestNewcomersGetIn has as many connections as may be, with something to do on each.
// Requests that are sent while the connection is open are answered.
func TestNewcomersGetIn(t *testing.T) {
	const now = patience / 3 // and then
	for name, tt := range map[string]struct {
		within time.Duration
		busy   func(s *running, c net.Conn) (more bool)
	}{
		"line breaks": {patience, func(_ *running, c net.Conn) bool {
			_, err := io.WriteString(c, "\r\n")
			<-time.After(now)
			return err == nil
		}},
		"requests": {4 * patience, func(s *running, c net.Conn) (more bool) {
			s.write(c, whole)
			more = answered(s.t, c)
			<-time.After(now)
			return more
		}},
		"slow requests": {4 * patience, func(s *running, c net.Conn) (more bool) {
			s.write(c, head)
			<-time.After(2 * now)
			s.write(c, whole[len(head):])
			return answered(s.t, c)
		}},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := startInMemory(t, Options{})
				var all sync.WaitGroup
				stop := make(chan struct{})
				for _, c := range s.keep(maxWaiting, s.dial) {
					all.Go(func() {
						for more := true; more && !isClosed(stop); more = tt.busy(s, c) {
						}
					})
				}
				s.dial() // one too many
				began := time.Now()
				if got := s.post(published); got.status != 200 {
					t.Errorf("answered %d", got.status)
				}
				if took := time.Since(began); took > tt.within {
					t.Errorf("it took %v; want at most %v", took, tt.within)
				}
				close(stop)
				all.Wait()
			})
		})
	}
}

// answered reads an answer, and reports whether another request may be sent.
func answered(t *testing.T, c net.Conn) (more bool) {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		t.Error(err)
		return false
	}
	res.Body.Close()
	if res.StatusCode != 200 {
		t.Errorf("answered %d", res.StatusCode)
	}
	return !res.Close
}

// cutter is the body of a request during which the connection has to go.
type cutter struct {
	io.Reader
	c *conn
}

func (r cutter) Read(b []byte) (int, error) {
	if _, gone := r.c.dismiss(time.Now()); !gone {
		return 0, errors.New("it stays")
	}
	return r.Reader.Read(b)
}

// TestNothingIsTakenOfWhatIsCutOff has requests that come in full while their
// connection is about to be cut off: their senders will see no answer.
func TestNothingIsTakenOfWhatIsCutOff(t *testing.T) {
	var kept store
	s := prepare(t, Options{Save: kept.save})
	c := &conn{since: time.Now().Add(-time.Hour)}
	req := httptest.NewRequestWithContext(withConn(t.Context(), c), http.MethodPost, "http://localhost/", cutter{strings.NewReader(published), c})
	s.r.ServeHTTP(httptest.NewRecorder(), req)
	if x := s.next(); x.Refused == "" || x.Counted || kept.ids() != nil {
		t.Errorf("observed %+v, stored %v", x, kept.ids())
	}
	if c.begin() || c.give(nil, 0) || !c.dismissIdle() {
		t.Error("another request may come")
	}
	here, there := net.Pipe()
	defer there.Close()
	go func() { _, _ = io.WriteString(here, "P"); here.Close() }()
	c.Conn, c.socket = there, there
	if n, err := c.Read(make([]byte, 10)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("read %d bytes, %v", n, err)
	}
}

// TestCutOffIsDecidedAtTheLastMoment has connections on which something has happened
// since they were found to wait.
func TestCutOffIsDecidedAtTheLastMoment(t *testing.T) {
	now := time.Now()
	for name, tt := range map[string]struct {
		happens func(*conn)
		stays   bool
		gone    bool
	}{
		"nothing":              {func(*conn) {}, false, true},
		"a request begins":     {func(c *conn) { c.begin() }, true, false},
		"a request is there":   {func(c *conn) { c.begin(); c.give(nil, 0) }, false, false},
		"a request is over":    {func(c *conn) { c.begin(); c.since = now.Add(-time.Minute); c.await() }, true, false},
		"it began long ago":    {func(c *conn) { c.begin(); c.since = now.Add(-time.Minute) }, false, true},
		"it begins once again": {func(c *conn) { c.begin(); c.since = now.Add(-time.Minute); c.begin() }, false, true},
	} {
		c := &conn{since: now.Add(-time.Hour)}
		tt.happens(c)
		if stays, gone := c.dismiss(now); (stays > 0) != tt.stays || gone != tt.gone {
			t.Errorf("%s: stays for %v, gone %t", name, stays, gone)
		}
	}
}

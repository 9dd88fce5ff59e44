package listen

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// readAnswer reads one answer from a connection, 0 when it ends without one.
func readAnswer(t *testing.T, c net.Conn) int {
	t.Helper()
	res, err := http.ReadResponse(bufio.NewReader(c), nil)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	return res.StatusCode
}

const head = "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n"

// TestStopAnswersWhatIsUnderWay stops the receiver while requests are half sent.
func TestStopAnswersWhatIsUnderWay(t *testing.T) {
	for name, first := range map[string]string{
		"in its first line": head[:9],
		"in its head":       head,
		"in its body":       head + "\r\n{",
	} {
		t.Run(name, func(t *testing.T) {
			var kept store
			s := start(t, Options{Save: kept.save})
			c := s.dial()
			s.write(c, first)
			s.post(published) // by now the first bytes of the other one have come
			s.stop()
			s.write(c, (head + "\r\n{}")[len(first):])
			if got := readAnswer(t, c); got != 200 {
				t.Errorf("answered %d", got)
			}
			if err := s.wait(); err != nil {
				t.Error(err)
			}
			if n := len(kept.ids()); n != 2 {
				t.Errorf("%d stored", n)
			}
			if _, err := s.send(http.MethodPost, "/", published); err == nil {
				t.Error("a receiver that has stopped answers")
			}
		})
	}
}

func TestStopCutsOffWhatTakesTooLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startInMemory(t, Options{})
		c := s.dial()
		s.write(c, head)
		s.post(published)
		if took := s.timeToStop(); took != Grace {
			t.Errorf("stopped after %v; want %v", took, Grace)
		}
		if got := readAnswer(t, c); got != 0 {
			t.Errorf("answered %d", got)
		}
	})
}

// timeToStop stops the receiver.
func (s *running) timeToStop() time.Duration {
	s.t.Helper()
	began := time.Now()
	s.stop()
	if err := s.wait(); err != nil {
		s.t.Error(err)
	}
	return time.Since(began)
}

// TestStopIsQuick has connections on which nothing is under way.
func TestStopIsQuick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startInMemory(t, Options{})
		s.dial()
		kept := s.dial()
		s.write(kept, head+"\r\n{}\r\n") // with the line break that old clients send
		if got := readAnswer(t, kept); got != 200 {
			t.Fatalf("answered %d", got)
		}
		if took := s.timeToStop(); took > 2*settle {
			t.Errorf("stopped after %v", took)
		}
	})
}

func TestStopEndsDelays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept store
		began := make(chan struct{})
		s := startInMemory(t, Options{
			Save: kept.save, Delay: lenient / 2, Check: func(*event.Event) Verdict { close(began); return isJSON(true) },
		})
		status := make(chan int)
		go func() {
			a, err := s.send(http.MethodPost, "/", published)
			if err != nil {
				t.Error(err)
			}
			status <- a.status
		}()
		<-began
		stopped := time.Now()
		s.stop()
		if got, took := <-status, time.Since(stopped); got != 200 || took > 0 {
			t.Errorf("answered %d after %v", got, took)
		}
		if err := s.wait(); err != nil || len(kept.ids()) != 1 {
			t.Errorf("%v, stored %v", err, kept.ids())
		}
	})
}

func TestDelay(t *testing.T) {
	s := start(t, Options{Delay: 30 * time.Millisecond, MaxDelay: 60 * time.Millisecond})
	for range 5 {
		began := time.Now()
		s.post(published)
		took := time.Since(began)
		if d := s.next().Delivery.Response.Took; d < 30*time.Millisecond || d > took {
			t.Errorf("took %v of %v", d, took)
		}
	}
}

func TestDeliveryIsStoredWhenItsSenderHasGone(t *testing.T) {
	var kept store
	s := start(t, Options{Save: kept.save, Delay: 50 * time.Millisecond})
	c := s.dial()
	s.write(c, head+"\r\n{}")
	c.Close()
	if x := s.next(); !x.Stored() || len(kept.ids()) != 1 {
		t.Errorf("observed %+v", x)
	}
}

func TestIncompleteBodyIsNoDelivery(t *testing.T) {
	var kept store
	s := start(t, Options{Save: kept.save})
	c := s.dial()
	s.write(c, head+"\r\n{")
	c.Close()
	if x := s.next(); x.Status != 400 || x.Refused == "" || kept.ids() != nil {
		t.Errorf("observed %+v", x)
	}
}

func TestListenerThatBreaks(t *testing.T) {
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	if err := r.Serve(t.Context(), l); !errors.Is(err, net.ErrClosed) {
		t.Errorf("got %v", err)
	}
}

// TestOrder sends from many sides at once: On is told one after the other, in the
// order of Save, before and after the answers.
func TestOrder(t *testing.T) {
	var (
		kept   store
		told   []string
		inside sync.Mutex
	)
	s := start(t, Options{Save: kept.save, On: func(x Observed) {
		if !inside.TryLock() {
			t.Error("told two at once")
		}
		told = append(told, x.Delivery.ID)
		inside.Unlock()
	}})
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 25 {
				if _, err := s.send(http.MethodPost, "/", published); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	s.stop()
	if err := s.wait(); err != nil {
		t.Error(err)
	}
	if !slices.Equal(told, kept.ids()) || len(told) != 200 {
		t.Errorf("told %d, stored %d, in other orders", len(told), len(kept.ids()))
	}
}

func TestSlowDisplayHoldsNothingUp(t *testing.T) {
	var kept store
	release := make(chan struct{})
	s := start(t, Options{Save: kept.save, On: func(Observed) { <-release }})
	for range 20 {
		if got := s.post(published); got.status != 200 {
			t.Fatalf("answered %d", got.status)
		}
	}
	if n := len(kept.ids()); n != 20 {
		t.Errorf("%d stored", n)
	}
	s.stop()
	close(release)
	if err := s.wait(); err != nil {
		t.Error(err)
	}
	if n := len(s.seen); n != 20 {
		t.Errorf("%d told", n)
	}
}

// say sends what may be cut off, in full or in part.
func say(c net.Conn, text string) {
	if _, ok := c.(*net.TCPConn); ok {
		_, _ = io.WriteString(c, text)
		return
	}
	go func() { _, _ = io.WriteString(c, text) }() // in memory it waits for the reader
}

// halfOpen opens connections on which parts of a request come, or nothing at all.
func (s *running) halfOpen(request string) {
	s.t.Helper()
	for i := range 300 {
		say(s.dial(), request[:i%len(request)])
	}
}

func TestHalfOpenConnectionsDoNotKeepOthersOut(t *testing.T) {
	var kept store
	s := start(t, Options{Save: kept.save})
	s.halfOpen(head + "\r\n{}")
	if got := s.post(published); got.status != 200 {
		t.Errorf("answered %d", got.status)
	}
	for x := s.next(); !x.Stored(); x = s.next() {
		if x.Status != http.StatusBadRequest { // of which only the body was not there
			t.Errorf("observed %+v", x)
		}
	}
}

// longestWait is how long an honest delivery may take behind 300 half-open
// connections.
const longestWait = 5 * time.Second

func TestHalfOpenConnectionsDoNotHoldOthersUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := startInMemory(t, Options{})
		s.halfOpen(head + "\r\n{}")
		began := time.Now()
		if got := s.post(published); got.status != 200 {
			t.Errorf("answered %d", got.status)
		}
		if took := time.Since(began); took > longestWait {
			t.Errorf("an honest delivery took %v", took)
		}
	})
}

// TestManyHonestConnections has clients that send as soon as they are connected, and
// again as soon as they are answered.
func TestManyHonestConnections(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var kept store
		s := startInMemory(t, Options{Save: kept.save})
		var all sync.WaitGroup
		for range 200 {
			c := s.dial()
			all.Go(func() {
				defer c.Close()
				for range 3 {
					if _, err := io.WriteString(c, head+"\r\n{}"); err != nil {
						t.Error(err)
						return
					}
					if got := readAnswer(t, c); got != 200 {
						t.Errorf("answered %d", got)
					}
				}
			})
		}
		all.Wait()
		if n := len(kept.ids()); n != 600 {
			t.Errorf("%d stored", n)
		}
	})
}

func TestHugeHeadIsRefused(t *testing.T) {
	s := start(t, Options{})
	c := s.dial()
	go func() {
		_, _ = io.WriteString(c, "POST / HTTP/1.1\r\nHost: localhost\r\nX: "+strings.Repeat("x", 2*MaxHeader)+"\r\n\r\n")
	}()
	if got := readAnswer(t, c); got != 431 {
		t.Errorf("answered %d", got)
	}
	if got := s.post(published); got.status != 200 {
		t.Errorf("the next is answered %d", got.status)
	}
}

// TestHeadOneByteBelowTheLimit sends as much of a head as makes net/http ask for
// one byte more, which is what it reads ahead while a handler runs, too.
func TestHeadOneByteBelowTheLimit(t *testing.T) {
	const readLimit = MaxHeader + 4<<10 // of net/http, see initialReadLimitSize
	s := start(t, Options{})
	c := s.dial()
	begin := "POST / HTTP/1.1\r\nHost: localhost\r\nX: "
	s.write(c, begin+strings.Repeat("x", readLimit-1-len(begin)))
	s.post(published) // by now all of it has come
	go func() { _, _ = io.WriteString(c, "xxxx") }()
	if got := readAnswer(t, c); got != 431 {
		t.Errorf("answered %d", got)
	}
}

func TestQueueThatIsFarBehindHoldsUpAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		q := newQueue(Options{On: func(Observed) { <-release }})
		ctx, cancel := context.WithCancel(t.Context())
		for range maxBehind {
			q.tell(ctx, q.draw(), Observed{})
		}
		full := make(chan struct{})
		go func() { q.tell(ctx, q.draw(), Observed{}); close(full) }()
		synctest.Wait()
		if isClosed(full) {
			t.Error("one more did not wait")
		}
		cancel()
		<-full
		close(release)
		q.drain(nil)
	})
}

// TestEndWaitsForWhoeverIsTold: who reads what is printed may take a break.
func TestEndWaitsForWhoeverIsTold(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		release, abandon, told := make(chan struct{}), make(chan struct{}), 0
		q := newQueue(Options{On: func(Observed) { <-release; told++ }})
		for range 3 {
			q.tell(t.Context(), q.draw(), Observed{})
		}
		drained := make(chan struct{})
		go func() { q.drain(nil); close(drained) }()
		<-time.After(time.Hour)
		if isClosed(drained) {
			t.Error("it did not wait")
		}
		close(abandon)
		q.drain(abandon) // does not wait, or the test would hang
		close(release)
		<-drained
		if told != 3 {
			t.Errorf("told %d", told)
		}
	})
}

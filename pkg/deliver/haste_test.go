package deliver

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"testing"
	"time"
)

func TestHaste(t *testing.T) {
	if runtime.GOMAXPROCS(0) == 1 {
		defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(2))
	}
	var never haste
	if never.now() {
		t.Error("the zero haste makes haste")
	}
	var h haste
	for concurrency := range 3 {
		if w := newWorker(&run{o: RunOptions{Concurrency: concurrency}}); w.hasty != (concurrency <= 1) {
			t.Errorf("haste with %d requests at a time: %t", concurrency, w.hasty)
		}
	}
	h.on = true
	for range 3 { // as long as it is worth it
		if !h.now() {
			t.Fatal("no haste")
		}
		h.caught(true)
	}
	for _, patient := range []int{1, 2, 4, 8, 16, 32, 64, 128, 128} {
		if !h.now() {
			t.Fatalf("no haste before %d answers in patience", patient)
		}
		h.caught(false)
		for i := range patient {
			if h.now() {
				t.Fatalf("haste after %d answers in patience, want %d", i, patient)
			}
		}
	}
	h.now()
	h.caught(true)
	if !h.now() {
		t.Error("no haste after an answer that came at once")
	}
	runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	if w := newWorker(&run{}); mayHaste() || w.hasty {
		t.Error("haste without a processor to spare")
	}
}

// pair returns the two ends of a connection over TCP.
func pair(t *testing.T) (here, there net.Conn) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if here, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if there, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { here.Close(); there.Close() })
	return here, there
}

func TestReadInHaste(t *testing.T) {
	raw, receiver := pair(t)
	c := newConn(raw)
	c.haste.on = true
	b := make([]byte, 8)
	for _, text := range []string{"at once", "again"} {
		if _, err := io.WriteString(receiver, text); err != nil {
			t.Fatal(err)
		}
		if n, err := c.Read(b); string(b[:n]) != text || err != nil {
			t.Fatalf("read %q, %v; want %q", b[:n], err, text)
		}
	}
	if n := c.socket.catch(b, time.Millisecond); n != 0 {
		t.Errorf("caught %d bytes where none are", n)
	}
	if err := c.limit(time.Now().Add(-time.Second)); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Read(b); !isTimeout(err) {
		t.Errorf("behind the deadline: %v, want a timeout", err)
	}
	if err := c.limit(time.Time{}); err != nil {
		t.Fatal(err)
	}
	c.haste = haste{on: true}
	receiver.Close()
	if n, err := c.Read(b); n != 0 || err != io.EOF {
		t.Errorf("at the end: %d, %v, want EOF", n, err)
	}
	c.haste = haste{on: true}
	c.close()
	if _, err := c.Read(b); !errors.Is(err, net.ErrClosed) {
		t.Errorf("after close: %v", err)
	}
}

// A receiver that takes its time is waited for in the usual way nearly always.
func TestHasteEndsWithSlowReceiver(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		<-time.After(3 * hasteTime)
	}))
	defer receiver.Close()
	s := New(Options{}).lasting()
	defer s.Close()
	// Where this process has to wait for a processor, an answer may be there by the
	// time it asks for it, and then the counting begins anew.
	const events, most = 64, 50 * 64
	way := &lane{lasting: true, alone: true, hasty: mayHaste()}
	patient := 0
	for n := 1; n <= most && (n <= events || patient < 16); n++ {
		if r := s.send(t.Context(), way, &job{req: Request{URL: receiver.URL, Body: []byte("{}")}}); !r.OK {
			t.Fatal(r.Err)
		}
		patient = s.resting()[0].haste.next
	}
	defer s.pool.forget(t.Context())
	if runtime.GOMAXPROCS(0) > 1 && patient < 16 {
		t.Errorf("after %d slow answers %d are waited for in patience, want 16 or more", most, patient)
	}
}

// A receiver that closes a connection after some answers, and does not tell, gets the
// next request later from then on: it may be about to close.
func TestHasteEndsWithLostConnection(t *testing.T) {
	url := serve(t, func(c net.Conn, _ int) {
		in := bufio.NewReader(c)
		for range 2 {
			take(in)
			io.WriteString(c, reply(200))
		}
		take(in)
	})
	s := New(Options{}).lasting()
	defer s.Close()
	way := &lane{lasting: true, alone: true, hasty: true}
	for i, want := range []bool{true, true, false, true} {
		r := s.send(t.Context(), way, &job{req: Request{URL: url, Body: []byte("{}")}})
		if r.OK != want || way.hasty != (i < 2) {
			t.Errorf("request %d: %v, haste %t", i+1, r.Err, way.hasty)
		}
	}
	s.pool.forget(t.Context())
}

// What was caught just now needs no further look before the next request, and
// everything else does.
func TestFreshConnections(t *testing.T) {
	now := time.Now()
	for _, tt := range []struct {
		caught bool
		unused time.Duration
		fresh  bool
	}{
		{true, 0, true}, {true, freshTime - 1, true}, {true, freshTime, false}, {true, idle, false}, {false, 0, false},
	} {
		raw, _ := pair(t)
		c := newConn(raw)
		c.watch(t.Context())
		c.proven, c.caught = true, tt.caught
		way := &lane{lasting: true, ready: true}
		way.hold(place{}, c, new(pool), now.Add(-tt.unused))
		if got := way.take(place{}, now, idle); got != c || !c.kept || c.fresh != tt.fresh {
			t.Errorf("%+v: fresh %t", tt, c.fresh)
		}
		way.hold(place{}, c, new(pool), now.Add(-idle-1))
		if way.take(place{}, now, idle) != nil || way.held != nil {
			t.Error("a connection that was not used for long")
		}
	}
}

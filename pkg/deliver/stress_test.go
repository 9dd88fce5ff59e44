package deliver

import (
	"bufio"
	"fmt"
	"io"
	"iter"
	"math/rand/v2"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// nasty is a receiver that answers in all the ways there are, closes when it likes,
// and remembers what it was sent and what it answered.
type nasty struct {
	mu       sync.Mutex
	received map[string]int // by the begin of the body
	answered map[string]int
}

// keyOf is the begin of a body, which tells it from all others.
func keyOf(body []byte) string { return string(body[:min(len(body), 20)]) }

func (r *nasty) serve(c net.Conn, random *rand.Rand) {
	in := bufio.NewReader(c)
	for {
		req, err := http.ReadRequest(in)
		if err != nil {
			return
		}
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return
		}
		r.note(&r.received, body)
		kind := random.IntN(12)
		if kind == 0 { // no answer
			return
		}
		if kind == 1 { // nor this
			c.(*net.TCPConn).SetLinger(0)
			return
		}
		r.note(&r.answered, body)
		if !respond(c, kind, random) {
			return
		}
	}
}

// respond answers and reports whether the connection stays open.
func respond(c net.Conn, kind int, random *rand.Rand) bool {
	switch kind {
	case 2: // at last
		<-time.After(time.Duration(random.IntN(300)) * time.Microsecond)
	case 3:
		io.WriteString(c, "HTTP/1.1 100 Continue\r\n\r\n")
	case 4: // byte by byte
		for _, b := range []byte(reply(200)) {
			c.Write([]byte{b})
		}
		return true
	case 5: // twice
		io.WriteString(c, reply(200)+reply(200))
		return true
	case 6:
		io.WriteString(c, "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n")
		return true
	case 7:
		io.WriteString(c, "HTTP/1.1 200 OK\r\n\r\nuntil it is closed")
		return false
	}
	io.WriteString(c, reply(200))
	return kind != 8 // then closed without telling
}

func (r *nasty) note(in *map[string]int, body []byte) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if *in == nil {
		*in = map[string]int{}
	}
	(*in)[keyOf(body)]++
}

// various are events of which some do not leave in one write.
func various(n int) iter.Seq2[*event.Event, error] {
	long := strings.Repeat("x", 3*inOneWrite)
	return func(yield func(*event.Event, error) bool) {
		for i := 1; i <= n; i++ {
			text := ""
			if i%97 == 0 {
				text = long
			}
			if !yield(event.New(fmt.Appendf(nil, `{"n":%09d,"x":%q}`, i, text)), nil) {
				return
			}
		}
	}
}

// Whatever a receiver does, no event is sent twice and each is told once, in order
// when one is sent at a time, and told as delivered when and only when it was answered.
func TestEveryDeliveryIsTold(t *testing.T) {
	const events = 600
	for seed := range uint64(8) {
		concurrency, ready := 1+7*int(seed%2), seed/2%2 == 1
		var r nasty
		url := serve(t, func(c net.Conn, n int) { r.serve(c, rand.New(rand.NewPCG(seed, uint64(n)))) })
		s := New(Options{Timeout: time.Minute})
		told, last := map[string]int{}, 0
		o := RunOptions{Concurrency: concurrency, Ready: ready, Target: func(e *event.Event) Request { return Request{URL: url, Body: e.Body} }}
		summary, err := s.Run(t.Context(), various(events), o, func(result Result) {
			if concurrency == 1 && result.Number != last+1 {
				t.Errorf("seed %d: %d was told behind %d", seed, result.Number, last)
			}
			last = result.Number
			key := keyOf(result.sent)
			told[key]++
			r.mu.Lock()
			defer r.mu.Unlock()
			if n := r.received[key]; result.OK != (r.answered[key] == 1) || n > 1 || result.OK && n == 0 {
				t.Errorf("seed %d: %s: %v, and it was received %d times and answered %d times", seed, key, result.Err, r.received[key], r.answered[key])
			}
		})
		s.Close()
		if err != nil || summary.Sent != events || len(told) != events {
			t.Errorf("seed %d: %d sent, %d told, %v", seed, summary.Sent, len(told), err)
		}
		for key, n := range told {
			if n != 1 {
				t.Errorf("seed %d: %s was told %d times", seed, key, n)
			}
		}
	}
}

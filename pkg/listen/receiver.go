package listen

import (
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// Receiver takes deliveries. Make it with [New].
type Receiver struct {
	o        Options
	queue    *queue
	targets  *targets // nil: nothing is forwarded
	turn     atomic.Uint64
	shakes   news        // of TLS handshakes
	sawPlain atomic.Bool // a client that does not speak TLS
	work     sync.WaitGroup
	grace    time.Duration // Grace, but in tests

	// order is held while a delivery gets its place in the file and its ticket,
	// so that both orders are the same. It guards what follows.
	order   sync.Mutex
	counted int  // of Options.Limit
	stopped bool // nothing more is taken
}

// New makes a receiver. The error is an [*OptionError].
func New(o Options) (*Receiver, error) {
	o, err := o.checked()
	if err != nil {
		return nil, err
	}
	return &Receiver{o: o, queue: newQueue(o), targets: newTargets(o), grace: Grace}, nil
}

// answer is the next of the answers that are taken in turn.
func (r *Receiver) answer() Answer {
	if len(r.o.Respond) == 0 {
		return http.StatusOK
	}
	turn := r.turn.Add(1) - 1
	return r.o.Respond[turn%uint64(len(r.o.Respond))]
}

// ServeHTTP takes one request.
func (r *Receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	if !r.begin() {
		panic(http.ErrAbortHandler) // its connection was cut off already
	}
	defer r.work.Done()
	x := r.newExchange(w, req)
	defer x.conn.await()
	defer func() {
		switch v := recover(); v {
		case nil:
		case http.ErrAbortHandler:
			panic(v)
		default:
			x.broken(v)
		}
	}()
	if r.cors(w, req) {
		return
	}
	if no := r.guard(req); no != nil {
		x.refuse(no)
		return
	}
	body, no := r.readBody(w, req)
	if there := x.conn.answer(); no == nil && !there {
		no = &refusal{http.StatusServiceUnavailable, "its connection had to make room for others"}
	}
	if no != nil {
		x.refuse(no)
		return
	}
	x.deliver(body)
}

// begin reports whether requests are still taken, and counts one that is.
func (r *Receiver) begin() bool {
	r.order.Lock()
	defer r.order.Unlock()
	if !r.stopped {
		r.work.Add(1)
	}
	return !r.stopped
}

// end waits for the requests that are under way and takes no more.
func (r *Receiver) end() {
	r.order.Lock()
	r.stopped = true
	r.order.Unlock()
	r.work.Wait()
}

// reserve gives a delivery its place: in the order of observations, under the
// limit, and in the file. wait is nil when the limit is reached.
func (r *Receiver) reserve(x *exchange) (wait func() error) {
	r.order.Lock()
	defer r.order.Unlock()
	x.ticket = r.queue.draw()
	if r.full() {
		return nil
	}
	if x.Counted {
		r.counted++
	}
	if x.Delivery.Via == event.ViaListen {
		x.Delivery.Response = &event.Response{Status: x.Status, Took: r.o.Now().Sub(x.began)}
	}
	if r.o.Save == nil {
		return func() error { return nil }
	}
	return r.o.Save(x.Delivery)
}

// unreserve takes a delivery that was not stored out of the count.
func (r *Receiver) unreserve() {
	r.order.Lock()
	defer r.order.Unlock()
	r.counted--
}

// isFull reports whether all deliveries have come that were asked for.
func (r *Receiver) isFull() bool {
	r.order.Lock()
	defer r.order.Unlock()
	return r.full()
}

func (r *Receiver) full() bool { return r.o.Limit > 0 && r.counted >= r.o.Limit }

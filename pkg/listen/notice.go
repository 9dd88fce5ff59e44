package listen

import (
	"sync"
	"time"
)

// Notice is news of a target, or of connections on which no request came.
type Notice struct {
	Kind NoticeKind
	// Target is the URL of the receiver that deliveries are forwarded to.
	Target string
	// Status is what deliveries to it are answered until it answers again.
	Status int
	// Remote is the address of the client.
	Remote string
	// Err says why.
	Err error
}

// NoticeKind is what a [Notice] tells.
type NoticeKind string

// The kinds of notices. The first three have a Target, the others a Remote.
const (
	// TargetDown: a target does not answer, with Status and Err.
	TargetDown NoticeKind = "target down"
	// TargetUp: it answers again.
	TargetUp NoticeKind = "target up"
	// TargetBusy: as many deliveries wait for it as may, with Status.
	TargetBusy NoticeKind = "target busy"
	// PlainHTTP: a client speaks HTTP where HTTPS is spoken. It is told once.
	PlainHTTP NoticeKind = "plain HTTP"
	// HandshakeFailed: a TLS handshake failed, with Err, and not for the same
	// reason as the one before it.
	HandshakeFailed NoticeKind = "handshake failed"
)

// notify tells of a notice, unless the receiver has stopped.
func (r *Receiver) notify(s *serving, n Notice) {
	if r.o.Notice == nil || !r.begin() {
		return
	}
	defer r.work.Done()
	t := r.queue.draw()
	t.notice = &n
	r.queue.tell(s.work, t, Observed{})
}

// maxNews is how often in a minute a change is told.
const maxNews = 10

// news tells changes from repeats. The zero value knows no state.
type news struct {
	mu     sync.Mutex
	state  string
	minute time.Time // when the minute began in which changes are counted
	told   int
}

// change notes a state and returns the one before it. tell is false when the two
// are the same, or when too much was told of late.
func (n *news) change(to string, now time.Time) (from string, tell bool) {
	n.mu.Lock()
	defer n.mu.Unlock()
	from, n.state = n.state, to
	if from == to {
		return from, false
	}
	if now.Sub(n.minute) >= time.Minute {
		n.minute, n.told = now, 0
	}
	n.told++
	return from, n.told <= maxNews
}

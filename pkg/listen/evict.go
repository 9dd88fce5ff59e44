package listen

import (
	"maps"
	"slices"
	"time"

	"github.com/konhook/konhook/pkg/internal/peek"
)

const (
	// maxWaiting is how many connections may wait for the rest of a request, or
	// for the next one, before the oldest have to go. It leaves half of the 128
	// files that a process may be allowed to have.
	maxWaiting = 64
	// patience is how long a connection may wait in any case. When somebody has
	// waited as long for one to go, and none may, some are closed with their next
	// answer.
	patience = 250 * time.Millisecond
)

// candidate is a connection that may have to go and what decides on its turn.
type candidate struct {
	conn  *conn
	fresh bool
	since time.Time
}

// evict closes connections that wait: those above the limit, or at least so many.
// Those go first that have never sent a whole request, then the oldest; none
// that has waited for a short time only. waited is how long somebody has waited for
// one to go already. tooMany is how many are still above the limit, wait the time after
// which the next one may go.
func (g *gate) evict(atLeast int, waited time.Duration) (tooMany int, wait time.Duration) {
	all := g.candidates()
	tooMany = max(atLeast, len(all)-maxWaiting+1)
	now := time.Now()
	wait = patience
	var young []*conn
	for _, w := range all {
		if tooMany <= 0 {
			break
		}
		stays, gone := w.conn.dismiss(now)
		if stays > 0 {
			wait = min(wait, stays)
			young = append(young, w.conn)
			continue
		}
		if gone {
			w.conn.cut()
		}
		tooMany-- // or it waits no longer: a request has come
	}
	if waited >= patience {
		for _, c := range young[:min(len(young), max(tooMany, 0))] {
			c.leave()
		}
	}
	return tooMany, wait
}

// dismiss says how long a connection that waits may still do so. When it has to go
// at once, it is marked as gone, and nothing that comes on it is taken any more.
func (c *conn) dismiss(now time.Time) (stays time.Duration, gone bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch age := now.Sub(c.since); {
	case c.phase == answering:
		return 0, false
	case age < patience:
		return patience - age, false
	case !c.spared && peek.Pending(c.socket):
		// Only once: it need not be a request, or the rest of one.
		c.spared, c.since = true, now
		return patience, false
	}
	c.gone = true
	return 0, true
}

// leave makes the next answer the last on the connection. A client that sends one
// request after the other might lose one if it were cut off.
func (c *conn) leave() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last = true
}

// leaves reports whether no request is taken behind the one that is answered.
func (c *conn) leaves() bool {
	if c == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last
}

// dismissIdle reports whether nothing of a request has come that is not answered, and
// then marks the connection as gone.
func (c *conn) dismissIdle() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.gone = c.gone || c.idle() && !peek.Pending(c.socket)
	return c.gone
}

// idle reports whether nothing of a request is known to have come that is not
// answered, with mu held.
func (c *conn) idle() bool {
	return c.phase == waiting && !c.begun && c.held == 0 && c.heads.between()
}

// candidates lists the connections that wait for a client, those that should go
// first in front.
func (g *gate) candidates() []*candidate {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []*candidate
	for c := range g.conns {
		c.mu.Lock()
		if c.phase != answering {
			all = append(all, &candidate{c, c.fresh, c.since})
		}
		c.mu.Unlock()
	}
	slices.SortFunc(all, func(a, b *candidate) int {
		switch {
		case a.fresh == b.fresh:
			return a.since.Compare(b.since)
		case a.fresh:
			return -1
		default:
			return 1
		}
	})
	return all
}

// closeIdle closes the connections on which nothing is under way and returns how
// many others there are.
func (g *gate) closeIdle() (others int) {
	for _, c := range g.all() {
		if c.dismissIdle() {
			c.cut() // nobody expects anything of it
		} else {
			others++
		}
	}
	return others
}

// cutAll closes all connections.
func (g *gate) cutAll() {
	for _, c := range g.all() {
		c.cut()
	}
}

func (g *gate) all() []*conn {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Collect(maps.Keys(g.conns))
}

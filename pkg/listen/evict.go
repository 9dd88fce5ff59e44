package listen

import (
	"maps"
	"slices"
	"time"
)

// candidate is a connection that may have to go and what decides on that.
type candidate struct {
	conn  *conn
	fresh bool
	since time.Time
}

// evict closes connections that wait: those above the limit, or at least so many.
// Those go first that have never sent a whole request, then the oldest; none
// that has waited for a short time only. tooMany is how many are still above the
// limit, wait the time after which the next one may go.
func (g *gate) evict(atLeast int) (tooMany int, wait time.Duration) {
	all := g.candidates()
	tooMany = max(atLeast, len(all)-maxWaiting+1)
	now := time.Now()
	wait = patience
	for _, w := range all {
		if tooMany <= 0 {
			break
		}
		if age := now.Sub(w.since); age < patience {
			wait = min(wait, patience-age)
			continue
		}
		w.conn.cut()
		tooMany--
	}
	return tooMany, wait
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
		if c.idle() {
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

package deliver

import (
	"context"
	"sync"
	"time"
)

// place is what connections are kept for.
type place struct {
	addr, name string
	secure     bool
}

// pool keeps connections that are not in use, for a short time. The zero value
// keeps none.
type pool struct {
	most int           // for each place
	life time.Duration // how long each of them is kept

	mu    sync.Mutex
	conns map[place][]*conn // the one used last is the last
	lost  map[place]int     // connections kept in vain, in a row: until one was of use
	timer *time.Timer       // set while there are any
}

// take returns a connection that can be used, nil when there is none.
func (p *pool) take(at place) *conn {
	now := time.Now()
	for {
		c := p.pop(at)
		if c == nil {
			return nil
		}
		if now.Sub(c.since) <= p.life {
			if c.alive(now) {
				c.kept, c.fresh = true, false
				return c
			}
			if !c.reused {
				p.vain(at)
			}
		}
		c.close()
	}
}

func (p *pool) pop(at place) *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	list := p.conns[at]
	if len(list) == 0 {
		return nil
	}
	last := len(list) - 1
	c := list[last]
	list[last] = nil
	p.conns[at] = list[:last]
	return c
}

// mostVain is how many connections are kept in vain, one after the other, before
// none is kept any more. A receiver that closes after each answer, and does not
// tell, would sooner or later do it while a request is on its way.
const mostVain = 2

// vain notes that a connection was kept in vain: it was closed at once.
func (p *pool) vain(at place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.lost == nil || len(p.lost) >= mostDestinations {
		p.lost = make(map[place]int)
	}
	p.lost[at]++
}

// worth notes that a connection was not kept in vain.
func (p *pool) worth(at place) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.lost) > 0 {
		delete(p.lost, at)
	}
}

// givenUp reports whether nothing is kept any more.
func (p *pool) givenUp(at place) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost[at] >= mostVain
}

// put keeps a connection, or closes it when there are enough or they are of no
// use.
func (p *pool) put(at place, c *conn) {
	c.since = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.conns[at]) >= p.most || p.lost[at] >= mostVain {
		c.close()
		return
	}
	if p.conns == nil {
		p.conns = make(map[place][]*conn)
	}
	p.conns[at] = append(p.conns[at], c)
	if p.timer == nil {
		p.timer = time.AfterFunc(p.life, p.sweep)
	}
}

// sweep closes what nobody has used for too long.
func (p *pool) sweep() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, left := time.Now(), 0
	for at, list := range p.conns {
		old := 0
		for old < len(list) && now.Sub(list[old].since) >= p.life {
			list[old].close()
			old++
		}
		p.conns[at] = append(list[:0], list[old:]...)
		clear(list[len(list)-old:])
		if left += len(list) - old; len(list) == old {
			delete(p.conns, at)
		}
	}
	p.timer = nil
	if left > 0 {
		p.timer = time.AfterFunc(p.life, p.sweep)
	}
}

// forget makes what is kept independent of ctx.
func (p *pool) forget(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range p.conns {
		for _, c := range list {
			if c.watched != nil && c.watched.Done() == ctx.Done() {
				c.rest() // one that is closed shows it when it is to be used
			}
		}
	}
}

// close closes what is kept.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, list := range p.conns {
		for _, c := range list {
			c.close()
		}
	}
	p.conns = nil
	if p.timer != nil {
		p.timer.Stop()
		p.timer = nil
	}
}

package deliver

import "time"

// lane is what requests share that are sent one after the other, as those of one
// worker of a run are: the connection held between them, and what to do while an
// answer is awaited. The zero lane is for a single request.
type lane struct {
	lasting bool // connections stay watched from one request to the next
	alone   bool // no other request is under way
	hasty   bool // and there may be haste
	ready   bool // the next request follows at once
	// meanwhile is done once for each attempt, while its answer is on its way; early
	// before there is a connection; slow before an answer is waited for in earnest.
	// They may be nil.
	meanwhile, early, slow func()

	busy *conn         // a request is under way on it
	used bool          // meanwhile has run for this attempt
	lost time.Duration // of the attempt: the run did something else, and the receiver is not to blame
	held *conn         // goes not back to the pool between two requests
	at   place         // where it leads to
}

// start notes that an attempt begins.
func (l *lane) start() { l.used, l.lost = false, 0 }

// begin notes that a request is under way on a connection, end that it is no
// longer.
func (l *lane) begin(c *conn) { l.busy, c.way = c, l }
func (l *lane) end()          { l.busy, l.busy.way = nil, nil }

// isAlone reports whether no other request is under way. There may be no lane.
func (l *lane) isAlone() bool { return l != nil && l.alone }

// connects notes that a connection is going to be made.
func (l *lane) connects() {
	if l.early == nil {
		return
	}
	begin := time.Now()
	l.early()
	l.lost += time.Since(begin)
}

// useTime uses the time until an answer comes. There may be no lane.
func (l *lane) useTime() {
	if l == nil || l.used || l.meanwhile == nil {
		return
	}
	l.used = true
	l.spend(l.meanwhile)
}

// ownTime is what the run may use of the time of an answer and have it count as the
// receiver's: it is next to nothing.
const ownTime = 100 * time.Microsecond

// spend does something while an answer is on its way. Where that takes longer than
// the answer does, which a reader of the report who pauses can bring about, the time
// is not the receiver's: it neither counts nor makes the answer late.
func (l *lane) spend(do func()) {
	begin := time.Now()
	do()
	if took := time.Since(begin); took > ownTime && l.busy.socket.look(0) != quiet {
		l.lost += took
		l.busy.extend(took)
	}
}

// waits notes that an answer does not come at once, or that nothing is sent for a
// while. There may be no lane.
func (l *lane) waits() {
	switch {
	case l == nil || l.slow == nil:
	case l.busy == nil:
		begin := time.Now()
		l.slow()
		l.lost += time.Since(begin)
	default:
		l.spend(l.slow)
	}
}

// freshTime is for how long, after an answer that was read as soon as it came, a
// connection is not looked at again: the read has just shown that it is open.
const freshTime = 5 * time.Microsecond

// take returns the connection that is held when it can be used, and was within life,
// else nil.
func (l *lane) take(at place, now time.Time, life time.Duration) *conn {
	c := l.held
	if c == nil || l.at != at {
		return nil
	}
	l.held = nil
	if now.Sub(c.since) > life || !c.looksAlive(now) {
		c.close()
		return nil
	}
	c.kept = true
	c.fresh = c.caught && now.Sub(c.since) < freshTime
	return c
}

// hold keeps a connection for the next request, or else gives it to the pool. It is
// held where requests follow at once, since nobody looks after one that is held.
func (l *lane) hold(at place, c *conn, p *pool, now time.Time) {
	if !l.ready || l.held != nil || !c.proven && p.givenUp(at) {
		p.put(at, c)
		return
	}
	l.held, l.at, c.since = c, at, now
}

// prove listens for a moment, before requests follow at once, whether the receiver
// closes a new connection after its first answer. A request that is on its way by
// then is lost.
func (l *lane) prove(p *pool) {
	c := l.held
	if c == nil || c.proven {
		return
	}
	if c.proven = c.hears(nothing); !c.proven {
		l.held = nil
		p.vain(l.at)
		c.close()
		return
	}
	c.since = time.Now()
}

// release gives what is held to the pool, and closes what was left by a panic.
func (l *lane) release(p *pool) {
	if l.busy != nil {
		l.busy.close()
		l.busy = nil
	}
	if l.held != nil {
		p.put(l.at, l.held)
		l.held = nil
	}
}

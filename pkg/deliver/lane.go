package deliver

import "time"

// lane is where requests follow one another, as those of one worker of a run do.
// It has what is of use from one to the next. The zero lane is for a single one.
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
	used bool          // its time has been, by meanwhile
	lost time.Duration // of that time, since the answer was there before its end
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
	if l.early != nil {
		l.early()
	}
}

// useTime uses the time until an answer comes. Where that takes longer than the
// answer does, the receiver is not to blame. There may be no lane.
func (l *lane) useTime() {
	if l == nil || l.used || l.meanwhile == nil {
		return
	}
	l.used = true
	begin := time.Now()
	l.meanwhile()
	if took := time.Since(begin); took > hasteTime && l.busy.socket.look(0) != quiet {
		l.lost = took
	}
}

// waits notes that an answer does not come at once. There may be no lane.
func (l *lane) waits() {
	if l != nil && l.slow != nil {
		l.slow()
	}
}

// freshTime is how long a connection needs no look after an answer that was read as
// soon as it came: to read it was one.
const freshTime = 5 * time.Microsecond

// take returns the connection that is held when it can be used, else nil.
func (l *lane) take(at place, now time.Time) *conn {
	c := l.held
	if c == nil || l.at != at {
		return nil
	}
	l.held = nil
	if now.Sub(c.since) > idle || !c.looksAlive(now) {
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

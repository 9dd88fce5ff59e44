package main

import (
	"hash/maphash"
	"time"

	"github.com/konhook/konhook/pkg/listen"
)

// maxSeen is how many deliveries a duplicate is looked for among.
const maxSeen = 10_000

// clockSkew is how far ahead of this clock that of a sender may be. What says that
// it happened later still is not taken for the newest: everything behind it would
// count as out of order.
const clockSkew = time.Hour

// seen knows the last deliveries again, by a hash of their bodies as sent. It is
// one of 64 bits that nobody can foresee: among so few, that two bodies have the
// same is less likely than that this machine errs.
type seen struct {
	seed   maphash.Seed
	n      int             // deliveries so far
	ring   []uint64        // the last of them, the nth at n % maxSeen
	first  map[uint64]same // those that are in the ring
	newest time.Time       // the latest occuredAt
}

// same is a group of deliveries with one body.
type same struct {
	tag  string // of the first
	last int    // the number of the latest
}

// marks say what is peculiar about a delivery among the others.
type marks struct {
	duplicate string // the tag of the first with the same body, empty for none
	late      bool   // it happened before something that came earlier
}

// mark takes a delivery and compares it with those before. One that comes a second
// time is no news, so it is not out of order as well.
func (s *seen) mark(x listen.Observed) (m marks) {
	m.duplicate = s.duplicate(x)
	at, ok := x.Event.Occurred()
	switch {
	case !ok:
	case at.Before(s.newest):
		m.late = m.duplicate == ""
	case at.Before(x.Delivery.At.Add(clockSkew)):
		s.newest = at
	}
	return m
}

func (s *seen) duplicate(x listen.Observed) (tag string) {
	if s.first == nil {
		s.first, s.seed = map[uint64]same{}, maphash.MakeSeed()
	}
	sum := maphash.Bytes(s.seed, x.Delivery.Body)
	s.forget()
	was, again := s.first[sum]
	if again {
		s.first[sum] = same{was.tag, s.n}
	} else {
		s.first[sum] = same{tagOf(x.Delivery.ID), s.n}
	}
	if s.n < maxSeen {
		s.ring = append(s.ring, sum)
	} else {
		s.ring[s.n%maxSeen] = sum
	}
	s.n++
	return was.tag
}

// forget makes room in the ring.
func (s *seen) forget() {
	if s.n < maxSeen {
		return
	}
	oldest := s.ring[s.n%maxSeen]
	if s.first[oldest].last == s.n-maxSeen {
		delete(s.first, oldest)
	}
}

// tagOf is how lines name a delivery: a # and the end of its id.
func tagOf(id string) string { return "#" + id[max(0, len(id)-4):] }

package watch

import (
	"crypto/rand"
	"encoding/binary"
	"slices"
	"sort"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

const (
	// beats is how many times types that moved lately are asked for while the
	// others are asked for once.
	beats = 3
	// lately is how many intervals a type counts as moved.
	lately = 8
	// maxPause and maxKeyPause are the longest pauses while the API cannot be
	// reached, and while it refuses the key.
	maxPause    = time.Minute
	maxKeyPause = 5 * time.Minute
)

// pace says when to ask for which types.
//
// A cycle has three beats: in the first all types are asked for, in the others
// those that moved lately. With n types, h of which moved, a cycle takes
// (n+2h)/n intervals, so n requests are sent in an interval on average, whatever
// h is. What is found waits for the next first beat, so that it comes in order:
// h is at most n/3, which makes a cycle 5/3 of an interval at the longest.
type pace struct {
	types    []event.Type
	interval time.Duration // that was asked for
	moved    map[event.Type]time.Time

	beat  int           // the next one, from 0
	hot   []event.Type  // those that moved, as of the first beat
	step  time.Duration // from beat to beat
	fails int           // sweeps in a row without any answer
}

func newPace(o Options) *pace {
	return &pace{types: o.Types, interval: o.Interval, moved: map[event.Type]time.Time{}}
}

// allowed returns the interval that a limit of requests a minute leaves: a fifth
// of the limit is left to others who use the same key.
func (p *pace) allowed(limit int) time.Duration {
	if limit <= 0 {
		return p.interval
	}
	share := max(1, limit*4/5)
	least := time.Duration(len(p.types)) * time.Minute / time.Duration(share)
	return max(p.interval, least)
}

// due returns the types that are to be asked for in this beat.
func (p *pace) due() []event.Type {
	if p.beat == 0 {
		return p.types
	}
	return p.hot
}

// next ends a beat and returns the time from its begin to that of the next.
func (p *pace) next(now time.Time, interval time.Duration) time.Duration {
	p.fails = 0
	if p.beat == 0 {
		p.warm(now.Add(-lately * interval))
		n, h := len(p.types), len(p.hot)
		p.step = interval * time.Duration(n+(beats-1)*h) / time.Duration(n*beats)
	}
	if len(p.hot) == 0 {
		p.beat = 0
		return interval
	}
	p.beat = (p.beat + 1) % beats
	return p.step
}

// warm chooses the types that moved since then, the latest first, if there are
// too many.
func (p *pace) warm(since time.Time) {
	p.hot = p.hot[:0]
	for _, t := range p.types {
		if p.moved[t].After(since) {
			p.hot = append(p.hot, t)
		}
	}
	sort.SliceStable(p.hot, func(a, b int) bool { return p.moved[p.hot[a]].After(p.moved[p.hot[b]]) })
	p.hot = p.hot[:min(len(p.hot), max(1, len(p.types)/3))]
}

// others are the types that a beat for those that moved leaves out.
func (p *pace) others() (cold []event.Type) {
	for _, t := range p.types {
		if !slices.Contains(p.hot, t) {
			cold = append(cold, t)
		}
	}
	return cold
}

// failed ends a beat that got no answer at all, after which all types are to be
// asked for. The pauses double and are changed at random by up to a fifth.
func (p *pace) failed(interval, most time.Duration) time.Duration {
	p.beat = 0
	pause := interval
	for range p.fails {
		pause = min(2*pause, max(most, interval))
	}
	p.fails = min(p.fails+1, 16)
	return pause - pause/5 + upTo(2*pause/5)
}

// upTo is a time at random, d at most.
func upTo(d time.Duration) time.Duration {
	var b [8]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	return time.Duration(binary.BigEndian.Uint64(b[:]) % uint64(d+1))
}

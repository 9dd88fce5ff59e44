package main

import (
	"cmp"
	"fmt"
	"maps"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/render"
)

// What makes a second a burst: so many deliveries, so many times what the other
// seconds in which any came had on average, and so many of those to compare with.
const (
	burstLeast  = 10
	burstTimes  = 5
	burstOthers = 2
)

// pace counts deliveries by the second. What comes late, as answers that were held
// back do, is still counted rightly within a minute.
type pace struct {
	recent [64]second // by the Unix time, modulo
	busy   int        // seconds in which something came, those in recent left out
	total  int        // deliveries in them
	most   second
}

type second struct {
	unix int64
	n    int
}

func (p *pace) add(at time.Time) {
	now := at.Unix()
	slot := &p.recent[uint64(now)%uint64(len(p.recent))]
	switch {
	case slot.unix > now:
		return
	case slot.unix < now:
		p.close(*slot)
		*slot = second{unix: now}
	}
	slot.n++
}

// close counts a second that is over.
func (p *pace) close(s second) {
	if s.n == 0 {
		return
	}
	p.busy++
	p.total += s.n
	if s.n > p.most.n {
		p.most = s
	}
}

// burst tells of the second in which remarkably more came than otherwise; empty
// when there was none.
func (p *pace) burst() string {
	all := *p // what is recent goes on
	for _, s := range p.recent {
		all.close(s)
	}
	others := all.busy - 1
	if others < burstOthers || all.most.n < burstLeast {
		return ""
	}
	usual := float64(all.total-all.most.n) / float64(others)
	if float64(all.most.n) < burstTimes*usual {
		return ""
	}
	return fmt.Sprintf("%s in the second from %s, otherwise %s", render.Count(all.most.n),
		time.Unix(all.most.unix, 0).Format(time.TimeOnly), strconv.FormatFloat(usual, 'f', 1, 64))
}

const (
	maxSources   = 1000 // addresses that are counted
	shownSources = 3
)

// sources counts where requests came from.
type sources struct {
	byAddress map[string]int
	others    int // requests from further addresses
}

func (s *sources) add(remote string) {
	if s.byAddress == nil {
		s.byAddress = map[string]int{}
	}
	host, _, err := net.SplitHostPort(remote)
	if err != nil {
		host = remote
	}
	if _, known := s.byAddress[host]; !known && len(s.byAddress) >= maxSources {
		s.others++
		return
	}
	s.byAddress[host]++
}

// String lists those that sent most, empty when there was but one.
func (s *sources) String() string {
	if len(s.byAddress) < 2 {
		return ""
	}
	addresses := slices.SortedFunc(maps.Keys(s.byAddress), func(a, b string) int {
		return cmp.Or(cmp.Compare(s.byAddress[b], s.byAddress[a]), cmp.Compare(a, b))
	})
	var words []string
	for _, address := range addresses[:min(shownSources, len(addresses))] {
		words = append(words, address+" ("+render.Count(s.byAddress[address])+")")
	}
	text := strings.Join(words, ", ")
	if more := len(addresses) - shownSources; more > 0 {
		and := render.Count(more)
		if s.others > 0 {
			and = "over " + and
		}
		text += " and " + and + " more"
	}
	return text
}

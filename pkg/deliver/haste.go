package deliver

import (
	"runtime"
	"time"
)

const (
	// hasteTime is how long an answer is asked for without going to sleep. To be
	// woken takes some 5 to 20 µs, and a receiver on this machine that does next to
	// nothing answers within 20 to 50 µs; on a virtual machine that shares its
	// processors both are several times that.
	hasteTime = 250 * time.Microsecond
	// mostPatient is how many answers are waited for in the usual way before haste
	// is tried again: with it a slow receiver costs next to nothing.
	mostPatient = 1 << 7
)

// haste decides whether the next answer of a connection is worth being asked for
// again and again, instead of sleeping until it is there. It is while answers
// come at once, and nothing else is under way that the processor is wanted for.
// The zero haste never is.
type haste struct {
	on      bool // one request is under way at a time, see mayHaste
	patient int  // answers to be waited for in the usual way
	next    int  // how many it will be after the next vain haste
}

// mayHaste reports whether the receiver has another processor to run on.
func mayHaste() bool { return runtime.GOMAXPROCS(0) > 1 }

// now reports whether to make haste.
func (h *haste) now() bool {
	if !h.on {
		return false
	}
	if h.patient > 0 {
		h.patient--
		return false
	}
	return true
}

// caught notes whether it was worth it.
func (h *haste) caught(worth bool) {
	if worth {
		h.next = 0
		return
	}
	h.next = min(max(1, 2*h.next), mostPatient)
	h.patient = h.next
}

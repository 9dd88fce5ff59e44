package watch

import "time"

// trouble knows whether the API answers.
type trouble struct {
	asked time.Time // when the last beat began
	deaf  bool      // it got no answer at all
	class class     // of what was told last, noTrouble when all is well
	since time.Time
}

// see looks at what a beat came to and tells of changes. That all is well again
// only a beat can tell that asks for all types.
func (t *trouble) see(s *sweep, all bool, notice func(Notice)) {
	t.deaf = !s.heard && s.failed > 0
	now := classOf(s.worst)
	switch {
	case now == t.class:
	case now != noTrouble:
		if t.class == noTrouble {
			t.since = time.Now()
		}
		t.class = now
		notice(Notice{Kind: Trouble, Err: s.worst, Failed: s.failed})
	case all:
		t.class = noTrouble
		notice(Notice{Kind: Recovered, Lasted: time.Since(t.since)})
	}
}

// longest is how long the pauses may become.
func (t *trouble) longest() time.Duration {
	if t.class == keyRefused {
		return maxKeyPause
	}
	return maxPause
}

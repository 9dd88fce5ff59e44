package watch

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/konhook/konhook/pkg/event"
)

// sum tells events apart.
type sum [sha256.Size]byte

// maxSeen is how many events of a type are remembered. The last one would do if
// all servers of the API always knew it; one that is behind must not bring an
// earlier one back.
const maxSeen = 50

// memory is what a watch remembers.
type memory struct {
	// seen holds the last events of each type that was answered, the latest at
	// the end: by slug. A type that had none has an empty list.
	seen map[string][]sum
	// waiting are the events that were found and not delivered, in their order.
	waiting []*Found
}

func newMemory() *memory { return &memory{seen: map[string][]sum{}} }

// knows reports whether a type was ever answered.
func (m *memory) knows(t event.Type) bool { return m.seen[t.Slug] != nil }

func (m *memory) has(t event.Type, s sum) bool { return slices.Contains(m.seen[t.Slug], s) }

// add remembers an event. It changes no list that was there before, so that
// whoever holds one may put it back.
func (m *memory) add(t event.Type, s sum) {
	before := m.seen[t.Slug]
	before = before[max(0, len(before)-maxSeen+1):]
	m.seen[t.Slug] = append(slices.Clip(before), s)
}

// none remembers that there was no event of a type.
func (m *memory) none(t event.Type) {
	if !m.knows(t) {
		m.seen[t.Slug] = []sum{}
	}
}

// bytes is how much the bodies of the waiting events have.
func (m *memory) bytes() (n int) {
	for _, f := range m.waiting {
		n += len(f.Delivery.Body)
	}
	return n
}

// counted is how many of the waiting events count.
func (m *memory) counted() (n int) {
	for _, f := range m.waiting {
		if f.counts {
			n++
		}
	}
	return n
}

// stateVersion is the value of the "konhook_state" member of a state.
const stateVersion = 1

// stateJSON is a memory as a file holds it.
type stateJSON struct {
	Version int                 `json:"konhook_state"`
	Site    string              `json:"site"`
	Seen    map[string][]string `json:"seen"`
	Waiting []waitingJSON       `json:"waiting"`
}

type waitingJSON struct {
	Event   string          `json:"event"`
	Capture json.RawMessage `json:"capture"`
}

func (m *memory) encode(site string) ([]byte, error) {
	out := stateJSON{Version: stateVersion, Site: site, Seen: map[string][]string{}, Waiting: []waitingJSON{}}
	for slug, sums := range m.seen {
		out.Seen[slug] = []string{}
		for _, s := range sums {
			out.Seen[slug] = append(out.Seen[slug], hex.EncodeToString(s[:]))
		}
	}
	for _, f := range m.waiting {
		out.Waiting = append(out.Waiting, waitingJSON{f.Kind.Slug, f.Delivery.AppendJSON(nil)})
	}
	text, err := json.Marshal(out)
	return append(text, '\n'), err
}

// decode is the opposite of encode.
func decode(text []byte) (m *memory, site string, err error) {
	var in stateJSON
	if err := json.Unmarshal(text, &in); err != nil {
		return nil, "", errors.New("it is not whole JSON")
	}
	if in.Version != stateVersion || in.Seen == nil {
		return nil, "", errors.New("it is none of this version of konhook")
	}
	m = newMemory()
	for slug, sums := range in.Seen {
		m.seen[slug] = make([]sum, len(sums))
		for i, text := range sums {
			b, err := hex.DecodeString(text)
			if err != nil || copy(m.seen[slug][i][:], b) != sha256.Size || len(b) != sha256.Size {
				return nil, "", fmt.Errorf("%.20q is no SHA-256", text)
			}
		}
	}
	for _, w := range in.Waiting {
		f, err := w.found()
		if err != nil {
			return nil, "", fmt.Errorf("an event that waits cannot be read: %w", err)
		}
		m.waiting = append(m.waiting, f)
	}
	return m, in.Site, nil
}

func (w waitingJSON) found() (*Found, error) {
	kind, err := event.ParseType(w.Event)
	if err != nil {
		return nil, err
	}
	d, err := event.ParseDelivery(w.Capture)
	if err != nil {
		return nil, err
	}
	return &Found{Kind: kind, Delivery: d, Event: event.New(d.Body)}, nil
}

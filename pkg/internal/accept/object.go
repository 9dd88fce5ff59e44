package accept

import (
	"bytes"
	"math/bits"
)

// object walks over the object at i along n.
//
// Documents of one kind tend to keep an order, so the property that came behind
// the last one the time before is tried first, and members without a space
// before their colon.
func (w *Walker) object(n *node, i int) (int, verdict) {
	b := w.b
	i = space(b, i+1)
	if i < len(b) && b[i] == '}' {
		return i + 1, n.hasMembers(0, 0)
	}
	var (
		seen   uint64 // bits of the properties that came
		others = len(w.names)
		follow = w.followers(n)
		last   = 0 // the place in follow of the last property that came
	)
	for {
		var next int
		at := int(follow[last])
		if at < len(n.props) && bytes.HasPrefix(b[i:], n.props[at].key) {
			next = i + len(n.props[at].key)
		} else if at, next = w.name(n, i); next < 0 {
			return 0, unsure
		}
		sub := n.additional
		if at < len(n.props) {
			bit := uint64(1) << at
			if seen&bit != 0 {
				return 0, unsure // twice
			}
			seen |= bit
			follow[last] = uint8(at)
			sub, last = n.props[at].node, at+1
		} else if !w.unknown(n, i, others) {
			return 0, unsure
		}
		end, v := w.member(sub, space(b, next))
		if v != yes {
			return 0, v
		}
		i = space(b, end)
		if i >= len(b) {
			return 0, unsure
		}
		switch b[i] {
		case ',':
			i = space(b, i+1)
		case '}':
			return i + 1, n.hasMembers(seen, len(w.names)-others)
		default:
			return 0, unsure
		}
	}
}

// member walks over the value of a member: the plainest ones at once.
func (w *Walker) member(n *node, i int) (end int, v verdict) {
	if i >= len(w.b) {
		return 0, unsure
	}
	switch c := w.b[i]; {
	case c == '"' && n.anyString:
		if end, _ = str(w.b, i); end < 0 {
			return 0, unsure
		}
		return end, yes
	case c-'0' <= 9 && n.anyInt:
		end, x := num(w.b, i)
		if end > 0 && x.scale == 0 && x.digits < w.program.smallTime {
			return end, yes
		}
	}
	return w.value(n, i)
}

// followers returns, for the start of an object and then for each property, the
// property that came next the last time.
func (w *Walker) followers(n *node) []uint8 {
	follow := w.follow[n.id]
	if follow == nil {
		follow = make([]uint8, len(n.props)+1)
		w.follow[n.id] = follow
	}
	return follow
}

// unknown takes note of a member that is no property, whose name is at i. It
// reports false when that is too many of them, or the second of that name.
func (w *Walker) unknown(n *node, i, others int) bool {
	end, _ := str(w.b, i)
	if len(w.names)-others == maxUnknown {
		return false
	}
	for _, o := range w.names[others:] {
		if bytes.HasPrefix(w.b[o:], w.b[i:end]) {
			return false
		}
	}
	w.names = append(w.names, i)
	if n.known {
		w.Notes = append(w.Notes, Note{UnknownMember, i, n.id})
	}
	return true
}

func (n *node) hasMembers(seen uint64, others int) verdict {
	if seen&n.required != n.required {
		return no
	}
	if n.minProps > 0 || n.maxProps >= 0 {
		count := bits.OnesCount64(seen) + others
		if count < n.minProps || n.maxProps >= 0 && count > n.maxProps {
			return no
		}
	}
	return yes
}

// name walks over the name at i and the colon behind it. It returns the property
// that it names, or how many there are when it names none of them; next is -1
// when the name has escapes or is broken.
func (w *Walker) name(n *node, i int) (at, next int) {
	if i >= len(w.b) || w.b[i] != '"' {
		return 0, -1
	}
	end, escaped := str(w.b, i)
	if end < 0 || escaped {
		return 0, -1
	}
	next = space(w.b, end)
	if next >= len(w.b) || w.b[next] != ':' {
		return 0, -1
	}
	return n.index(w.b[i+1 : end-1]), next + 1
}

// index finds a property, or returns how many there are.
func (n *node) index(name []byte) int {
	if len(name) >= len(n.byLength) {
		return n.longIndex(name)
	}
	for _, at := range n.byLength[len(name)] {
		if n.props[at].name == string(name) {
			return int(at)
		}
	}
	return len(n.props)
}

// longIndex finds a property whose name is longer than the table knows.
func (n *node) longIndex(name []byte) int {
	for i := range n.props {
		if n.props[i].name == string(name) {
			return i
		}
	}
	return len(n.props)
}

package accept

import "math/bits"

// object walks over the object at i along n.
func (w *Walker) object(n *node, i int) (int, verdict) {
	i = space(w.b, i+1)
	if i < len(w.b) && w.b[i] == '}' {
		return i + 1, n.hasMembers(0, 0)
	}
	var (
		seen    uint64 // bits of the properties that came
		unknown [maxUnknown]int
		others  int // how many of unknown are set
		last    = -1
	)
	for {
		if i >= len(w.b) || w.b[i] != '"' {
			return 0, unsure
		}
		at, next := w.name(n, i, last)
		if next < 0 {
			return 0, unsure
		}
		sub := n.member(at)
		if at >= 0 {
			if seen&(1<<at) != 0 {
				return 0, unsure // twice
			}
			seen |= 1 << at
			last = at
		} else {
			if others == maxUnknown || w.twice(unknown[:others], w.b[i:next]) {
				return 0, unsure
			}
			unknown[others] = i
			others++
			if n != nil && n.known {
				w.Notes = append(w.Notes, Note{UnknownMember, i, n.id})
			}
		}
		i = next
		if i < len(w.b) && w.b[i] == ':' {
			i++
		} else if i = space(w.b, i); i < len(w.b) && w.b[i] == ':' {
			i++
		} else {
			return 0, unsure
		}
		end, v := w.value(sub, space(w.b, i))
		if v != yes {
			return 0, v
		}
		i = space(w.b, end)
		if i >= len(w.b) {
			return 0, unsure
		}
		switch w.b[i] {
		case ',':
			i = space(w.b, i+1)
		case '}':
			return i + 1, n.hasMembers(seen, others)
		default:
			return 0, unsure
		}
	}
}

// member returns what is demanded of the property at an index, or of a member
// that is none.
func (n *node) member(at int) *node {
	switch {
	case n == nil:
		return nil
	case at >= 0:
		return n.props[at].node
	}
	return n.additional
}

func (n *node) hasMembers(seen uint64, others int) verdict {
	if n == nil {
		return yes
	}
	count := bits.OnesCount64(seen) + others
	if seen&n.required != n.required || count < n.minProps || n.maxProps >= 0 && count > n.maxProps {
		return no
	}
	return yes
}

// guesses is how many properties are tried before a name is looked up.
const guesses = 3

// name walks over the name at i, which comes behind the property last. It
// returns the property that it names, or -1, and the offset behind its closing
// quote, -1 when the name has escapes or is broken.
//
// The property that came behind last the time before is tried first: documents
// of one kind tend to keep an order.
func (w *Walker) name(n *node, i, last int) (at, next int) {
	if n == nil || len(n.props) == 0 {
		end, escaped := str(w.b, i)
		if escaped {
			return -1, -1
		}
		return -1, end
	}
	follow := w.follow[n.id]
	if follow == nil {
		follow = make([]int8, len(n.props)+1)
		w.follow[n.id] = follow
	}
	b := w.b[i+1:]
	for guess, tries := int(follow[last+1]), 0; tries < guesses; tries++ {
		if p := n.props[guess].name; len(b) > len(p) && b[len(p)] == '"' && string(b[:len(p)]) == p {
			return guess, i + len(p) + 2
		}
		guess = int(follow[guess+1]) // that one is left out, perhaps
	}
	end, escaped := str(w.b, i)
	if end < 0 || escaped {
		return -1, -1
	}
	name := w.b[i+1 : end-1]
	if len(name) >= len(n.byLength) {
		return n.longProperty(name), end
	}
	for _, at := range n.byLength[len(name)] {
		if n.props[at].name == string(name) {
			follow[last+1] = int8(at)
			return int(at), end
		}
	}
	return -1, end
}

// longProperty finds a property whose name is longer than the table knows.
func (n *node) longProperty(name []byte) int {
	for i := range n.props {
		if n.props[i].name == string(name) {
			return i
		}
	}
	return -1
}

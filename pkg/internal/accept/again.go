package accept

import "bytes"

// again walks the value at i along the other nodes that it must meet.
func (w *Walker) again(n *node, i int) verdict {
	for _, sub := range n.also {
		if _, v := w.value(sub, i); v != yes {
			return v
		}
	}
	for _, group := range n.anyOf {
		if v := w.matches(group, i, 1); v != yes {
			return v
		}
	}
	for _, group := range n.oneOf {
		if v := w.matches(group, i, len(group)); v != yes {
			return v
		}
	}
	for _, sub := range n.not {
		switch w.test(sub, i) {
		case yes:
			return no
		case unsure:
			return unsure
		}
	}
	for _, k := range n.conds {
		then := k.then
		switch w.test(k.test, i) {
		case unsure:
			return unsure
		case no:
			then = k.other
		}
		if then == nil {
			continue
		}
		if _, v := w.value(then, i); v != yes {
			return v
		}
	}
	return yes
}

// way walks the value at i along the one of the ways that its kind leaves.
func (w *Walker) way(n *node, i int) (int, verdict) {
	kind := kindAt(w.b[i])
	for _, sub := range n.ways {
		if sub.kinds&kind != 0 {
			return w.value(sub, i)
		}
	}
	if kind == 0 {
		return 0, unsure
	}
	return 0, no
}

// kindAt returns the kinds of values that begin with c, none when no value does.
func kindAt(c byte) kinds {
	switch c {
	case '"':
		return isString
	case '{':
		return isObject
	case '[':
		return isArray
	case 't', 'f':
		return isBool
	case 'n':
		return isNull
	}
	if c == '-' || c-'0' <= 9 {
		return isInt | isFraction
	}
	return 0
}

// test walks the value at i along n without noting anything.
func (w *Walker) test(n *node, i int) verdict {
	notes := len(w.Notes)
	_, v := w.value(n, i)
	w.Notes = w.Notes[:notes]
	return v
}

// matches reports whether the value at i meets one of a group. It tries further
// ones until as many as tries were tried, and wants none of those to be met.
func (w *Walker) matches(group []*node, i, tries int) verdict {
	met := false
	for k, sub := range group {
		if met && k >= tries {
			break
		}
		notes := len(w.Notes)
		_, v := w.value(sub, i)
		switch {
		case v == unsure:
			return unsure
		case v == yes && met:
			return no
		case v == yes:
			met = true
			if tries == 1 {
				return yes
			}
		default:
			w.Notes = w.Notes[:notes]
		}
	}
	if met {
		return yes
	}
	return no
}

// chosen returns the node that is right for the object at i.
func (w *Walker) chosen(n *node, i int) (*node, verdict) {
	k := n.choice
	i = space(w.b, i+1)
	if i < len(w.b) && bytes.HasPrefix(w.b[i:], k.key) {
		return w.choose(k, space(w.b, i+len(k.key)))
	}
	for i < len(w.b) && w.b[i] == '"' {
		at, next := w.name(k.member, i)
		if next < 0 {
			return nil, unsure
		}
		i = space(w.b, next)
		if at == 0 {
			return w.choose(k, i)
		}
		end, v := w.value(w.program.anything, i)
		if v != yes {
			return nil, unsure
		}
		i = space(w.b, end)
		if i >= len(w.b) || w.b[i] != ',' {
			break
		}
		i = space(w.b, i+1)
	}
	if k.absent && i < len(w.b) && w.b[i] == '}' {
		return k.otherwise, yes
	}
	return nil, unsure
}

func (w *Walker) choose(k *choice, i int) (*node, verdict) {
	if i >= len(w.b) || w.b[i] != '"' {
		return nil, unsure
	}
	end, escaped := str(w.b, i)
	if end < 0 || escaped {
		return nil, unsure
	}
	if n := k.cases[string(w.b[i+1:end-1])]; n != nil {
		return n, yes
	}
	return k.otherwise, yes
}

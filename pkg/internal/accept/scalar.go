package accept

import (
	"unicode/utf8"
)

// allows reports whether a value is one of the enum. hard stands for a value
// that takes more than we can compare.
func (n *node) allows(l literal) verdict {
	answer := no
	for i := range n.enum {
		e := &n.enum[i]
		switch {
		case e.kind&l.kind == 0:
		case e.hard || l.hard:
			answer = unsure
		case e.num == l.num && e.text == l.text:
			return yes
		}
	}
	return answer
}

func (w *Walker) literal(n *node, i int, word string, kind kinds, num int64) (int, verdict) {
	end := i + len(word)
	switch {
	case end > len(w.b) || string(w.b[i:end]) != word:
		return 0, unsure
	case n.kinds&kind == 0:
		return 0, no
	case n.enum != nil:
		return end, n.allows(literal{kind: kind, num: num})
	}
	return end, yes
}

func (w *Walker) string(n *node, i int) (int, verdict) {
	end, escaped := str(w.b, i)
	switch {
	case end < 0:
		return 0, unsure
	case n.anyString:
		return end, yes
	case n.kinds&isString == 0:
		return 0, no
	case escaped:
		return 0, unsure
	}
	return end, n.text(w.b[i+1 : end-1])
}

// text holds the inside of a string without escapes against what n demands.
func (n *node) text(s []byte) verdict {
	if n.minLength > 0 || n.maxLength >= 0 {
		if length := utf8.RuneCount(s); length < n.minLength || n.maxLength >= 0 && length > n.maxLength {
			return no
		}
	}
	for _, p := range n.patterns {
		if !p.MatchString(string(s)) {
			return no
		}
	}
	if n.enum == nil {
		return yes
	}
	answer := no
	for i := range n.enum {
		e := &n.enum[i]
		if e.kind&isString != 0 && e.text == string(s) {
			return yes
		}
		if e.kind&isString != 0 && e.hard {
			answer = unsure
		}
	}
	return answer
}

func (w *Walker) number(n *node, i int) (int, verdict) {
	end, x := num(w.b, i)
	if end < 0 {
		return 0, unsure
	}
	kind := isInt
	if x.scale > 0 {
		kind = isFraction
		if n.kinds&(isInt|isFraction) == isInt && x.whole() {
			return 0, unsure // as is 1.0: an integer to most
		}
	}
	if n.kinds&kind == 0 {
		return 0, no
	}
	if n.enum != nil {
		if v := n.allows(literal{kind: isInt | isFraction, num: x.digits, hard: x.scale > 0}); v != yes {
			return 0, v
		}
	}
	if n.time && x.scale == 0 && x.digits >= w.program.smallTime {
		w.Notes = append(w.Notes, Note{LargeTime, i, n.id})
	}
	for k := range n.bounds {
		if v := n.bounds[k].holds(x); v != yes {
			return 0, v
		}
	}
	return end, yes
}

// holds compares a number with a bound.
func (b *bound) holds(x number) verdict {
	n := b.n
	if x.scale > 0 && (!b.exact || b.op == '%') {
		return unsure
	}
	for range x.scale {
		if n > 1<<59/10 || n < -(1<<59/10) {
			return unsure
		}
		n *= 10
	}
	var ok bool
	switch b.op {
	case '<':
		ok = x.digits >= n
	case '>':
		ok = x.digits <= n
	default:
		ok = x.digits%n == 0
	}
	if ok {
		return yes
	}
	return no
}

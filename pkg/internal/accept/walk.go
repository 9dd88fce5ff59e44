package accept

import (
	"bytes"
	"unicode/utf8"
)

// verdict is what a walk along a node finds.
type verdict uint8

const (
	unsure verdict = iota // the value may be anything, even no JSON
	no                    // the value does not meet the node, if it is JSON at all
	yes
)

// NoteKind says what a note is about.
type NoteKind uint8

// The kinds of notes.
const (
	UnknownMember NoteKind = iota // the offset is that of the member's name
	LargeTime                     // the offset is that of the number
)

// Note is something worth knowing about a document that is valid.
type Note struct {
	Kind   NoteKind
	Offset int // in the document
	Node   int // what of the schema it is about
}

// Walker walks documents along a program. It is not safe for concurrent use:
// every worker has one of its own.
type Walker struct {
	// Notes are those of the last document that was accepted.
	Notes []Note

	program *Program
	b       []byte
	steps   int      // nodes that may still be walked along
	depth   int      // how deep the walk is in the document
	follow  [][]int8 // by node and property: the property that came next last time
}

const (
	maxDepth    = 500
	maxUnknown  = 24 // names that are held against each other in one object
	stepsPerDoc = 1 << 12
)

// NewWalker makes a walker.
func (p *Program) NewWalker() *Walker {
	return &Walker{program: p, follow: make([][]int8, p.nodes)}
}

// Accept reports whether doc is surely one JSON value that follows the schema.
func (w *Walker) Accept(doc []byte) bool {
	w.b, w.depth, w.Notes = doc, 0, w.Notes[:0]
	w.steps = stepsPerDoc + 4*len(doc)
	i := space(doc, 0)
	end, v := w.value(w.program.root, i)
	return v == yes && space(doc, end) == len(doc)
}

// value walks over the value at i along n; nil demands nothing. The end is right
// with a yes only.
func (w *Walker) value(n *node, i int) (end int, v verdict) {
	if w.steps--; w.steps < 0 || w.depth > maxDepth || i >= len(w.b) {
		return 0, unsure
	}
	if n != nil && n.choice != nil && w.b[i] == '{' {
		if n, v = w.chosen(n, i); v != yes {
			return 0, v
		}
	}
	end, v = w.base(n, i)
	if v == yes && n != nil && len(n.also)+len(n.anyOf)+len(n.oneOf)+len(n.not)+len(n.conds) > 0 {
		v = w.again(n, i)
	}
	return end, v
}

// base walks along what n demands itself.
func (w *Walker) base(n *node, i int) (end int, v verdict) {
	var kind kinds
	switch c := w.b[i]; c {
	case '"':
		return w.string(n, i)
	case '{':
		kind = isObject
	case '[':
		kind = isArray
	case 't':
		return w.literal(n, i, "true", literal{kind: isBool, num: 1})
	case 'f':
		return w.literal(n, i, "false", literal{kind: isBool})
	case 'n':
		return w.literal(n, i, "null", literal{kind: isNull})
	default:
		if c == '-' || c-'0' <= 9 {
			return w.number(n, i)
		}
		return 0, unsure
	}
	if n != nil {
		if n.kinds&kind == 0 {
			return 0, no
		}
		if n.enum != nil {
			return 0, n.allows(literal{kind: kind, hard: true})
		}
	}
	w.depth++
	if kind == isObject {
		end, v = w.object(n, i)
	} else {
		end, v = w.array(n, i)
	}
	w.depth--
	return end, v
}

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

func (w *Walker) literal(n *node, i int, word string, l literal) (int, verdict) {
	if len(w.b)-i < len(word) || string(w.b[i:i+len(word)]) != word {
		return 0, unsure
	}
	switch {
	case n == nil:
	case n.kinds&l.kind == 0:
		return 0, no
	case n.enum != nil:
		return i + len(word), n.allows(l)
	}
	return i + len(word), yes
}

func (w *Walker) string(n *node, i int) (int, verdict) {
	end, escaped := str(w.b, i)
	switch {
	case end < 0:
		return 0, unsure
	case n == nil:
		return end, yes
	case n.kinds&isString == 0:
		return 0, no
	case n.enum == nil && n.minLength == 0 && n.maxLength < 0 && n.patterns == nil:
		return end, yes
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
	if n == nil {
		return end, yes
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
	if n.time && w.program.timeLimit > 0 && x.scale == 0 && x.digits >= w.program.timeLimit {
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

func (w *Walker) array(n *node, i int) (int, verdict) {
	i = space(w.b, i+1)
	count := 0
	if i < len(w.b) && w.b[i] == ']' {
		return i + 1, n.hasItems(0)
	}
	for {
		end, v := w.value(n.item(count), i)
		if v != yes {
			return 0, v
		}
		count++
		i = space(w.b, end)
		if i >= len(w.b) {
			return 0, unsure
		}
		switch w.b[i] {
		case ',':
			i = space(w.b, i+1)
		case ']':
			return i + 1, n.hasItems(count)
		default:
			return 0, unsure
		}
	}
}

func (n *node) item(at int) *node {
	switch {
	case n == nil:
		return nil
	case at < len(n.prefix):
		return n.prefix[at]
	}
	return n.items
}

func (n *node) hasItems(count int) verdict {
	if n != nil && (count < n.minItems || n.maxItems >= 0 && count > n.maxItems) {
		return no
	}
	return yes
}

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
		if _, v := w.value(then, i); v != yes {
			return v
		}
	}
	return yes
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
	for i < len(w.b) && w.b[i] == '"' {
		end, escaped := str(w.b, i)
		if end < 0 || escaped {
			return nil, unsure
		}
		name := w.b[i+1 : end-1]
		i = space(w.b, end)
		if i >= len(w.b) || w.b[i] != ':' {
			return nil, unsure
		}
		i = space(w.b, i+1)
		if string(name) == k.key {
			return w.choose(k, i)
		}
		notes := len(w.Notes)
		end, v := w.value(nil, i)
		w.Notes = w.Notes[:notes]
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

// twice reports whether a name is among those at the offsets given; names are
// quoted and without escapes.
func (w *Walker) twice(offsets []int, name []byte) bool {
	for _, o := range offsets {
		if bytes.HasPrefix(w.b[o:], name) {
			return true
		}
	}
	return false
}

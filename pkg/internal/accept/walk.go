package accept

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
	steps   int       // nodes that may still be walked along
	depth   int       // how deep the walk is in the document
	follow  [][]uint8 // by node and property: the property that came next last time
	names   []int     // where the unknown names of the open objects are
}

const (
	maxDepth    = 500
	maxUnknown  = 24 // names that are held against each other in one object
	stepsPerDoc = 1 << 12
	// bytesPerStep is how many bytes that are walked once more count as a step.
	bytesPerStep = 32
)

// NewWalker makes a walker.
func (p *Program) NewWalker() *Walker {
	return &Walker{program: p, follow: make([][]uint8, p.nodes)}
}

// Accept reports whether doc is surely one JSON value that follows the schema.
func (w *Walker) Accept(doc []byte) bool {
	w.b, w.depth, w.Notes, w.names = doc, 0, w.Notes[:0], w.names[:0]
	w.steps = stepsPerDoc + 4*len(doc)
	i := space(doc, 0)
	end, v := w.value(w.program.root, i)
	return v == yes && space(doc, end) == len(doc)
}

// value walks over the value at i along n. The end is right with a yes only.
func (w *Walker) value(n *node, i int) (end int, v verdict) {
	if w.steps--; w.steps < 0 || i >= len(w.b) {
		return 0, unsure
	}
	if n.ways != nil {
		return w.way(n, i)
	}
	if n.choice != nil && w.b[i] == '{' {
		if n, v = w.chosen(n, i); v != yes {
			return 0, v
		}
	}
	end, v = w.base(n, i)
	if v == yes && n.more > 0 {
		// What is long costs more than a step each time.
		if w.steps -= (end - i) / bytesPerStep * n.more; w.steps < 0 {
			return 0, unsure
		}
		v = w.again(n, i)
	}
	return end, v
}

// base walks along what n demands itself.
func (w *Walker) base(n *node, i int) (int, verdict) {
	switch c := w.b[i]; {
	case c == '"':
		return w.string(n, i)
	case c == '{', c == '[':
		return w.container(n, i)
	case c == 't':
		return w.literal(n, i, "true", isBool, 1)
	case c == 'f':
		return w.literal(n, i, "false", isBool, 0)
	case c == 'n':
		return w.literal(n, i, "null", isNull, 0)
	case c == '-' || c-'0' <= 9:
		return w.number(n, i)
	}
	return 0, unsure
}

// container walks over an object or an array.
func (w *Walker) container(n *node, i int) (end int, v verdict) {
	kind := isObject
	if w.b[i] == '[' {
		kind = isArray
	}
	switch {
	case n.kinds&kind == 0:
		return 0, no
	case n.enum != nil:
		return 0, n.allows(literal{kind: kind, hard: true})
	case w.depth > maxDepth:
		return 0, unsure
	}
	names := len(w.names)
	w.depth++
	if kind == isObject {
		end, v = w.object(n, i)
	} else {
		end, v = w.array(n, i)
	}
	w.depth--
	w.names = w.names[:names] // also after a walk that came to no end
	return end, v
}

func (w *Walker) array(n *node, i int) (int, verdict) {
	i = space(w.b, i+1)
	count := 0
	if i < len(w.b) && w.b[i] == ']' {
		return i + 1, n.hasItems(0)
	}
	for {
		item := n.items
		if count < len(n.prefix) {
			item = n.prefix[count]
		}
		end, v := w.value(item, i)
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

func (n *node) hasItems(count int) verdict {
	if count < n.minItems || n.maxItems >= 0 && count > n.maxItems {
		return no
	}
	return yes
}

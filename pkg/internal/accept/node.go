package accept

import (
	"math/big"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// kinds is a set of kinds of values. Numbers without and with a fraction are
// two kinds, so that sets can be intersected.
type kinds uint8

const (
	isNull kinds = 1 << iota
	isBool
	isInt
	isFraction
	isString
	isArray
	isObject

	anyKind = isNull | isBool | isInt | isFraction | isString | isArray | isObject
)

// node is what a schema demands of a value. Nodes do not change once compiled;
// until then a nil node demands nothing.
type node struct {
	id    int
	kinds kinds
	// anyString and anyInt say that each string, or each integer without a sign,
	// will do, but for a note on the integer.
	anyString, anyInt bool
	more              int       // how many nodes there are to walk the value along once more
	enum              []literal // one must equal the value; nil demands nothing

	// of objects
	props      []property
	byLength   [64][]uint8 // indexes of props by the length of their names
	required   uint64      // bits of props
	minProps   int
	maxProps   int   // -1 for any number
	additional *node // of members that are not in props
	known      bool  // members that are not in props are worth a note
	choice     *choice

	// of arrays
	prefix   []*node
	items    *node // of items behind prefix
	minItems int
	maxItems int // -1 for any number

	// of strings, in code points
	minLength int
	maxLength int // -1 for any length
	patterns  []jsonschema.Regexp

	// of numbers
	bounds []bound
	time   bool // a number too large for Unix seconds is worth a note

	// of the same value, which is walked once more for each
	also  []*node
	anyOf [][]*node
	oneOf [][]*node
	not   []*node
	conds []cond
	// ways are all that is demanded of the value when it is anyOf or oneOf a group
	// whose kinds have nothing in common.
	ways []*node
}

type property struct {
	name string
	key  []byte // the name as it mostly is in a document: quoted, with its colon
	node *node
}

// cond is if, then and else; then and other may be nil.
type cond struct{ test, then, other *node }

// choice replaces the nodes of an object by one that depends on the string in
// its member name: what a schema says with an if for each value of it.
type choice struct {
	key       []byte // the name as it mostly is in a document
	member    *node  // of an object that has this property alone
	cases     map[string]*node
	otherwise *node
	// absent says that otherwise is right for an object without the member.
	absent bool
}

// literal is a value of enum or const.
type literal struct {
	kind kinds
	text string // of a string
	num  int64  // of a number, 1 for true
	hard bool   // a value of this kind takes more than we can compare
}

// bound is one of minimum, maximum, their exclusive forms and multipleOf.
type bound struct {
	op    byte // '<' the value is at least n, '>' at most n, '%' a multiple of n
	n     int64
	exact bool // n is the bound itself, so that fractions can be compared too
}

func newNode() *node {
	return &node{kinds: anyKind, maxProps: -1, maxItems: -1, maxLength: -1}
}

// addBound adds a bound of a schema; integers only are held against it unless it
// is an integer itself.
func (n *node) addBound(op byte, r *big.Rat, exclusive bool) bool {
	if r == nil {
		return true
	}
	floor := new(big.Int).Div(r.Num(), r.Denom()) // Euclidean, and the denominator is positive
	if !floor.IsInt64() || floor.BitLen() > 60 || op == '%' && (!r.IsInt() || r.Sign() <= 0) {
		return false
	}
	b := bound{op: op, n: floor.Int64(), exact: r.IsInt() && !exclusive}
	switch {
	case op == '<' && exclusive, op == '<' && !r.IsInt():
		b.n++
	case op == '>' && exclusive && r.IsInt():
		b.n--
	}
	n.bounds = append(n.bounds, b)
	return true
}

// property returns the index of a name, or -1.
func (n *node) property(name string) int {
	return slices.IndexFunc(n.props, func(p property) bool { return p.name == name })
}

// addProperty returns the index of a property, made if need be, or -1 when a
// node cannot hold more.
func (n *node) addProperty(name string) int {
	if i := n.property(name); i >= 0 {
		return i
	}
	if len(n.props) == 64 {
		return -1
	}
	n.props = append(n.props, property{name: name, key: keyOf(name)})
	return len(n.props) - 1
}

// keyOf returns a name, which has nothing to escape, as the start of a member.
func keyOf(name string) []byte { return []byte(`"` + name + `":`) }

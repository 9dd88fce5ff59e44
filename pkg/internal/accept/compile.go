package accept

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strconv"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Options say what is worth a note. The zero value notes nothing.
type Options struct {
	// Unknown notes members of objects that the schema does not name, where it
	// names any.
	Unknown bool
	// FreeFormats says that formats assert nothing, though in drafts up to 7 the
	// library calls a validator of theirs.
	FreeFormats bool
	// Time tells the schemas of Unix seconds; integers of theirs that are at
	// least TimeLimit are noted.
	Time func(*jsonschema.Schema) bool
	// TimeLimit is 0 unless Time is set.
	TimeLimit int64
}

// Program is a compiled schema. It does not change and may be shared.
type Program struct {
	root      *node
	nodes     int
	anything  *node // demands nothing
	smallTime int64 // integers below are not noted
}

// UnsupportedError says what of a schema a program cannot be made of.
type UnsupportedError struct {
	Location string // of the schema, as the library names it
	Keyword  string
}

func (e *UnsupportedError) Error() string {
	return fmt.Sprintf("%s at %s is left to the library", e.Keyword, e.Location)
}

// maxNodes bounds what the copies of merged schemas may add up to.
const maxNodes = 20_000

// Compile makes a program. The error is an [*UnsupportedError].
func Compile(s *jsonschema.Schema, o Options) (*Program, error) {
	c := &compiler{options: o, done: map[*jsonschema.Schema]*node{}, open: map[*node]bool{}}
	root, err := c.compile(s)
	if err != nil {
		return nil, err
	}
	anything := newNode()
	if !c.finish(root, anything) {
		return nil, unsupported(s, "alternatives with properties of their own")
	}
	p := &Program{root: root, nodes: c.ids, anything: anything, smallTime: math.MaxInt64}
	if o.TimeLimit > 0 {
		p.smallTime = o.TimeLimit
	}
	return p, nil
}

type compiler struct {
	options Options
	done    map[*jsonschema.Schema]*node
	open    map[*node]bool // being compiled: not whole yet
	made    int
	ids     int
}

func unsupported(s *jsonschema.Schema, keyword string) error {
	return &UnsupportedError{s.Location, keyword}
}

func (c *compiler) compile(s *jsonschema.Schema) (*node, error) {
	if n := c.done[s]; n != nil {
		return n, nil
	}
	if c.made++; c.made > maxNodes {
		return nil, unsupported(s, "a schema of this size")
	}
	n := newNode()
	c.done[s], c.open[n] = n, true
	err := c.fill(n, s)
	delete(c.open, n)
	return n, err
}

// fill compiles the keywords of s into n.
func (c *compiler) fill(n *node, s *jsonschema.Schema) error {
	if s.Bool != nil {
		if !*s.Bool {
			n.kinds = 0
		}
		return nil
	}
	if keyword := foreign(s, c.options.FreeFormats); keyword != "" {
		return unsupported(s, keyword)
	}
	if s.Types != nil && !s.Types.IsEmpty() {
		n.kinds = kindsOf(s.Types.ToStrings())
	}
	if s.Const != nil {
		n.enum = []literal{literalOf(*s.Const)}
	}
	if s.Enum != nil {
		if n.enum != nil {
			return unsupported(s, "enum beside const")
		}
		if len(s.Enum.Values) == 0 {
			n.kinds = 0
		}
		for _, v := range s.Enum.Values {
			n.enum = append(n.enum, literalOf(v))
		}
	}
	n.time = c.options.Time != nil && c.options.Time(s)
	if s.Ref != nil {
		if err := c.refer(n, s); err != nil {
			return err
		}
		if s.DraftVersion < 2019 {
			return nil
		}
	}
	for _, part := range []func(*node, *jsonschema.Schema) error{c.object, c.array, c.scalars, c.applicators} {
		if err := part(n, s); err != nil {
			return err
		}
	}
	return nil
}

// foreign names a keyword that is left to the library, format among them unless
// formats are free.
func foreign(s *jsonschema.Schema, freeFormats bool) string {
	for _, k := range []struct {
		name string
		set  bool
	}{
		{"$recursiveRef", s.RecursiveRef != nil}, {"$dynamicRef", s.DynamicRef != nil}, {"format", s.Format != nil && !freeFormats},
		{"propertyNames", s.PropertyNames != nil}, {"patternProperties", len(s.PatternProperties) > 0},
		{"dependencies", len(s.Dependencies) > 0}, {"dependentRequired", len(s.DependentRequired) > 0},
		{"dependentSchemas", len(s.DependentSchemas) > 0}, {"unevaluatedProperties", s.UnevaluatedProperties != nil},
		{"unevaluatedItems", s.UnevaluatedItems != nil}, {"uniqueItems", s.UniqueItems}, {"contains", s.Contains != nil},
		{"contentEncoding", s.ContentEncoding != nil}, {"contentMediaType", s.ContentMediaType != nil},
		{"contentSchema", s.ContentSchema != nil}, {"an extension", len(s.Extensions) > 0},
	} {
		if k.set {
			return k.name
		}
	}
	return ""
}

func kindsOf(names []string) (k kinds) {
	for _, name := range names {
		k |= map[string]kinds{
			"null": isNull, "boolean": isBool, "number": isInt | isFraction, "integer": isInt,
			"string": isString, "array": isArray, "object": isObject,
		}[name]
	}
	return k
}

// literalOf makes a literal of a value as the library decodes it.
func literalOf(v any) literal {
	switch v := v.(type) {
	case nil:
		return literal{kind: isNull}
	case bool:
		if v {
			return literal{kind: isBool, num: 1}
		}
		return literal{kind: isBool}
	case string:
		return literal{kind: isString, text: v}
	case json.Number:
		n, err := strconv.ParseInt(v.String(), 10, 64)
		return literal{kind: isInt | isFraction, num: n, hard: err != nil}
	case []any:
		return literal{kind: isArray, hard: true}
	case map[string]any:
		return literal{kind: isObject, hard: true}
	default:
		return literal{kind: anyKind, hard: true}
	}
}

// finish numbers the nodes and makes their tables. It reports whether members
// that the schema does not know can be told from those that it does.
func (c *compiler) finish(root, anything *node) bool {
	seen := map[*node]bool{nil: true}
	todo := []*node{anything, root}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if seen[n] {
			continue
		}
		seen[n] = true
		n.id = c.ids
		c.ids++
		n.settle(anything)
		for _, p := range n.props {
			todo = append(todo, p.node)
		}
		again := n.again()
		if n.known && slices.ContainsFunc(again, func(n *node) bool { return n != nil && n.known }) {
			return false
		}
		todo = append(append(todo, n.additional, n.items), n.prefix...)
		todo = append(append(todo, again...), n.not...)
		if n.choice != nil {
			todo = slices.AppendSeq(append(todo, n.choice.otherwise, n.choice.member), maps.Values(n.choice.cases))
		}
	}
	return true
}

// settle makes the tables of a node.
func (n *node) settle(anything *node) {
	n.ways = n.onlyWays() // while what demands nothing is nil
	for i := range n.props {
		p := &n.props[i]
		p.node = cmp.Or(p.node, anything)
		if len(p.name) < len(n.byLength) {
			n.byLength[len(p.name)] = append(n.byLength[len(p.name)], uint8(i))
		}
	}
	n.additional, n.items = cmp.Or(n.additional, anything), cmp.Or(n.items, anything)
	n.more = len(n.again()) + len(n.not)
	plain := n.enum == nil && n.more == 0
	n.anyString = plain && n.kinds&isString != 0 && n.minLength == 0 && n.maxLength < 0 && n.patterns == nil
	n.anyInt = plain && n.kinds&isInt != 0 && n.bounds == nil
}

// onlyWays returns the alternatives of a node that demands nothing but one of
// them, if the kind of a value tells which.
func (n *node) onlyWays() []*node {
	groups := slices.Concat(n.anyOf, n.oneOf)
	if len(groups) != 1 {
		return nil
	}
	bare := *n
	bare.id, bare.anyOf, bare.oneOf = 0, nil, nil
	if !reflect.DeepEqual(&bare, newNode()) {
		return nil
	}
	var taken kinds
	for _, sub := range groups[0] {
		kinds := sub.kinds
		if kinds&(isInt|isFraction) != 0 {
			kinds |= isInt | isFraction // which their first byte does not tell apart
		}
		if taken&kinds != 0 {
			return nil
		}
		taken |= kinds
	}
	return groups[0]
}

// again returns the nodes that a value is walked along once more.
func (n *node) again() []*node {
	all := slices.Concat(n.also, slices.Concat(n.anyOf...), slices.Concat(n.oneOf...))
	for _, k := range n.conds {
		all = append(all, k.test, k.then, k.other)
	}
	return all
}

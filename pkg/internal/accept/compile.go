package accept

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// Options say what is worth a note. The zero value notes nothing.
type Options struct {
	// Unknown notes members of objects that the schema does not name, where it
	// names any.
	Unknown bool
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
	timeLimit int64
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
	if !c.finish(root) {
		return nil, unsupported(s, "alternatives with properties of their own")
	}
	return &Program{root: root, nodes: c.ids, timeLimit: o.TimeLimit}, nil
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
	if keyword := foreign(s); keyword != "" {
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
		if err := c.include(n, s.Ref); err != nil {
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

// foreign names a keyword that is left to the library.
func foreign(s *jsonschema.Schema) string {
	for _, k := range []struct {
		name string
		set  bool
	}{
		{"$recursiveRef", s.RecursiveRef != nil}, {"$dynamicRef", s.DynamicRef != nil}, {"format", s.Format != nil},
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

func (c *compiler) object(n *node, s *jsonschema.Schema) error {
	for _, name := range slices.Concat(slices.Collect(maps.Keys(s.Properties)), s.Required) {
		if strings.ContainsFunc(name, func(r rune) bool { return r < 0x20 || r == '"' || r == '\\' || r == utf8.RuneError }) {
			return unsupported(s, "a name that JSON escapes")
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s.Properties)) {
		sub, err := c.compile(s.Properties[name])
		if err != nil {
			return err
		}
		i := n.addProperty(name)
		if i < 0 {
			return unsupported(s, "more than 64 properties")
		}
		n.props[i].node = c.both(n.props[i].node, sub)
	}
	n.known = n.known || c.options.Unknown && len(s.Properties) > 0 && s.AdditionalProperties == nil
	for _, name := range s.Required {
		i := n.addProperty(name)
		if i < 0 {
			return unsupported(s, "more than 64 properties")
		}
		n.required |= 1 << i
	}
	if s.MinProperties != nil {
		n.minProps = max(n.minProps, *s.MinProperties)
	}
	n.maxProps = lesser(n.maxProps, s.MaxProperties)
	return c.additional(n, s)
}

// additional compiles additionalProperties, whose meaning hangs on the
// properties of its own schema: names that are only required are not among them.
func (c *compiler) additional(n *node, s *jsonschema.Schema) (err error) {
	switch a := s.AdditionalProperties.(type) {
	case nil:
		return nil
	case bool:
		if a {
			return nil
		}
		n.additional = &node{}
	case *jsonschema.Schema:
		if n.additional, err = c.compile(a); err != nil {
			return err
		}
	}
	if s.Ref != nil {
		return unsupported(s, "additionalProperties beside $ref")
	}
	for i, p := range n.props {
		if _, named := s.Properties[p.name]; !named {
			n.props[i].node = c.both(n.props[i].node, n.additional)
		}
	}
	return nil
}

func lesser(limit int, p *int) int {
	if p == nil || limit >= 0 && limit <= *p {
		return limit
	}
	return *p
}

func (c *compiler) array(n *node, s *jsonschema.Schema) error {
	prefix, rest := s.PrefixItems, s.Items2020
	no := false
	if s.DraftVersion < 2020 {
		switch items := s.Items.(type) {
		case *jsonschema.Schema:
			rest = items
		case []*jsonschema.Schema:
			prefix = items
			switch a := s.AdditionalItems.(type) {
			case bool:
				no = !a
			case *jsonschema.Schema:
				rest = a
			}
		case nil:
			if s.AdditionalItems != nil {
				return unsupported(s, "additionalItems without items")
			}
		}
	}
	if (len(prefix) > 0 || rest != nil || no) && (n.prefix != nil || n.items != nil) {
		return unsupported(s, "items beside $ref with items")
	}
	for _, sub := range prefix {
		item, err := c.compile(sub)
		if err != nil {
			return err
		}
		n.prefix = append(n.prefix, item)
	}
	if no {
		n.items = &node{}
	}
	if rest != nil {
		item, err := c.compile(rest)
		if err != nil {
			return err
		}
		n.items = item
	}
	if s.MinItems != nil {
		n.minItems = max(n.minItems, *s.MinItems)
	}
	n.maxItems = lesser(n.maxItems, s.MaxItems)
	return nil
}

func (c *compiler) scalars(n *node, s *jsonschema.Schema) error {
	if s.MinLength != nil {
		n.minLength = max(n.minLength, *s.MinLength)
	}
	n.maxLength = lesser(n.maxLength, s.MaxLength)
	if s.Pattern != nil {
		n.patterns = append(n.patterns, s.Pattern)
	}
	ok := n.addBound('<', s.Minimum, false) && n.addBound('>', s.Maximum, false) &&
		n.addBound('<', s.ExclusiveMinimum, true) && n.addBound('>', s.ExclusiveMaximum, true) && n.addBound('%', s.MultipleOf, false)
	if !ok {
		return unsupported(s, "a bound of this size")
	}
	return nil
}

func (c *compiler) applicators(n *node, s *jsonschema.Schema) error {
	var choices []*jsonschema.Schema
	for _, sub := range s.AllOf {
		if onlyCase(sub) {
			choices = append(choices, sub)
			continue
		}
		if err := c.include(n, sub); err != nil {
			return err
		}
	}
	var err error
	if n.anyOf, err = c.group(n.anyOf, s.AnyOf); err != nil {
		return err
	}
	if n.oneOf, err = c.group(n.oneOf, s.OneOf); err != nil {
		return err
	}
	if s.Not != nil {
		sub, err := c.compile(s.Not)
		if err != nil {
			return err
		}
		n.not = append(n.not, sub)
	}
	if isCase(s) {
		choices = append(choices, s)
	} else if err := c.condition(n, s); err != nil {
		return err
	}
	return c.choose(n, choices)
}

func (c *compiler) group(groups [][]*node, subs []*jsonschema.Schema) ([][]*node, error) {
	if len(subs) == 0 {
		return groups, nil
	}
	var group []*node
	for _, s := range subs {
		sub, err := c.compile(s)
		if err != nil {
			return nil, err
		}
		group = append(group, sub)
	}
	return append(groups, group), nil
}

func (c *compiler) condition(n *node, s *jsonschema.Schema) (err error) {
	if s.If == nil || s.Then == nil && s.Else == nil {
		return nil
	}
	var k cond
	if k.test, err = c.compile(s.If); err != nil {
		return err
	}
	if s.Then != nil {
		if k.then, err = c.compile(s.Then); err != nil {
			return err
		}
	}
	if s.Else != nil {
		if k.other, err = c.compile(s.Else); err != nil {
			return err
		}
	}
	n.conds = append(n.conds, k)
	return nil
}

// finish numbers the nodes and makes their tables. It reports whether members
// that the schema does not know can be told from those that it does.
func (c *compiler) finish(root *node) bool {
	seen := map[*node]bool{}
	todo := []*node{root}
	for len(todo) > 0 {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if n == nil || seen[n] {
			continue
		}
		seen[n] = true
		n.id = c.ids
		c.ids++
		for i, p := range n.props {
			todo = append(todo, p.node)
			if len(p.name) < len(n.byLength) {
				n.byLength[len(p.name)] = append(n.byLength[len(p.name)], uint8(i))
			}
		}
		again := n.again()
		if n.known && slices.ContainsFunc(again, func(n *node) bool { return n != nil && n.known }) {
			return false
		}
		todo = append(append(todo, n.additional, n.items), n.prefix...)
		todo = append(append(todo, again...), n.not...)
		if n.choice != nil {
			todo = slices.AppendSeq(append(todo, n.choice.otherwise), maps.Values(n.choice.cases))
		}
	}
	return true
}

// again returns the nodes that a value is walked along once more.
func (n *node) again() []*node {
	all := slices.Concat(n.also, slices.Concat(n.anyOf...), slices.Concat(n.oneOf...))
	for _, k := range n.conds {
		all = append(all, k.test, k.then, k.other)
	}
	return all
}

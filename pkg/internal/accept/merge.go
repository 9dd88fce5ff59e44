package accept

import (
	"maps"
	"slices"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// include adds what a schema demands of the same value.
func (c *compiler) include(n *node, s *jsonschema.Schema) error {
	sub, err := c.compile(s)
	if err != nil {
		return err
	}
	c.merge(n, sub)
	return nil
}

// refer adds what the $ref of s leads to. What that demands of members that it
// does not name, it demands of those too that are named beside the $ref.
func (c *compiler) refer(n *node, s *jsonschema.Schema) error {
	sub, err := c.compile(s.Ref)
	if err != nil {
		return err
	}
	beside := s.DraftVersion >= 2019 && len(s.Properties)+len(s.Required) > 0
	if beside && sub.additional != nil {
		n.also = append(n.also, sub)
		return nil
	}
	c.merge(n, sub)
	return nil
}

// both returns a node that demands what a and b do.
func (c *compiler) both(a, b *node) *node {
	switch {
	case a == nil || a == b:
		return b
	case b == nil:
		return a
	}
	n := newNode()
	c.made++
	c.merge(n, a)
	c.merge(n, b)
	return n
}

// merge adds to n what sub demands, so that one walk does for both. Where it
// cannot be added the value is walked once more.
func (c *compiler) merge(n, sub *node) {
	if c.open[sub] || !n.fits(sub) {
		n.also = append(n.also, sub)
		return
	}
	n.kinds &= sub.kinds
	if sub.enum != nil {
		n.enum = sub.enum
	}
	for i, p := range sub.props {
		j := n.addProperty(p.name)
		n.props[j].node = c.both(n.props[j].node, p.node)
		if sub.required&(1<<i) != 0 {
			n.required |= 1 << j
		}
	}
	if sub.additional != nil {
		n.additional = sub.additional
	}
	if sub.prefix != nil || sub.items != nil {
		n.prefix, n.items = sub.prefix, sub.items
	}
	n.minProps, n.maxProps = max(n.minProps, sub.minProps), lesserOf(n.maxProps, sub.maxProps)
	n.minItems, n.maxItems = max(n.minItems, sub.minItems), lesserOf(n.maxItems, sub.maxItems)
	n.minLength, n.maxLength = max(n.minLength, sub.minLength), lesserOf(n.maxLength, sub.maxLength)
	n.known, n.time = n.known || sub.known, n.time || sub.time
	n.patterns, n.bounds = slices.Concat(n.patterns, sub.patterns), slices.Concat(n.bounds, sub.bounds)
	n.also, n.not = slices.Concat(n.also, sub.also), slices.Concat(n.not, sub.not)
	n.anyOf, n.oneOf = slices.Concat(n.anyOf, sub.anyOf), slices.Concat(n.oneOf, sub.oneOf)
	n.conds = slices.Concat(n.conds, sub.conds)
}

func lesserOf(a, b int) int {
	if a < 0 || b >= 0 && b < a {
		return b
	}
	return a
}

// fits reports whether sub can be merged into n.
func (n *node) fits(sub *node) bool {
	names := 0
	for _, p := range sub.props {
		if n.property(p.name) < 0 {
			names++
		}
	}
	objects := len(n.props) > 0 || n.additional != nil
	subObjects := len(sub.props) > 0 || sub.additional != nil
	switch {
	case n.choice != nil, sub.choice != nil, len(n.props)+names > 64:
		return false
	case objects && subObjects && (n.additional != nil || sub.additional != nil):
		return false
	case (n.prefix != nil || n.items != nil) && (sub.prefix != nil || sub.items != nil):
		return false
	}
	return n.enum == nil || sub.enum == nil
}

// isCase reports whether all that a schema says with if is: where a member is
// one of some strings, then. Other keywords beside it do not matter.
func isCase(s *jsonschema.Schema) bool {
	if s.If == nil || s.Then == nil || s.Else != nil || s.If.Bool != nil || len(s.If.Properties) != 1 {
		return false
	}
	test := *s.If
	test.Properties, test.Required, test.Types = nil, nil, nil
	if !plain(&test) || len(s.If.Required) > 1 {
		return false
	}
	for name, p := range s.If.Properties {
		if len(s.If.Required) == 1 && s.If.Required[0] != name || len(stringsOf(p)) == 0 {
			return false
		}
	}
	return s.If.Types == nil || slices.Equal(s.If.Types.ToStrings(), []string{"object"})
}

// onlyCase reports whether a schema says nothing beside its case.
func onlyCase(s *jsonschema.Schema) bool {
	if !isCase(s) {
		return false
	}
	rest := *s
	rest.If, rest.Then = nil, nil
	return plain(&rest)
}

// plain reports whether a schema demands nothing.
func plain(s *jsonschema.Schema) bool {
	return s.Bool == nil && s.Ref == nil && foreign(s, false) == "" && s.Types == nil && s.Enum == nil && s.Const == nil && s.Not == nil &&
		len(s.AllOf)+len(s.AnyOf)+len(s.OneOf)+len(s.Required)+len(s.Properties)+len(s.PrefixItems) == 0 && s.If == nil &&
		s.AdditionalProperties == nil && s.MinProperties == nil && s.MaxProperties == nil && s.Items == nil && s.Items2020 == nil &&
		s.AdditionalItems == nil && s.MinItems == nil && s.MaxItems == nil && s.MinLength == nil && s.MaxLength == nil && s.Pattern == nil &&
		s.Minimum == nil && s.Maximum == nil && s.ExclusiveMinimum == nil && s.ExclusiveMaximum == nil && s.MultipleOf == nil
}

// stringsOf returns the strings that a schema allows, when it demands no more
// than to be one of them.
func stringsOf(s *jsonschema.Schema) (words []string) {
	rest := *s
	rest.Const, rest.Enum = nil, nil
	if !plain(&rest) || (s.Const == nil) == (s.Enum == nil) {
		return nil
	}
	values := []any{}
	if s.Const != nil {
		values = append(values, *s.Const)
	} else {
		values = s.Enum.Values
	}
	for _, v := range values {
		word, ok := v.(string)
		if !ok {
			return nil
		}
		words = append(words, word)
	}
	return words
}

// choose makes a choice of the cases of a schema that ask for the same member,
// and conditions of the others.
func (c *compiler) choose(n *node, cases []*jsonschema.Schema) error {
	if len(cases) == 0 {
		return nil
	}
	key := caseKey(cases[0])
	k := &choice{key: keyOf(key), member: newNode(), cases: map[string]*node{}, absent: true}
	var mine []*jsonschema.Schema
	for _, s := range cases {
		if caseKey(s) != key || n.kinds != isObject || n.choice != nil {
			if err := c.condition(n, s); err != nil {
				return err
			}
			continue
		}
		mine = append(mine, s)
		k.absent = k.absent && len(s.If.Required) == 1
	}
	if mine == nil {
		return nil
	}
	k.member.addProperty(key)
	k.otherwise = newNode()
	c.merge(k.otherwise, n.copied())
	for _, s := range mine {
		then, err := c.compile(s.Then)
		if err != nil {
			return err
		}
		for _, word := range stringsOf(s.If.Properties[key]) {
			if k.cases[word] == nil {
				k.cases[word] = newNode()
				c.made++
				c.merge(k.cases[word], n.copied())
			}
			c.merge(k.cases[word], then)
		}
	}
	n.choice = k
	return nil
}

// copied returns a node that is whole and demands what n does so far.
func (n *node) copied() *node {
	m := *n
	m.props = slices.Clone(n.props)
	return &m
}

func caseKey(s *jsonschema.Schema) string {
	for name := range maps.Keys(s.If.Properties) {
		return name
	}
	return ""
}

package accept

import (
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

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

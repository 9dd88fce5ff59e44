package schema

import (
	"encoding/json"
	"strings"
)

// weigh sets what holding each schema against a value costs: all that it lists
// is gone through, and what is not evaluated is kept for each branch.
func (all shapes) weigh() {
	known := map[*shape]int{}
	for source, s := range all {
		listed := len(source.Required) + len(source.Dependencies) + len(source.DependentSchemas) + len(source.DependentRequired)
		if source.Enum != nil {
			for _, v := range source.Enum.Values {
				if listed++; kindOf(v) != kindString {
					listed += 16 + size(v, maxShown)
				}
			}
		}
		s.weight = 1 + listed/16
		if source.UnevaluatedProperties != nil || source.UnevaluatedItems != nil {
			s.branching = s.branches(known)
		}
	}
}

// branches returns how many schemas apply to one value together with s, at most
// maxBranches+1.
func (s *shape) branches(known map[*shape]int) int {
	if n, ok := known[s]; ok {
		return n
	}
	n := 1
	for _, sub := range s.here {
		n = min(n+sub.branches(known), maxBranches+1)
	}
	known[s] = n
	return n
}

// maxMost bounds what mostWork looks at.
const maxMost = 10_000

// mostWork returns what work takes at most, from s on, for all schemas that one
// value is held against: the sum over all ways that lead to a schema. It is most
// where that sum is as large or has no end.
func (s *shape) mostWork(depth int, open map[*shape]bool, most int) int {
	if open[s] {
		return most
	}
	open[s] = true
	defer delete(open, s)
	// A number takes 4 besides, a member the matching of its name.
	sum := s.weight + depth/16 + (s.branching+3)/4 + len(s.patterns) + 4
	for sub := range s.below {
		if sum >= most {
			return most
		}
		sum += sub.mostWork(depth+1, open, most-sum)
	}
	return min(sum, most)
}

// below calls yield for the shapes that s leads to.
func (s *shape) below(yield func(*shape) bool) {
	for _, list := range [][]*shape{s.here, s.rest, s.names, s.items, s.prefix} {
		for _, sub := range list {
			if !yield(sub) {
				return
			}
		}
	}
	for _, sub := range s.properties {
		if !yield(sub) {
			return
		}
	}
	for _, sub := range s.patterns {
		if !yield(sub) {
			return
		}
	}
}

// isCheap reports whether no document of so many values in so many bytes takes
// more than maxWork, be they what they may. False says nothing.
func (s *shape) isCheap(values, length int) bool {
	return s.most < maxMost && 2*int64(values+length/64)*int64(s.most) <= maxWork // names count as values
}

// work counts how often schemas are held against v and the values in it, as far
// as left goes, and returns what is left. It is negative when the check would
// take more.
func (s *shape) work(v any, depth, left int) int {
	left -= s.weight + depth/16
	if left < 0 || !s.fits(kindOf(v)) {
		return left
	}
	for _, sub := range s.here {
		left = sub.work(v, depth, left)
	}
	switch v := v.(type) {
	case json.Number:
		left -= numberWork(v)
	case map[string]any:
		left -= s.branching * len(v) / 4
		for name, member := range v {
			left = s.memberWork(name, member, depth+1, left)
		}
	case []any:
		left -= s.branching * len(v) / 4
		for i, item := range v {
			if i < len(s.prefix) {
				left = s.prefix[i].work(item, depth+1, left)
			}
			left = workAll(s.items, item, depth+1, left)
		}
	}
	return left
}

func (s *shape) memberWork(name string, member any, depth, left int) int {
	sub, known := s.properties[name]
	if known {
		left = sub.work(member, depth, left)
	}
	left -= len(s.patterns)
	for pattern, sub := range s.patterns {
		if left < 0 {
			return left
		}
		if pattern.MatchString(name) {
			known = true
			left = sub.work(member, depth, left)
		}
	}
	if !known {
		left = workAll(s.rest, member, depth, left)
	}
	return workAll(s.names, name, depth, left)
}

// numberWork weighs that a number with an exponent has many digits once it is
// written out.
func numberWork(v json.Number) int {
	if strings.ContainsAny(string(v), "eE") {
		return 4
	}
	return len(v) / 64
}

func workAll(all []*shape, v any, depth, left int) int {
	for _, s := range all {
		left = s.work(v, depth, left)
	}
	return left
}

package event

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"
)

// Type is one of the nine kinds of event that Konstantly sends. The zero Type
// stands for a kind that is not known. Types are comparable with ==.
type Type struct {
	// Name is what the payload calls the type in its "type" member, such as
	// "Course/Published".
	Name string
	// Slug is what the path of the API calls it, such as "course.published".
	Slug string
	// Description says in a few words when the event is sent.
	Description string
}

// String returns the slug, or "unknown" for the zero Type.
func (t Type) String() string {
	if t.Slug == "" {
		return "unknown"
	}
	return t.Slug
}

// Known reports whether t is one of [Types].
func (t Type) Known() bool { return t.Slug != "" }

// types lists the registry in the order of the vendor's documentation.
// Source: docs.konstantly.com, section "Webhooks".
var types = [...]Type{
	{"Course/Published", "course.published", "a course is published"},
	{"Course/Unpublished", "course.unpublished", "a course is unpublished"},
	{"Course/Assigned", "course.assigned", "a course is assigned to a user"},
	{"Course/Started", "course.started", "a user starts a course"},
	{"Course/Progress", "course.progress", "a user makes progress in a course"},
	{"Course/Finished", "course.finished", "a user completes a course"},
	{"User/Created", "user.created", "a user is created"},
	{"User/Edited", "user.edited", "a user's information is updated"},
	{"Group/User/Created", "group.user.created", "a user is added to a group"},
}

// Types returns all known types in the order of the vendor's documentation.
func Types() []Type { return slices.Clone(types[:]) }

// Lookup finds the type that a payload names in its "type" member. Unlike
// [ParseType] it takes nothing but the exact spelling of the wire.
func Lookup(name string) (Type, bool) {
	for _, t := range types {
		if t.Name == name {
			return t, true
		}
	}
	return Type{}, false
}

// lookupBytes is Lookup for bytes, without an allocation. It returns the zero Type
// for a name that is not known.
func lookupBytes(name []byte) Type {
	for _, t := range types {
		if string(name) == t.Name {
			return t
		}
	}
	return Type{}
}

// UnknownTypeError says that a person named an event that does not exist.
type UnknownTypeError struct {
	Input   string // what was typed
	Nearest Type   // the type that was probably meant; zero: none is like it
	Pattern string // such as "course.*", when what was typed is the beginning of several
}

func (e *UnknownTypeError) Error() string {
	if meant := cmp.Or(e.Pattern, e.Nearest.Slug); meant != "" {
		return fmt.Sprintf("unknown event %q: did you mean %q?", e.Input, meant)
	}
	return fmt.Sprintf("unknown event: %q", e.Input)
}

// ParseType reads an event the way people type it: as the slug or as the name
// of the wire, in any letter case. The error is an [*UnknownTypeError].
func ParseType(s string) (Type, error) {
	slug := slugOf(s)
	for _, t := range types {
		if t.Slug == slug {
			return t, nil
		}
	}
	return Type{}, unknownType(s, slug)
}

// Select reads a list of events as a command takes it: each argument may hold
// several, separated by commas, a pattern such as "course.*", or "all". The
// result is in the order asked, patterns in the order of [Types], without
// repeats. A pattern that matches nothing, like a wrong name, is an
// [*UnknownTypeError].
func Select(args []string) ([]Type, error) {
	selected, _, err := SelectNamed(args)
	return selected, err
}

// SelectNamed is [Select] that also tells which of the types were named in
// full rather than matched by a pattern or by "all".
func SelectNamed(args []string) (selected []Type, named map[Type]bool, err error) {
	named = map[Type]bool{}
	for _, arg := range args {
		for word := range strings.SplitSeq(arg, ",") {
			word = strings.TrimSpace(word)
			if word == "" {
				continue
			}
			matched, isPattern, err := match(word)
			if err != nil {
				return nil, nil, err
			}
			for _, t := range matched {
				if !isPattern {
					named[t] = true
				}
				if !slices.Contains(selected, t) {
					selected = append(selected, t)
				}
			}
		}
	}
	return selected, named, nil
}

// Match reports whether t is matched by word: a slug, a name of the wire, a
// pattern or "all".
func (t Type) Match(word string) bool {
	matched, _, err := match(word)
	return err == nil && slices.Contains(matched, t)
}

func match(word string) (matched []Type, isPattern bool, err error) {
	slug := slugOf(word)
	if slug == "all" {
		return types[:], true, nil
	}
	if !strings.ContainsAny(slug, "*?[") {
		t, err := ParseType(word)
		return []Type{t}, false, err
	}
	for _, t := range types {
		if ok, err := path.Match(slug, t.Slug); ok && err == nil {
			matched = append(matched, t)
		}
	}
	if matched == nil {
		return nil, true, unknownType(word, slug)
	}
	return matched, true, nil
}

func slugOf(s string) string {
	return strings.ReplaceAll(strings.ToLower(strings.TrimSpace(s)), "/", ".")
}

// unknownType finds out what was probably meant by what is no slug: the types that
// begin so, else the one that is a few edits away.
func unknownType(input, slug string) *UnknownTypeError {
	e := &UnknownTypeError{Input: input}
	var begun []Type
	for _, t := range types {
		if strings.HasPrefix(t.Slug, slug+".") {
			begun = append(begun, t)
		}
	}
	switch {
	case len(begun) == 1:
		e.Nearest = begun[0]
	case len(begun) > 1:
		e.Pattern = slug + ".*"
	default:
		e.Nearest = nearest(slug)
	}
	return e
}

// nearest returns the type whose slug takes the fewest edits to reach, the zero
// Type when these are more than a third of it.
func nearest(slug string) (best Type) {
	if len(slug) > 64 {
		return best
	}
	least := (len(slug)+1)/3 + 1
	for _, t := range types {
		if d := distance(slug, t.Slug); d < least {
			best, least = t, d
		}
	}
	return best
}

// distance is the Levenshtein distance of a and b in bytes.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}

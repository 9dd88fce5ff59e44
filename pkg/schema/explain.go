package schema

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// problem is a finding that does not know yet where in the text it stands.
type problem struct {
	path     []string
	severity Severity
	keyword  string
	// expected completes "expected ..., found ..."; where it is empty, text says
	// it all.
	expected, text string
	// found replaces what is said of the value that was found.
	found string
	// name is the member that is missing or too much.
	name string
	hint string
}

// explainer turns what the validation returned into problems: one for each leaf
// of its tree, and of alternatives only the one that comes nearest.
type explainer struct {
	root  any
	left  int             // how many more problems are taken
	named map[string]bool // where names were found wrong so far
}

func explain(err *jsonschema.ValidationError, root any) []problem {
	x := &explainer{root: root, left: maxProblems, named: map[string]bool{}}
	return x.tree(err, nil)
}

// tree returns the problems of a tree. around is the nearest location around it
// that is known for sure.
func (x *explainer) tree(err *jsonschema.ValidationError, around []string) []problem {
	at := err.InstanceLocation
	switch k := err.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		return x.all(err.Causes, at)
	case *kind.AnyOf:
		return x.nearest(err, "anyOf")
	case *kind.OneOf:
		if len(k.Subschemas) == 0 {
			return x.nearest(err, "oneOf")
		}
		text := "matches more than one of the alternatives: the " + ordinal(k.Subschemas[0]) + " and the " + ordinal(k.Subschemas[1])
		return x.take(problem{path: at, keyword: "oneOf", text: text})
	case *kind.PropertyNames:
		return x.take(x.wrongName(err, k.Property, around))
	default:
		return x.take(leaf(err)...)
	}
}

func (x *explainer) take(all ...problem) []problem {
	all = all[:min(len(all), max(0, x.left))]
	x.left -= len(all)
	for i := range all {
		all[i].severity = Error
	}
	return all
}

// all returns the problems of several trees, in the order of their locations:
// the validation goes through objects in any order.
func (x *explainer) all(errs []*jsonschema.ValidationError, around []string) (problems []problem) {
	slices.SortStableFunc(errs, func(a, b *jsonschema.ValidationError) int {
		return slices.CompareFunc(a.InstanceLocation, b.InstanceLocation, compareNames)
	})
	for _, err := range errs {
		if x.left <= 0 {
			break
		}
		problems = append(problems, x.tree(err, around)...)
	}
	return problems
}

// compareNames compares names of members or places of items.
func compareNames(a, b string) int {
	i, errA := strconv.Atoi(a)
	j, errB := strconv.Atoi(b)
	if errA == nil && errB == nil {
		return cmp.Compare(i, j)
	}
	return cmp.Compare(a, b)
}

// nearest returns the problems of the alternative that the value comes nearest
// to, or one that says what any of them would take.
func (x *explainer) nearest(err *jsonschema.ValidationError, keyword string) []problem {
	at := err.InstanceLocation
	var best []problem
	least := distance{1 << 30, 0, 0}
	types, enums := map[string]bool{}, []string{}
	taken := x.left
	for _, cause := range err.Causes {
		x.left = taken
		problems := x.tree(cause, at)
		if d := distanceOf(problems, len(at)); best == nil || d.less(least) {
			best, least = problems, d
		}
		for _, p := range problems {
			if len(p.path) != len(at) {
				continue
			}
			switch p.keyword {
			case "type":
				for word := range strings.SplitSeq(p.expected, or) {
					types[word] = true
				}
			case "const", "enum":
				enums = append(enums, strings.TrimPrefix(p.expected, oneOf))
			}
		}
	}
	x.left = taken
	switch {
	case len(best) == 0:
		return x.take(problem{path: at, keyword: keyword, text: "matches none of the alternatives"})
	case least.elsewhere == 0:
		return x.take(best...)
	case len(enums) == len(err.Causes):
		return x.take(problem{path: at, keyword: "enum", expected: oneOf + strings.Join(enums, ", ")})
	case len(enums) == 0:
		return x.take(problem{path: at, keyword: "type", expected: strings.Join(slices.Sorted(maps.Keys(types)), or)})
	}
	return x.take(best...)
}

// distance says how far a value is from an alternative; the first that differs
// decides.
type distance struct {
	elsewhere int // 1 when the value is of another kind altogether
	marks     int // members that tell alternatives apart and are wrong
	problems  int
}

func (d distance) less(than distance) bool {
	return cmp.Or(cmp.Compare(d.elsewhere, than.elsewhere), cmp.Compare(d.marks, than.marks), cmp.Compare(d.problems, than.problems)) < 0
}

// distanceOf measures the problems of an alternative for a value depth deep.
func distanceOf(problems []problem, depth int) (d distance) {
	for _, p := range problems {
		d.problems++
		decides := p.keyword == "const" || p.keyword == "enum"
		switch len(p.path) - depth {
		case 0:
			if decides || p.keyword == "type" {
				d.elsewhere = 1
			}
		case 1:
			if decides {
				d.marks++
			}
		}
	}
	return d
}

// wrongName explains that a member has a name which the schema does not allow.
//
// The location that the validation gives for this kind, and only for this, may
// have been overwritten by what was validated after it (jsonschema v6.0.3). So
// it is taken only where an object with the member stands and was not told of;
// else the first such object at the same depth is.
func (x *explainer) wrongName(err *jsonschema.ValidationError, name string, around []string) problem {
	at := err.InstanceLocation
	if !x.unnamed(err.SchemaURL, at, name) {
		x.objects(around, len(at), func(path []string) bool {
			if x.unnamed(err.SchemaURL, path, name) {
				at = slices.Clone(path)
				return false
			}
			return true
		})
	}
	x.named[err.SchemaURL+"\n"+pointer(at)+"\n"+name] = true
	text := "the name is not allowed here"
	for _, cause := range err.Causes {
		if why := (&explainer{left: 1, named: map[string]bool{}}).tree(cause, nil); len(why) > 0 && why[0].expected != "" {
			text += ": expected " + why[0].expected
			break
		}
	}
	return problem{path: append(slices.Clone(at), name), keyword: "propertyNames", name: name, text: text}
}

// unnamed reports whether the object at path has the member and was not told of.
func (x *explainer) unnamed(schema string, path []string, name string) bool {
	object, _ := get(x.root, path).(map[string]any)
	_, has := object[name]
	return has && !x.named[schema+"\n"+pointer(path)+"\n"+name]
}

// objects calls each for the objects depth deep below a path, until it returns
// false.
func (x *explainer) objects(path []string, depth int, each func(path []string) bool) bool {
	path = slices.Clip(path)
	switch v := get(x.root, path).(type) {
	case map[string]any:
		if len(path) == depth {
			return each(path)
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			if !x.objects(append(path, name), depth, each) {
				return false
			}
		}
	case []any:
		for i := range v {
			if len(path) >= depth || !x.objects(append(path, strconv.Itoa(i)), depth, each) {
				return false
			}
		}
	}
	return true
}

// pointer writes a path as a JSON Pointer (RFC 6901).
func pointer(path []string) string {
	var b strings.Builder
	for _, name := range path {
		b.WriteByte('/')
		b.WriteString(escapeName.Replace(name))
	}
	return b.String()
}

var escapeName = strings.NewReplacer("~", "~0", "/", "~1")

func ordinal(i int) string { return "#" + strconv.Itoa(i+1) }

package schema

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/event"
)

// hinter says what can be done about problems that people really have.
type hinter struct {
	root any
	// builtIn says that the problems are with a schema of konhook's: it may be
	// told what Konstantly's events look like.
	builtIn bool
	// renamed are the unknown members that a hint of a missing one speaks of.
	renamed map[string]bool
	// noEnvelope says that a hint spoke of a payload that is no event at all, so
	// that none of its members is worth a word.
	noEnvelope bool
}

// hint returns what helps against a problem, empty when nothing obvious does.
func (h *hinter) hint(p problem) string {
	value := get(h.root, p.path)
	name := ""
	if len(p.path) > 0 {
		name = p.path[len(p.path)-1]
	}
	switch {
	case p.keyword == "required" && len(p.path) == 0 && h.builtIn:
		return h.missingInEnvelope(p)
	case p.keyword == "required":
		return h.misspelt(p, value)
	case p.keyword == "type" && len(p.path) == 0 && h.builtIn:
		return wrongRoot(value)
	case p.keyword == "type" && h.builtIn:
		return cmp.Or(wrongField(p.expected, value, name), wrongKind(p.expected, value))
	case p.keyword == "type":
		return wrongKind(p.expected, value)
	case h.builtIn && len(p.path) == 1 && name == "type" && (p.keyword == "enum" || p.keyword == "const"):
		return wrongType(value)
	}
	return ""
}

// missingInEnvelope looks for what was sent in the place of an event.
func (h *hinter) missingInEnvelope(p problem) string {
	root, _ := h.root.(map[string]any)
	if hint := h.misspelt(p, root); hint != "" {
		return hint
	}
	if h.noEnvelope || !misses(root, "type", "body") {
		return ""
	}
	hint := insteadOfEvent(root)
	h.noEnvelope = hint != ""
	return hint
}

// insteadOfEvent says what an object without an envelope is.
func insteadOfEvent(root map[string]any) string {
	for _, name := range slices.Sorted(maps.Keys(root)) {
		if inner, ok := root[name].(map[string]any); ok && (has(inner, "type", "body") || has(inner, "occuredAt", "type")) {
			return fmt.Sprintf("the event is inside %s: send what is in there", shown(name))
		}
	}
	for _, name := range []string{"course", "user", "group"} {
		if _, ok := root[name].(map[string]any); ok {
			return `this is the body alone: an event is {"type": ..., "occuredAt": ..., "body": {...}}`
		}
	}
	if has(root, "id", "name") {
		return `this is a bare object: an event is {"type": ..., "occuredAt": ..., "body": {"course": {...}}}`
	}
	return ""
}

// misspelt looks for the missing member under a name that comes near.
func (h *hinter) misspelt(p problem, value any) string {
	object, _ := value.(map[string]any)
	found, name := false, ""
	for other := range object {
		if (!found || other < name) && other != p.name && alike(other, p.name) {
			found, name = true, other
		}
	}
	if !found {
		return ""
	}
	if h.renamed == nil {
		h.renamed = map[string]bool{}
	}
	h.renamed[pointer(append(slices.Clone(p.path), name))] = true
	if p.name == "occuredAt" {
		return fmt.Sprintf("rename %s to \"occuredAt\": Konstantly spells it with one r", shown(name))
	}
	return fmt.Sprintf("rename %s to %s", shown(name), shown(p.name))
}

// alike reports whether two names differ by case, underscores or one letter.
func alike(a, b string) bool {
	if len(a) > 64 {
		return false
	}
	var roomA, roomB [64]byte
	return oneEdit(bare(roomA[:0], a), bare(roomB[:0], b))
}

// oneEdit reports whether two names are equal or, when they are long enough,
// differ by one letter.
func oneEdit(a, b []byte) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 || len(a) < 4 {
		return string(a) == string(b)
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return string(a[i:]) == string(b[i+len(b)-len(a):]) || len(a) == len(b) && i < len(a) && string(a[i+1:]) == string(b[i+1:])
}

// bare appends a name in lower case, without underscores and hyphens.
func bare(dst []byte, name string) []byte {
	for i := range len(name) {
		switch c := name[i]; {
		case c >= utf8.RuneSelf:
			return append(dst[:0], strings.NewReplacer("_", "", "-", "").Replace(strings.ToLower(name))...)
		case c == '_' || c == '-':
		case 'A' <= c && c <= 'Z':
			dst = append(dst, c+'a'-'A')
		default:
			dst = append(dst, c)
		}
	}
	return dst
}

func has(object map[string]any, names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { _, ok := object[name]; return !ok })
}

func misses(object map[string]any, names ...string) bool {
	return !slices.ContainsFunc(names, func(name string) bool { _, ok := object[name]; return ok })
}

func wrongRoot(value any) string {
	switch v := value.(type) {
	case []any:
		return "send each event on its own, not in an array"
	case string:
		if looksLikeJSON(v) {
			return "the event is a string of JSON: it was encoded twice"
		}
	}
	return ""
}

// wrongField explains a value of the wrong kind in a member that Konstantly's
// events have.
func wrongField(expected string, value any, name string) string {
	isTime := expected == "integer" && strings.HasSuffix(name, "At")
	switch v := value.(type) {
	case json.Number:
		switch {
		case expected == "string" && name == "id":
			return "write " + shown(string(v)) + ": the ids of users are strings"
		case isTime:
			return "Unix seconds have no fraction"
		}
	case string:
		if at, err := time.Parse(time.RFC3339, v); err == nil && isTime {
			return "write Unix seconds: " + strconv.FormatInt(at.Unix(), 10)
		}
	case nil:
		if isTime {
			return "write 0 for what has not happened"
		}
	}
	return ""
}

// wrongKind explains a value of the wrong kind.
func wrongKind(expected string, value any) string {
	switch v := value.(type) {
	case string:
		return wrongString(expected, v)
	case json.Number:
		switch {
		case expected == "string":
			return "write it in quotes: " + shown(string(v))
		case expected == "boolean" && (v == "0" || v == "1"):
			return "write " + strconv.FormatBool(v == "1")
		}
	}
	return ""
}

func wrongString(expected, v string) string {
	switch expected {
	case "integer", "number":
		if number := strings.TrimSpace(v); isNumber(number) {
			return "write it without quotes: " + number
		}
	case "boolean":
		if word := strings.ToLower(v); word == "true" || word == "false" {
			return "write it without quotes: " + word
		}
	case "object", "array":
		if looksLikeJSON(v) {
			return "this is a string of JSON: it was encoded twice"
		}
	}
	return ""
}

func isNumber(s string) bool {
	return len(s) <= 40 && json.Valid([]byte(s)) && s != "" && (s[0] == '-' || '0' <= s[0] && s[0] <= '9')
}

func looksLikeJSON(s string) bool {
	s = strings.TrimSpace(s)
	return strings.HasPrefix(s, "{") && strings.HasSuffix(s, "}") || strings.HasPrefix(s, "[") && strings.HasSuffix(s, "]")
}

// wrongType explains a "type" that is none of an event.
func wrongType(value any) string {
	name, ok := value.(string)
	if !ok || len(name) > maxShown {
		return ""
	}
	if t, ok := typeOf(name); ok {
		if strings.ContainsRune(name, '.') {
			return fmt.Sprintf("write %q: %s is for the path of the API", t.Name, t.Slug)
		}
		return fmt.Sprintf("write %q", t.Name)
	}
	for _, t := range event.Types() {
		if alike(name, t.Name) {
			return fmt.Sprintf("write %q", t.Name)
		}
	}
	return "konhook events lists all types"
}

// typeOf is [event.ParseType] without the nearest type, which takes its time to
// find.
func typeOf(name string) (event.Type, bool) {
	slug := strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), "/", ".")
	for _, t := range event.Types() {
		if t.Slug == slug {
			return t, true
		}
	}
	return event.Type{}, false
}

// syntaxHint explains what is no JSON; at is where the line breaks the grammar.
func syntaxHint(line []byte, at int) string {
	at = max(0, min(at, len(line)))
	rest, before := line[at:], bytes.TrimRight(line[:at], " \t")
	switch {
	case bytes.IndexByte(line, 0) >= 0:
		return "save the file as UTF-8"
	case bytes.HasPrefix(rest, []byte("//")), bytes.HasPrefix(rest, []byte("/*")), bytes.HasPrefix(rest, []byte("#")):
		return "JSON has no comments"
	case bytes.HasPrefix(rest, []byte("'")):
		return "JSON takes double quotes only"
	case hasWord(rest, "None", "True", "False"):
		return "this looks like Python: print it with json.dumps"
	case hasWord(rest, "NaN", "Infinity", "-Infinity", "undefined"):
		return "JSON has no such value: write null or a number"
	case bytes.HasSuffix(before, []byte(",")) && (bytes.HasPrefix(rest, []byte("}")) || bytes.HasPrefix(rest, []byte("]"))):
		return "JSON allows no comma behind the last value"
	}
	return ""
}

func hasWord(b []byte, words ...string) bool {
	return slices.ContainsFunc(words, func(w string) bool { return bytes.HasPrefix(b, []byte(w)) })
}

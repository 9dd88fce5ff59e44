package schema

import (
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// atReference makes an error of what refers to a URL. The library tells the
// target only, so the references are gone through.
func (s *sources) atReference(main *source, target, reason string) error {
	var best *source
	var bestPath []string
	least := 4
	for _, file := range slices.Sorted(maps.Keys(s.byURL)) {
		doc := s.byURL[file]
		references(doc.value, file, nil, func(base, value string, at []string) {
			if d := refersTo(base, value, target); d < least {
				best, bestPath, least = doc, at, d
			}
		})
	}
	if best == nil {
		return main.fail(nil, reason+": "+cut(target, maxShown))
	}
	return best.fail(bestPath, reason)
}

// refersTo says how surely a reference leads to a target: 1 for exactly, 4 for
// not at all.
func refersTo(base, value, target string) int {
	file, fragment, _ := strings.Cut(target, "#")
	fragment = unescaped(fragment)
	b, err := url.Parse(base)
	if err != nil {
		return 4
	}
	ref, err := url.Parse(value)
	if err != nil {
		if value == target {
			return 1
		}
		return 4
	}
	full := b.ResolveReference(ref)
	if ref.Opaque == "" && b.Opaque != "" && !ref.IsAbs() {
		full.Opaque = b.Opaque
	}
	got := unescaped(full.Fragment)
	full.Fragment, full.RawFragment = "", ""
	switch {
	case full.String() == file && (got == fragment || fragment == ""):
		return 1
	case value == target:
		return 2
	case got != "" && strings.HasSuffix(fragment, got):
		return 3
	}
	return 4
}

func unescaped(fragment string) string {
	if text, err := url.PathUnescape(fragment); err == nil {
		return text
	}
	return fragment
}

// references calls each for all references in a schema, with the URL that they
// are relative to.
func references(v any, base string, at []string, each func(base, value string, at []string)) {
	at = slices.Clip(at)
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			references(item, base, append(at, strconv.Itoa(i)), each)
		}
	case map[string]any:
		if id, ok := v["$id"].(string); ok {
			base = joined(base, id)
		}
		for _, name := range slices.Sorted(maps.Keys(v)) {
			text, ok := v[name].(string)
			if ok && slices.Contains([]string{"$ref", "$dynamicRef", "$recursiveRef", "$schema", "$id"}, name) {
				each(base, text, append(slices.Clone(at), name))
			}
			references(v[name], base, append(at, name), each)
		}
	}
}

func joined(base, ref string) string {
	b, err := url.Parse(base)
	if err != nil {
		return base
	}
	u, err := b.Parse(ref)
	if err != nil {
		return base
	}
	u.Fragment = ""
	return u.String()
}

package main

import (
	"fmt"
	"strings"

	"go.yaml.in/yaml/v3"
)

// notYAML says what the parser says in words that need no knowledge of it, and
// without names of anchors: they may be keys that begin with * or &.
func notYAML(err error) error {
	reason := strings.TrimPrefix(err.Error(), "yaml: ")
	where, what, found := strings.Cut(reason, ": ")
	if !found {
		where, what = "", reason
	}
	for _, words := range [][2]string{ // the library's and ours
		{"anchor", "a value that begins with * or & needs quotes"},
		{"mapping values are not allowed", "a value with a colon needs quotes, and settings stand one below the other"},
		{"cannot start any token", "indent with spaces, and put a value with special characters in quotes"},
		{"did not find expected", "a quote, a bracket or the right indent is missing"},
		{"could not find expected ':'", "a setting is KEY: VALUE"},
	} {
		if strings.Contains(what, words[0]) {
			what = words[1]
			break
		}
	}
	if where != "" {
		return fmt.Errorf("not YAML in %s: %s", where, what)
	}
	return fmt.Errorf("not YAML: %s", what)
}

// checkRepeats refuses what is written twice in a mapping, or in one below it.
func checkRepeats(mapping *yaml.Node) error {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		key, value := mapping.Content[i], mapping.Content[i+1]
		first := 0
		for !strings.EqualFold(mapping.Content[first].Value, key.Value) {
			first += 2
		}
		if first != i {
			return fmt.Errorf("%s: is in lines %d and %d", key.Value, mapping.Content[first].Line, key.Line)
		}
		if value.Kind == yaml.MappingNode {
			if err := checkRepeats(value); err != nil {
				return err
			}
		}
	}
	return nil
}

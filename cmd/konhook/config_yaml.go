package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"strings"

	"go.yaml.in/yaml/v3"
)

// parseYAML returns the mapping that a document is, an empty one for nothing.
func parseYAML(text []byte) (*yaml.Node, error) {
	documents := yaml.NewDecoder(bytes.NewReader(text))
	doc, more := &yaml.Node{}, &yaml.Node{}
	switch err := documents.Decode(doc); {
	case errors.Is(err, io.EOF):
		return &yaml.Node{Kind: yaml.MappingNode}, nil
	case err != nil:
		return nil, notYAML(err)
	case doc.Content[0].Kind != yaml.MappingNode:
		return nil, errors.New("must hold settings by name: write KEY: VALUE on each line")
	}
	switch err := documents.Decode(more); {
	case errors.Is(err, io.EOF):
	case err != nil:
		return nil, notYAML(err)
	default:
		return nil, fmt.Errorf("a second document begins in line %d: there is one for all settings, without --- in between", more.Line)
	}
	if err := checkRepeats(doc.Content[0]); err != nil {
		return nil, errors.New(withoutKeys(text, err.Error()))
	}
	return doc.Content[0], nil
}

func isNull(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.ShortTag() == "!!null" }

// collectYAML gathers the values below a mapping by their paths. A key that comes
// twice has a value that no single one has.
func collectYAML(mapping *yaml.Node, above string, into map[string]string) {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		path, value := above+pathKey([]string{mapping.Content[i].Value}), mapping.Content[i+1]
		if value.Kind == yaml.MappingNode {
			collectYAML(value, path, into)
		} else {
			into[path] += wholeYAML(value)
		}
	}
}

// wholeYAML writes a value, with all that is in it, so that two can be compared.
func wholeYAML(value *yaml.Node) string {
	text := value.ShortTag() + " " + value.Value
	for _, item := range value.Content {
		text += "\x00" + wholeYAML(item)
	}
	return text
}

// replaceCollected makes of the values that were gathered those that are to be: one
// instead of all that was at its path, and none that was nothing above it.
func replaceCollected(values map[string]string, path []string, value *string) {
	maps.DeleteFunc(values, func(at, _ string) bool { return strings.HasPrefix(at, pathKey(path)) })
	if value == nil {
		return
	}
	for i := range path {
		if above := pathKey(path[:i]); strings.HasPrefix(values[above], "!!null ") {
			delete(values, above)
		}
	}
	values[pathKey(path)] = "!!str " + *value
}

// pathKey makes one key of the names on a path: none of them has a NUL.
func pathKey(path []string) string { return strings.Join(path, "\x00") + "\x00" }

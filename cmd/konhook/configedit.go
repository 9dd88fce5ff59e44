package main

import (
	"bytes"
	"errors"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// setYAML returns the text of a configuration file with one setting changed and
// all else, comments too, as it was.
func setYAML(text []byte, profile, key, value string) ([]byte, error) {
	doc, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	section := doc.Content[0]
	if profile != "" && key != profileKey {
		section = child(child(section, profilesKey), profile)
	}
	scalar := &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: value}
	if i := indexOf(section, key); i >= 0 {
		scalar.LineComment = section.Content[i+1].LineComment
		section.Content[i+1] = scalar
	} else {
		section.Content = append(section.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, scalar)
	}
	return formatYAML(doc)
}

// unsetYAML returns the text of a configuration file without one setting.
func unsetYAML(text []byte, profile, key string) ([]byte, error) {
	doc, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	section := doc.Content[0]
	if profile != "" && key != profileKey {
		section = child(child(section, profilesKey), profile)
	}
	i := indexOf(section, key)
	if i < 0 {
		return text, nil
	}
	section.Content = slices.Delete(section.Content, i, i+2)
	return formatYAML(doc)
}

func parseYAML(text []byte) (*yaml.Node, error) {
	doc := &yaml.Node{}
	if err := yaml.Unmarshal(text, doc); err != nil {
		return nil, err
	}
	if doc.Kind == 0 {
		doc = &yaml.Node{Kind: yaml.DocumentNode, Content: []*yaml.Node{{Kind: yaml.MappingNode}}}
	}
	if doc.Content[0].Kind != yaml.MappingNode {
		return nil, errors.New("must hold settings by name")
	}
	return doc, nil
}

func formatYAML(doc *yaml.Node) ([]byte, error) {
	var b bytes.Buffer
	e := yaml.NewEncoder(&b)
	e.SetIndent(2)
	if err := e.Encode(doc); err != nil {
		return nil, err
	}
	return b.Bytes(), e.Close()
}

// child returns the mapping that a mapping holds under key, made if need be.
func child(mapping *yaml.Node, key string) *yaml.Node {
	if i := indexOf(mapping, key); i >= 0 && mapping.Content[i+1].Kind == yaml.MappingNode {
		return mapping.Content[i+1]
	}
	made := &yaml.Node{Kind: yaml.MappingNode}
	mapping.Content = append(mapping.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: key}, made)
	return made
}

// indexOf returns where in a mapping a key is, in any letter case, or -1.
func indexOf(mapping *yaml.Node, key string) int {
	for i := 0; i+1 < len(mapping.Content); i += 2 {
		if strings.EqualFold(mapping.Content[i].Value, key) {
			return i
		}
	}
	return -1
}

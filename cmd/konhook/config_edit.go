package main

import (
	"bytes"
	"errors"
	"maps"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// setYAML returns the text of a configuration file with one setting changed and
// all else as it was, to the byte. A new one gets a line of its own.
func setYAML(text []byte, profile, key, value string) ([]byte, error) {
	return editYAML(text, profile, key, &value)
}

// unsetYAML returns the text of a configuration file without one setting.
func unsetYAML(text []byte, profile, key string) ([]byte, error) {
	return editYAML(text, profile, key, nil)
}

// editYAML changes a setting, or takes it out when there is no value. YAML can be
// written in more ways than are understood here, so that what the changed text
// says is compared with what it should say.
func editYAML(text []byte, profile, key string, value *string) ([]byte, error) {
	path := []string{key}
	if profile != "" && key != profileKey {
		path = []string{profilesKey, profile, key}
	}
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	edit := yamlEdit{text, root}
	at := edit.find(path)
	for i, known := range at {
		path[i] = known.key().Value // in the letter case of the file
	}
	edited := edit.apply(at, path, value)
	want, got := map[string]string{}, map[string]string{}
	collectYAML(root, "", want)
	replaceCollected(want, path, value)
	if root, err = parseYAML(edited); err == nil {
		collectYAML(root, "", got)
	}
	if !maps.Equal(want, got) {
		return nil, errors.New("is written in a way that can only be changed by hand")
	}
	return edited, nil
}

// yamlEdit changes the text of a mapping at the places of its nodes.
type yamlEdit struct {
	text []byte
	root *yaml.Node
}

// yamlEntry is a key of a mapping with its value.
type yamlEntry struct {
	mapping *yaml.Node
	i       int // of the key in its content
}

func (e yamlEntry) key() *yaml.Node   { return e.mapping.Content[e.i] }
func (e yamlEntry) value() *yaml.Node { return e.mapping.Content[e.i+1] }

func lastOf(mapping *yaml.Node) yamlEntry { return yamlEntry{mapping, len(mapping.Content) - 2} }

func inBraces(mapping *yaml.Node) bool { return mapping.Style&yaml.FlowStyle != 0 }

// find returns the entries on the way to a path, as far as they are there. Names
// are taken in any letter case.
func (e *yamlEdit) find(path []string) (at []yamlEntry) {
	mapping := e.root
	for _, name := range path {
		i := 0
		for i < len(mapping.Content) && !strings.EqualFold(mapping.Content[i].Value, name) {
			i += 2
		}
		if mapping.Kind != yaml.MappingNode || i >= len(mapping.Content) {
			break
		}
		at = append(at, yamlEntry{mapping, i})
		mapping = mapping.Content[i+1]
	}
	return at
}

// apply changes what is at a path, of which the entries are those that exist.
func (e *yamlEdit) apply(at []yamlEntry, path []string, value *string) []byte {
	switch there := len(at) == len(path); {
	case there && value == nil:
		return e.remove(at)
	case there && len(at[len(at)-1].value().Content) > 0:
		return e.replace(at, path, value)
	case there:
		last := at[len(at)-1]
		return e.splice(e.offset(last.value()), e.end(last), e.behindKey(last)+scalarYAML(*value))
	case value == nil:
		return e.text
	case len(at) == 0:
		return e.insert(e.root, path, *value)
	case isNull(at[len(at)-1].value()):
		return e.fill(at[len(at)-1], path[len(at):], *value)
	}
	return e.insert(at[len(at)-1].value(), path[len(at):], *value)
}

// replace puts a value in the place of several.
func (e *yamlEdit) replace(at []yamlEntry, path []string, value *string) []byte {
	without := e.remove(at)
	root, err := parseYAML(without)
	if err != nil {
		return e.text
	}
	rest := yamlEdit{without, root}
	return rest.apply(rest.find(path), path, value)
}

// fill adds a value below a key that has nothing behind it.
func (e *yamlEdit) fill(entry yamlEntry, path []string, value string) []byte {
	start, end := e.offset(entry.value()), e.end(entry)
	if inBraces(entry.mapping) {
		return e.splice(start, end, e.behindKey(entry)+"{"+bracedYAML(path, value)+"}")
	}
	bare := yamlEdit{text: e.splice(start, end, "")}
	return bare.insertLines(bare.nextLine(start), path, value, entry.key().Column+1)
}

// behindKey is what has to stand before a value where there was none: the place of
// that is behind the colon.
func (e *yamlEdit) behindKey(entry yamlEntry) string {
	if at := e.offset(entry.value()); at > 0 && e.text[at-1] == ':' {
		return " "
	}
	return ""
}

// insert adds a value, below new mappings if the path has several names, behind
// all else in a mapping.
func (e *yamlEdit) insert(mapping *yaml.Node, path []string, value string) []byte {
	switch {
	case inBraces(mapping) && len(mapping.Content) > 0:
		at := e.end(lastOf(mapping))
		return e.splice(at, at, ", "+bracedYAML(path, value))
	case inBraces(mapping):
		at := min(e.offset(mapping)+1, len(e.text))
		return e.splice(at, at, bracedYAML(path, value))
	}
	at, indent := len(e.text), 0
	if len(mapping.Content) > 0 {
		at, indent = e.nextLine(e.end(lastOf(mapping))), mapping.Content[0].Column-1
	}
	return e.insertLines(at, path, value, indent)
}

// insertLines adds a value, and new mappings above it, in lines of their own.
func (e *yamlEdit) insertLines(at int, path []string, value string, indent int) []byte {
	lines := linesYAML(path, value, indent)
	if at > 0 && strings.IndexByte("\r\n", e.text[at-1]) < 0 {
		lines = "\n" + lines
	}
	if line, _, more := bytes.Cut(e.text, []byte("\n")); more && bytes.HasSuffix(line, []byte("\r")) {
		lines = strings.ReplaceAll(lines, "\n", "\r\n") // as the first line ends
	}
	return e.splice(at, at, lines)
}

// remove takes the last of these entries out, which are below each other.
func (e *yamlEdit) remove(at []yamlEntry) []byte {
	last := at[len(at)-1]
	start, end := e.offset(last.key()), e.end(last)
	switch {
	case !inBraces(last.mapping):
		start, end = bytes.LastIndexByte(e.text[:start], '\n')+1, e.nextLine(end)
	case last.i > 0:
		start = e.end(yamlEntry{last.mapping, last.i - 2})
	case len(last.mapping.Content) > 2:
		end = e.offset(last.mapping.Content[2])
	}
	text := e.splice(start, end, "")
	if len(at) > 1 && len(last.mapping.Content) == 2 && !inBraces(last.mapping) {
		above := e.offset(at[len(at)-2].key()) // is left with nothing below it
		colon := above + bytes.IndexByte(text[above:], ':') + 1
		colon = min(colon, len(text))
		text = (&yamlEdit{text: text}).splice(colon, colon, " {}")
	}
	return text
}

func (e *yamlEdit) splice(start, end int, with string) []byte {
	return bytes.Join([][]byte{e.text[:start], e.text[max(start, end):]}, []byte(with))
}

// offset returns where a node begins.
func (e *yamlEdit) offset(n *yaml.Node) int {
	at := 0
	if mark := []byte("\uFEFF"); n.Line == 1 && bytes.HasPrefix(e.text, mark) {
		at = len(mark)
	}
	for range n.Line - 1 {
		at = e.nextLine(at)
	}
	for range n.Column - 1 {
		_, size := utf8.DecodeRune(e.text[at:])
		at += size
	}
	return at
}

// nextLine returns where the line behind a place begins. These end one in YAML.
func (e *yamlEdit) nextLine(at int) int {
	i := bytes.IndexAny(e.text[at:], "\r\n\u0085\u2028\u2029")
	if i < 0 {
		return len(e.text)
	}
	at += i
	if bytes.HasPrefix(e.text[at:], []byte("\r\n")) {
		return at + 2
	}
	_, size := utf8.DecodeRune(e.text[at:])
	return at + size
}

// end returns where the value of an entry ends.
func (e *yamlEdit) end(entry yamlEntry) int {
	value := entry.value()
	at := e.offset(value)
	if value.Kind == yaml.MappingNode {
		if len(value.Content) > 0 {
			at = e.end(lastOf(value))
		}
		if inBraces(value) {
			at += bytes.IndexByte(e.text[at:], '}') + 1
		}
		return at
	}
	if value.Kind == yaml.SequenceNode {
		return e.endOfSequence(value)
	}
	quoted := value.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle) != 0
	block := value.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0
	switch {
	case quoted && at < len(e.text) && strings.IndexByte(`"'`, e.text[at]) >= 0:
		return e.endOfQuoted(at)
	case !quoted && !block && bytes.HasPrefix(e.text[at:], []byte(value.Value)):
		return at + len(value.Value)
	}
	return e.endOfLines(entry.key())
}

// endOfSequence returns where a list ends, of which no setting is made.
func (e *yamlEdit) endOfSequence(list *yaml.Node) int {
	last := list
	for len(last.Content) > 0 {
		last = last.Content[len(last.Content)-1]
	}
	at := e.offset(last)
	if list.Style&yaml.FlowStyle != 0 {
		return at + bytes.IndexByte(e.text[at:], ']') + 1
	}
	return len(bytes.TrimRight(e.text[:e.nextLine(at)], "\r\n"))
}

func (e *yamlEdit) endOfQuoted(at int) int {
	quote := e.text[at]
	for at++; at < len(e.text); at++ {
		doubled := at+1 < len(e.text) && e.text[at+1] == quote
		switch c := e.text[at]; {
		case quote == '"' && c == '\\', quote == '\'' && c == quote && doubled:
			at++
		case c == quote:
			return at + 1
		}
	}
	return len(e.text)
}

// endOfLines returns where the lines end that are indented more than a key.
func (e *yamlEdit) endOfLines(key *yaml.Node) int {
	end := e.nextLine(e.offset(key))
	for at := end; at < len(e.text); at = e.nextLine(at) {
		line := e.text[at:e.nextLine(at)]
		indent := len(line) - len(bytes.TrimLeft(line, " "))
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if indent < key.Column {
			break
		}
		end = at + len(line)
	}
	return len(bytes.TrimRight(e.text[:end], "\r\n"))
}

// linesYAML writes a value below the names of its path, a line each.
func linesYAML(path []string, value string, indent int) string {
	var b strings.Builder
	for i, name := range path {
		b.WriteString(strings.Repeat(" ", indent+2*i) + scalarYAML(name) + ":")
		if i+1 < len(path) {
			b.WriteString("\n")
		}
	}
	return b.String() + " " + scalarYAML(value) + "\n"
}

// bracedYAML writes the same in one line.
func bracedYAML(path []string, value string) string {
	text := scalarYAML(path[0]) + ": "
	if len(path) == 1 {
		return text + scalarYAML(value)
	}
	return text + "{" + bracedYAML(path[1:], value) + "}"
}

// scalarYAML writes a text as it is where it reads as that text, and else in quotes,
// of which Go and YAML have the same escapes.
func scalarYAML(text string) string {
	var doc yaml.Node
	if yaml.Unmarshal([]byte(text), &doc) == nil && doc.Kind != 0 && !strings.ContainsAny(text, ",[]{}") {
		if n := doc.Content[0]; n.Kind == yaml.ScalarNode && n.ShortTag() == "!!str" && n.Style == 0 && n.Value == text {
			return text
		}
	}
	return strconv.Quote(text)
}

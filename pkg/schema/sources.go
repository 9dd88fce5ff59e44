package schema

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// sources are the files that a schema is made of.
type sources struct {
	byURL map[string]*source
	left  int // how many more values there may be
	// schemas is how many more values may be schemas.
	schemas int
	// root is the folder of the schema, nil when there is none; folder is its
	// path and shownFolder what the user called it.
	root                *os.Root
	folder, shownFolder string
	// base is the URL of the folder that the schema says it stands in.
	base string
	// assertFormat is that of the options.
	assertFormat bool
}

func newSources() *sources {
	return &sources{byURL: map[string]*source{}, left: maxSchemaValues, schemas: maxSchemas}
}

// source is one file of a schema.
type source struct {
	name  string
	text  []byte
	value any
}

// add reads one file. The error is a [*CompileError].
func (s *sources) add(url, name string, text []byte) (*source, error) {
	text = bytes.TrimPrefix(text, []byte("\ufeff"))
	doc := &source{name: name, text: text}
	s.byURL[url] = doc
	var wrong *jsonscan.Error
	if err := jsonscan.Valid(text); errors.As(err, &wrong) {
		return nil, &CompileError{Place: doc.place(wrong.Offset), Reason: "not JSON: " + wrong.Reason}
	}
	in, err := parse(text, s.left, maxSchemaDepth)
	if err != nil {
		return nil, doc.fail(limitProblem(err).path, err.Error())
	}
	doc.value = in.value
	s.left -= in.values
	if err := doc.check(nil, in.value); err != nil {
		return nil, err
	}
	n, outside := 0, map[string]bool{}
	census(in.value, &n, outside)
	switch s.schemas -= n; {
	case s.schemas < 0:
		return nil, doc.fail(nil, fmt.Sprintf("more than %d schemas are too many", maxSchemas))
	case len(outside)*n > maxOutside:
		return nil, doc.fail(nil, fmt.Sprintf("%d references to other places than $defs are too many: move what they refer to", len(outside)))
	}
	return doc, nil
}

// census counts what may be a schema, and collects the references to schemas
// that stand where no keyword has any.
func census(v any, schemas *int, outside map[string]bool) {
	switch v := v.(type) {
	case bool:
		*schemas++
	case []any:
		for _, item := range v {
			census(item, schemas, outside)
		}
	case map[string]any:
		*schemas++
		for name, member := range v {
			ref, _ := member.(string)
			first, _, _ := strings.Cut(strings.TrimPrefix(ref, "#/"), "/")
			if name == "$ref" && first != ref && !slices.Contains([]string{"$defs", "definitions", "properties"}, first) {
				outside[ref] = true
			}
			census(member, schemas, outside)
		}
	}
}

// counts are the keywords that take a number of characters, items or members.
var counts = [...]string{"minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties", "minContains", "maxContains"}

// check refuses counts that the library would cut off.
func (d *source) check(at []string, v any) error {
	at = slices.Clip(at)
	switch v := v.(type) {
	case []any:
		for i, item := range v {
			if err := d.check(append(at, strconv.Itoa(i)), item); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(v)) {
			number, _ := v[name].(json.Number)
			if n, _ := number.Float64(); n > maxCount && slices.Contains(counts[:], name) {
				return d.fail(append(at, name), fmt.Sprintf("%s is more than can be counted", cut(string(number), maxShown)))
			}
			if err := d.check(append(at, name), v[name]); err != nil {
				return err
			}
		}
	}
	return nil
}

// place returns the place of a byte.
func (d *source) place(at int) event.Place {
	before := d.text[:min(at, len(d.text))]
	line := before[bytes.LastIndexByte(before, '\n')+1:]
	return event.Place{File: d.name, Line: bytes.Count(before, []byte("\n")) + 1, Column: utf8.RuneCount(line) + 1}
}

// fail makes an error of the value at a path.
func (d *source) fail(path []string, reason string) *CompileError {
	var tree wanted
	at := tree.want(path)
	if jsonscan.Valid(d.text) == nil {
		locate(d.text, &tree)
	}
	return &CompileError{Place: d.place(at.start), Pointer: pointer(path), Reason: cut(reason, maxMessage)}
}

// at makes an error of a location as the library writes it, and of a keyword
// there when it has one.
func (s *sources) at(location, keyword, reason string) *CompileError {
	file, fragment, _ := strings.Cut(location, "#")
	doc := s.byURL[file]
	if doc == nil {
		return &CompileError{Place: event.Place{File: cut(file, maxShown)}, Pointer: fragment, Reason: reason}
	}
	path := pathOf(fragment)
	if keyword != "" {
		path = append(path, keyword)
	}
	return doc.fail(path, reason)
}

// pathOf reads a JSON Pointer as it stands in the fragment of a URL.
func pathOf(fragment string) (path []string) {
	text, err := url.PathUnescape(fragment)
	if err != nil || text == "" {
		return nil
	}
	for name := range strings.SplitSeq(strings.TrimPrefix(text, "/"), "/") {
		path = append(path, strings.NewReplacer("~1", "/", "~0", "~").Replace(name))
	}
	return path
}

// Load reads a file that a schema refers to, for the library.
func (s *sources) Load(address string) (any, error) {
	name, err := s.beside(address)
	if err != nil {
		return nil, err
	}
	if len(s.byURL) >= maxSchemaFiles {
		return nil, fmt.Errorf("more than %d files are too many", maxSchemaFiles)
	}
	text, err := s.read(name)
	if err != nil {
		return nil, err
	}
	doc, err := s.add(address, filepath.Join(s.shownFolder, name), text)
	if err != nil {
		return nil, err
	}
	return doc.value, nil
}

// beside returns the name, in the folder of the schema, of the file that a URL
// stands for.
func (s *sources) beside(address string) (string, error) {
	u, err := url.Parse(address)
	switch {
	case s.root == nil:
		return "", fmt.Errorf("%s is not read: the schema may refer to itself only", shown(address))
	case err != nil:
		return "", fmt.Errorf("%s is no URL", shown(address))
	case s.base != "" && strings.HasPrefix(address, s.base):
		name, err := url.PathUnescape(address[len(s.base):])
		if err != nil || !filepath.IsLocal(filepath.FromSlash(name)) {
			return "", outside(address)
		}
		return filepath.FromSlash(name), nil
	case u.Host == "json-schema.org": // the library has those that are known
		return "", fmt.Errorf("%s is no draft that is known: 4, 6, 7, 2019-09 and 2020-12 are", shown(address))
	case u.Scheme != "file" || u.Host != "":
		return "", fmt.Errorf("%s is not fetched: a schema may refer to files in its own folder", shown(address))
	}
	name, err := filepath.Rel(s.folder, filePath(u))
	if err != nil || !filepath.IsLocal(name) {
		return "", outside(address)
	}
	return name, nil
}

func outside(address string) error {
	return fmt.Errorf("%s is not read: it is outside the folder of the schema", shown(address))
}

// read reads a file in the folder of the schema.
func (s *sources) read(name string) ([]byte, error) {
	info, err := s.root.Stat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s is not there", shown(filepath.ToSlash(name)))
	case err != nil:
		return nil, fmt.Errorf("%s is not read: it leads outside the folder of the schema, or cannot be read", shown(filepath.ToSlash(name)))
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is no file", shown(filepath.ToSlash(name)))
	}
	f, err := s.root.Open(name)
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read", shown(filepath.ToSlash(name)))
	}
	defer f.Close()
	return readLimited(f, filepath.Join(s.shownFolder, name))
}

// baseOf returns the URL of the folder that a schema says, in its id, to stand
// in; empty when it says nothing or no http(s) URL.
func baseOf(value any) string {
	object, _ := value.(map[string]any)
	id, ok := object["$id"].(string)
	if !ok {
		id, _ = object["id"].(string)
	}
	u, err := url.Parse(id)
	if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
		return ""
	}
	u.RawQuery, u.Fragment = "", ""
	u.Path, u.RawPath = path.Dir(u.Path), ""
	return strings.TrimSuffix(u.String(), "/") + "/"
}

func fileURL(full string) string {
	p := filepath.ToSlash(full)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // a drive of Windows
	}
	return (&url.URL{Scheme: "file", Path: p}).String()
}

func filePath(u *url.URL) string {
	p := u.Path
	if len(p) > 2 && p[0] == '/' && p[2] == ':' {
		p = p[1:] // a drive of Windows
	}
	return filepath.FromSlash(p)
}

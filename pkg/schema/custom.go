package schema

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"github.com/konhook/konhook/pkg/event"
)

// Custom is a compiled JSON Schema. It does not change and may be shared.
type Custom struct {
	compiled     *jsonschema.Schema
	shape        *shape
	assertFormat bool // as in the options
}

// CompileError says why a schema is none, and where.
type CompileError struct {
	Place   event.Place
	Pointer string // the JSON Pointer of the place
	Reason  string // lower case, without a full stop
}

func (e *CompileError) Error() string { return fmt.Sprintf("%s: %s", e.Place, e.Reason) }

// CompileOptions say how a schema is read. The zero value follows draft 2020-12.
type CompileOptions struct {
	// AssertFormat makes a value invalid that is not of the "format" that the
	// schema names, in any draft. Formats that are not known assert nothing.
	AssertFormat bool
}

// CompileFile compiles a schema of any draft from 4 to 2020-12: the one that its
// "$schema" names, else 2020-12. It may refer to files in its folder and below,
// also by a URL below its own "$id". Nothing else is read, and nothing at all is
// fetched.
//
// A schema that is wrong, refers elsewhere, or would cost too much to check
// against is a [*CompileError]; a file that cannot be read an [*fs.PathError].
func CompileFile(path string) (*Custom, error) { return CompileOptions{}.CompileFile(path) }

// CompileFile is the function of that name with options.
func (o CompileOptions) CompileFile(path string) (*Custom, error) {
	text, err := readSchema(path)
	if err != nil {
		return nil, err
	}
	full, err := filepath.Abs(path)
	if err != nil {
		return nil, err
	}
	root, err := os.OpenRoot(filepath.Dir(full))
	if err != nil {
		return nil, err
	}
	defer func() { _ = root.Close() }() // it was only read
	s := newSources()
	s.assertFormat = o.AssertFormat
	s.root, s.folder, s.shownFolder = root, filepath.Dir(full), filepath.Dir(path)
	return s.compile(fileURL(full), path, text)
}

// Compile is [CompileFile] for a schema that may refer to nothing but itself;
// name is what places in it say.
func Compile(name string, text []byte) (*Custom, error) {
	return newSources().compile(documentURL, name, text)
}

// documentURL stands for a schema that comes from nowhere.
const documentURL = "urn:konhook:document"

// readSchema reads a file as far as a schema may go.
func readSchema(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readLimited(f, path)
}

func readLimited(r io.Reader, name string) ([]byte, error) {
	text, err := io.ReadAll(io.LimitReader(r, maxSchemaSize+1))
	if err == nil && len(text) > maxSchemaSize {
		err = &CompileError{Place: event.Place{File: name}, Reason: fmt.Sprintf("larger than %d MiB", maxSchemaSize>>20)}
	}
	return text, err
}

// compile compiles the schema that stands at a URL.
func (s *sources) compile(url, name string, text []byte) (c *Custom, err error) {
	defer func() {
		if v := recover(); v != nil { // an odd schema must not end the program
			c, err = nil, &CompileError{Place: event.Place{File: name, Line: 1, Column: 1}, Reason: fmt.Sprintf("cannot be compiled: %.200v", v)}
		}
	}()
	doc, err := s.add(url, name, text)
	if err != nil {
		return nil, err
	}
	s.base = baseOf(doc.value)
	compiler := jsonschema.NewCompiler()
	compiler.DefaultDraft(jsonschema.Draft2020)
	compiler.UseLoader(s)
	compiler.UseRegexpEngine(compileRegexp)
	s.setFormats(compiler)
	if err := compiler.AddResource(url, doc.value); err != nil {
		return nil, s.failure(doc, err)
	}
	compiled, err := compiler.Compile(url)
	if err != nil {
		return nil, s.failure(doc, err)
	}
	return s.finish(compiled)
}

// finish looks at what the library leaves to the validation: expressions, and
// what that would cost.
func (s *sources) finish(compiled *jsonschema.Schema) (*Custom, error) {
	all := shapes{}
	c := &Custom{compiled, all.of(compiled), s.assertFormat}
	known := map[*shape]int{}
	multiplies := func(s *shape) bool { return s.branches(known) > maxBranches }
	var wrong []*CompileError
	for source, shape := range all {
		if bad := badPattern(source); bad != nil {
			wrong = append(wrong, s.at(source.Location, bad.keyword, fmt.Sprintf("%s: %s", bad.keyword, bad.reason)))
		}
		if multiplies(shape) && !slices.ContainsFunc(shape.here, multiplies) {
			wrong = append(wrong, s.at(source.Location, "", fmt.Sprintf("the alternatives multiply to more than %d for one value", maxBranches)))
		}
	}
	if len(wrong) > 0 {
		return nil, slices.MinFunc(wrong, func(a, b *CompileError) int { return strings.Compare(a.Pointer, b.Pointer) })
	}
	return c, nil
}

// setFormats makes formats assert, or not.
func (s *sources) setFormats(compiler *jsonschema.Compiler) {
	if s.assertFormat {
		compiler.AssertFormat()
		return
	}
	for _, format := range formats {
		compiler.RegisterFormat(&jsonschema.Format{Name: format, Validate: func(any) error { return nil }})
	}
}

// formats are those that the library knows. They assert nothing unless asked:
// draft 2020-12 wants that, and earlier drafts allow it.
var formats = [...]string{
	"json-pointer", "relative-json-pointer", "uuid", "duration", "period", "ipv4", "ipv6", "hostname", "email", "date",
	"time", "date-time", "uri", "iri", "uri-reference", "iri-reference", "uri-template", "semver",
}

// failure explains an error of the library.
func (s *sources) failure(main *source, err error) error {
	var (
		own      *CompileError
		invalid  *jsonschema.SchemaValidationError
		load     *jsonschema.LoadURLError
		pointer  *jsonschema.JSONPointerNotFoundError
		badPtr   *jsonschema.InvalidJsonPointerError
		anchor   *jsonschema.AnchorNotFoundError
		draft    *jsonschema.UnsupportedDraftError
		sameID   *jsonschema.DuplicateIDError
		sameName *jsonschema.DuplicateAnchorError
		parseURL *jsonschema.ParseURLError
	)
	switch {
	case errors.As(err, &own):
		return own
	case errors.As(err, &invalid):
		return s.notASchema(invalid)
	case errors.As(err, &load):
		return s.atReference(main, load.URL, load.Err.Error())
	case errors.As(err, &pointer):
		return s.atReference(main, pointer.URL, "this refers to nothing")
	case errors.As(err, &badPtr):
		return s.atReference(main, badPtr.URL, "this is no JSON Pointer")
	case errors.As(err, &anchor):
		return s.atReference(main, anchor.Reference, "this refers to nothing")
	case errors.As(err, &draft):
		return s.atReference(main, draft.URL, "this is no draft that is known")
	case errors.As(err, &parseURL):
		return s.atReference(main, parseURL.URL, "this is no URL")
	case errors.As(err, &sameID):
		return s.at(sameID.URL+"#"+max(sameID.Ptr1, sameID.Ptr2), "", fmt.Sprintf("the id %s is there twice", shown(sameID.ID)))
	case errors.As(err, &sameName):
		return s.at(sameName.URL+"#"+max(sameName.Ptr1, sameName.Ptr2), "", fmt.Sprintf("the anchor %s is there twice", shown(sameName.Anchor)))
	}
	return main.fail(nil, cut(err.Error(), maxMessage))
}

// notASchema explains what the metaschema of its draft has against a schema.
func (s *sources) notASchema(e *jsonschema.SchemaValidationError) error {
	url, fragment, _ := strings.Cut(e.URL, "#")
	doc := s.byURL[url]
	var wrong *jsonschema.ValidationError
	if doc == nil || !errors.As(e.Err, &wrong) {
		return &CompileError{Place: event.Place{File: cut(url, maxShown)}, Reason: "not a JSON Schema"}
	}
	base := pathOf(fragment)
	problems := explain(wrong, get(doc.value, base))
	if len(problems) == 0 {
		return doc.fail(base, "not a JSON Schema")
	}
	c := check{event: event.New(doc.text), body: doc.text}
	for i := range problems {
		problems[i].path = append(slices.Clone(base), problems[i].path...)
	}
	first := c.findings(nil, problems)[0]
	return doc.fail(problemPath(problems, first.Pointer), "not a JSON Schema: "+first.Message)
}

func problemPath(problems []problem, at string) []string {
	for _, p := range problems {
		if pointer(p.path) == at {
			return p.path
		}
	}
	return nil
}

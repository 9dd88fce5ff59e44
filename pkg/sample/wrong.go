package sample

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/jsonset"
)

// Wrong is a kind of broken event: a mistake that senders, proxies or people
// really make. Each kind can be made of an event of any type, and none of them
// is valid.
type Wrong struct {
	// Name is what the kind is called: lower case, words with hyphens between.
	Name string
	// About says in a few words what is wrong with such an event.
	About string
	// Keyword and Pointer are those of the finding that package schema has of it.
	// "OBJECT" in Pointer stands for the first object in the body: course, or
	// user in an event without one.
	Keyword, Pointer string

	change func(body []byte) ([]byte, error)
}

// IsJSON reports whether events of the kind are JSON at all.
func (w Wrong) IsJSON() bool { return w.Keyword != "syntax" }

// Break makes an event of the kind of a sound one, which it leaves alone. The
// error tells of an event that was none: it lacks what was to be broken.
func (w Wrong) Break(body []byte) ([]byte, error) {
	broken, err := w.change(body)
	if err == nil && bytes.Equal(broken, body) {
		err = errors.New("there is nothing to break")
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", w.Name, err)
	}
	return broken, nil
}

// PointerIn returns the Pointer for one event.
func (w Wrong) PointerIn(body []byte) string {
	return strings.ReplaceAll(w.Pointer, objectMark, firstObject(body))
}

// LookupWrong finds a kind by its name.
func LookupWrong(name string) (Wrong, bool) {
	for _, w := range Wrongs() {
		if w.Name == name {
			return w, true
		}
	}
	return Wrong{}, false
}

// objectMark stands in pointers for the first object in the body.
const objectMark = "OBJECT"

// firstObject returns the name of the first object in the body of an event.
func firstObject(event []byte) string {
	var e struct {
		Body struct{ Course json.RawMessage }
	}
	if json.Unmarshal(event, &e) == nil && e.Body.Course != nil {
		return "course"
	}
	return "user"
}

// Wrongs returns all kinds: first what is no JSON, then what is no event, then
// events with something wrong in them, from the outside to the inside.
func Wrongs() []Wrong {
	return slices.Concat(noJSON(), noObject(), wrongEnvelope(), wrongBody())
}

func noJSON() []Wrong {
	return []Wrong{
		{"empty", "no bytes at all", "syntax", "", instead("")},
		{"cut", "the second half is missing, as after a lost connection", "syntax", "", func(b []byte) ([]byte, error) { return b[:len(b)/2], nil }},
		{"single-quotes", "quoted with ', as Python prints a dict", "syntax", "", all(`"`, `'`)},
		{"trailing-comma", "a comma behind the last member", "syntax", "", beforeEnd(",")},
		{"not-a-number", "NaN for a number, as Python's json writes it", "syntax", "", beforeEnd(`,"more":NaN`)},
		{"bad-utf8", "a byte that is no UTF-8, as of Latin-1", "syntax", "", beforeEnd(",\"more\":\"caf\xe9\"")},
		{"deep", "arrays in arrays, 100,000 deep", "syntax", "", nested},
	}
}

// nested makes its 200 KB when they are asked for: the kinds are listed at every
// start of the program.
func nested(body []byte) ([]byte, error) {
	return beforeEnd(`,"more":` + strings.Repeat("[", tooDeep) + strings.Repeat("]", tooDeep))(body)
}

// tooDeep is how deep the kind deep nests: more than what reads JSON recursively
// should be given.
const tooDeep = 100_000

func noObject() []Wrong {
	return []Wrong{
		{"null", "the JSON value null", "type", "", instead("null")},
		{"number", "a number", "type", "", instead("42")},
		{"array", "an array of names", "type", "", instead(`["occuredAt","type","body"]`)},
		{"string", "the event in a string: encoded twice", "type", "", func(b []byte) ([]byte, error) { return json.Marshal(string(b)) }},
	}
}

func wrongEnvelope() []Wrong {
	return []Wrong{
		{"no-type", "no type", "required", "", without("/type")},
		{"no-occured-at", "no occuredAt", "required", "", without("/occuredAt")},
		{"no-body", "no body", "required", "", without("/body")},
		{"occurred-at", "occuredAt spelled with two r", "required", "", all(`"occuredAt"`, `"occurredAt"`)},
		{"type-unknown", "a type that nobody knows", "enum", "/type", set("/type", `"Course/Imagined"`)},
		{"type-case", "the type in lower case", "enum", "/type", set("/type", `"course/published"`)},
		{"type-null", "null for a type", "enum", "/type", set("/type", "null")},
		{"type-number", "a number for a type", "enum", "/type", set("/type", "7")},
		{"occured-at-string", "occuredAt in quotes", "type", "/occuredAt", set("/occuredAt", `"1768469400"`)},
		{"occured-at-date", "a date for occuredAt", "type", "/occuredAt", set("/occuredAt", `"2026-01-15T09:30:00Z"`)},
		{"occured-at-float", "a fraction in occuredAt", "type", "/occuredAt", set("/occuredAt", "1768469400.5")},
		{"body-null", "null for a body", "type", "/body", set("/body", "null")},
		{"body-array", "an array for a body", "type", "/body", set("/body", "[]")},
		{"body-string", "the body in a string: encoded twice", "type", "/body", set("/body", `"{}"`)},
	}
}

func wrongBody() []Wrong {
	const object = "/body/" + objectMark
	return []Wrong{
		{"body-empty", "a body with nothing in it", "required", "/body", set("/body", "{}")},
		{"object-null", "null for the course or the user", "type", object, set(object, "null")},
		{"object-string", "a text for the course or the user", "type", object, set(object, `"Safety at Work"`)},
		{"no-id", "a course or user without an id", "required", object, without(object + "/id")},
		{"no-name", "a course or user without a name", "required", object, without(object + "/name")},
		{"id-object", "an object for an id", "type", object + "/id", set(object+"/id", `{"value":1}`)},
		{"name-null", "null for a name", "type", object + "/name", set(object+"/name", "null")},
		{"name-number", "a number for a name", "type", object + "/name", set(object+"/name", "7")},
	}
}

// What follows makes the changes of the table.

func instead(text string) func([]byte) ([]byte, error) {
	return func([]byte) ([]byte, error) { return []byte(text), nil }
}

func all(old, other string) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) { return bytes.ReplaceAll(b, []byte(old), []byte(other)), nil }
}

func beforeEnd(text string) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) {
		end := bytes.LastIndexByte(b, '}')
		if end < 0 {
			return nil, errors.New("it is no object")
		}
		return slices.Concat(b[:end], []byte(text), b[end:]), nil
	}
}

func set(pointer, value string) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) {
		return jsonset.Set(b, strings.ReplaceAll(pointer, objectMark, firstObject(b)), []byte(value))
	}
}

func without(pointer string) func([]byte) ([]byte, error) {
	return func(b []byte) ([]byte, error) {
		return jsonset.Remove(b, strings.ReplaceAll(pointer, objectMark, firstObject(b)))
	}
}

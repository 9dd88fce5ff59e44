package schema_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

// The smallest objects that are valid.
const (
	user   = `{"id":"u1","name":"Ann"}`
	course = `{"id":1,"name":"n","annotation":"a","isDraft":false,"createdAt":1,"updatedAt":1,"publishedAt":0}`
)

// anEvent makes an event; body is what stands between the braces of its body.
func anEvent(kind, body string) string {
	return fmt.Sprintf(`{"type":%q,"occuredAt":1,"body":{%s}}`, kind, body)
}

func created(user string) string { return anEvent("User/Created", `"user":`+user) }

func TestFindings(t *testing.T) {
	const types = `"Course/Published", "Course/Unpublished", "Course/Assigned", "Course/Started", "Course/Progress", ` +
		`"Course/Finished", "User/Created", "User/Edited", "Group/User/Created"`
	const alone = ` [this is the body alone: an event is {"type": ..., "occuredAt": ..., "body": {...}}]`
	for name, test := range map[string]struct{ body, want string }{
		"valid":         {created(user), ""},
		"missing":       {`{"type":"User/Created","occuredAt":1}`, `error  required: missing "body"`},
		"empty":         {`{}`, "error  required: missing \"occuredAt\"\nerror  required: missing \"type\"\nerror  required: missing \"body\""},
		"misspelt time": {`{"type":"User/Created","occurredAt":1,"body":{"user":` + user + `}}`, `error  required: missing "occuredAt" [rename "occurredAt" to "occuredAt": Konstantly spells it with one r]`},
		"both spellings": {
			`{"type":"User/Created","occurredAt":1,"occuredAt":1,"body":{"user":` + user + `}}`,
			`note /occurredAt additionalProperties: unknown field "occurredAt"`,
		},
		"snake case":       {anEvent("Course/Published", `"course":`+strings.Replace(course, "isDraft", "is_draft", 1)), `error /body/course required: missing "isDraft" [rename "is_draft" to "isDraft"]`},
		"type":             {strings.Replace(created(user), "1", `"soon"`, 1), `error /occuredAt type: expected integer, found string "soon"`},
		"time in quotes":   {strings.Replace(created(user), "1", `"17"`, 1), `error /occuredAt type: expected integer, found string "17" [write it without quotes: 17]`},
		"time as text":     {strings.Replace(created(user), "1", `"2024-01-02T03:04:05Z"`, 1), `error /occuredAt type: expected integer, found string "2024-01-02T03:04:05Z" [write Unix seconds: 1704164645]`},
		"fraction":         {strings.Replace(created(user), "1", `1.5`, 1), `error /occuredAt type: expected integer, found number 1.5 [Unix seconds have no fraction]`},
		"whole number":     {strings.Replace(created(user), "1", `1.0`, 1), ""},
		"null time":        {strings.Replace(created(user), "1", `null`, 1), `error /occuredAt type: expected integer, found null [write 0 for what has not happened]`},
		"milliseconds":     {strings.Replace(created(user), "1", `1700000000000`, 1), `note /occuredAt maximum: expected Unix seconds, found 1700000000000, which looks like milliseconds [divide it by 1000]`},
		"unknown type":     {anEvent("Course/Nope", ""), `error /type enum: expected one of ` + types + `, found string "Course/Nope" [konhook events lists all types]`},
		"slug as type":     {anEvent("user.created", ""), `error /type enum: expected one of ` + types + `, found string "user.created" [write "User/Created": user.created is for the path of the API]`},
		"lower-case type":  {anEvent("user/created", ""), `error /type enum: expected one of ` + types + `, found string "user/created" [write "User/Created"]`},
		"number as type":   {`{"type":7,"occuredAt":1,"body":{}}`, `error /type enum: expected one of ` + types + `, found number 7`},
		"no type":          {`{"occuredAt":"x","body":{}}`, "error  required: missing \"type\"\nerror /occuredAt type: expected integer, found string \"x\""},
		"unknown envelope": {`{"type":"Nope/Nope","occuredAt":"x","body":7}`, "error /type enum: expected one of " + types + ", found string \"Nope/Nope\" [konhook events lists all types]\nerror /occuredAt type: expected integer, found string \"x\"\nerror /body type: expected object, found number 7"},
		"user id":          {created(`{"id":12,"name":"Ann"}`), `error /body/user/id type: expected string, found number 12 [write "12": the ids of users are strings]`},
		"course id":        {anEvent("Course/Published", `"course":`+strings.Replace(course, "1", `"1"`, 1)), `error /body/course/id type: expected integer, found string "1" [write it without quotes: 1]`},
		"boolean as text":  {created(`{"id":"u","name":"n","isBanned":"True","fromApi":0}`), "error /body/user/isBanned type: expected boolean, found string \"True\" [write it without quotes: true]\nerror /body/user/fromApi type: expected boolean, found number 0 [write false]"},
		"array":            {`[{"type":"x"}]`, `error  type: expected object, found an array [send each event on its own, not in an array]`},
		"encoded twice":    {`"{\"type\":1}"`, `error  type: expected object, found string "{\"type\":1}" [the event is a string of JSON: it was encoded twice]`},
		"body as text":     {`{"type":"User/Created","occuredAt":1,"body":"{\"user\":1}"}`, `error /body type: expected object, found string "{\"user\":1}" [this is a string of JSON: it was encoded twice]`},
		"wrapped":          {`{"data":` + created(user) + `}`, "error  required: missing \"occuredAt\" [the event is inside \"data\": send what is in there]\nerror  required: missing \"type\"\nerror  required: missing \"body\""},
		"body alone":       {`{"user":` + user + `}`, "error  required: missing \"occuredAt\"" + alone + "\nerror  required: missing \"type\"\nerror  required: missing \"body\""},
		"bare object":      {user, "error  required: missing \"occuredAt\" [this is a bare object: an event is {\"type\": ..., \"occuredAt\": ..., \"body\": {\"course\": {...}}}]\nerror  required: missing \"type\"\nerror  required: missing \"body\""},
		"role as number":   {created(`{"id":"u","name":"n","role":7}`), `error /body/user/role type: expected object or string, found number 7`},
		"role as text":     {created(`{"id":"u","name":"n","role":"admin"}`), ""},
		"role as object":   {created(`{"id":"u","name":"n","role":{"alias":"admin"}}`), ""},
		"best branch":      {created(`{"id":"u","name":"n","role":{"alias":7,"x":1}}`), "error /body/user/role/alias type: expected string, found number 7 [write it in quotes: \"7\"]\nnote /body/user/role/x additionalProperties: unknown field \"x\""},
		"attributes":       {created(`{"id":"u","name":"n","userAttributes":[{"apiId":"x"},7]}`), "error /body/user/userAttributes/0 required: missing \"name\"\nerror /body/user/userAttributes/1 type: expected object, found number 7"},
		"free-form":        {created(`{"id":"u","name":"n","attributes":{"x":{"y":1}},"image":{"z":1},"language":"xx"}`), ""},
		"image":            {created(`{"id":"u","name":"n","image":null}`), ""},
		"course element":   {anEvent("Course/Progress", `"course":`+course+`,"user":`+user+`,"progressValue":12.5,"courseElement":{"x":{"occuredAt":1700000000000}}`), ""},
		"percent":          {anEvent("Course/Finished", `"course":`+course+`,"user":`+user+`,"resultValue":101`), `error /body/resultValue maximum: expected at most 100, found number 101`},
		"unknown fields":   {anEvent("User/Created", `"user":{"id":"u","name":"n","phone":1},"x":[]`), "note /body/user/phone additionalProperties: unknown field \"phone\"\nnote /body/x additionalProperties: unknown field \"x\""},
		"repeated":         {created(`{"id":7,"name":"n","id":"u"}`), `note /body/user/id duplicate: "id" is there more than once: the last one counts`},
		"pointer":          {created(`{"id":"u","name":"n","a/b~c":1}`), `note /body/user/a~1b~0c additionalProperties: unknown field "a/b~c"`},
		"syntax":           {"{\"type\":\n 'x'}", `error  syntax: a single quote instead of a value [JSON takes double quotes only]`},
		"python":           {`{"a":None}`, `error  syntax: 'N' instead of a value [this looks like Python: print it with json.dumps]`},
		"trailing comma":   {`{"a":1,}`, `error  syntax: '}' instead of a name in double quotes [JSON allows no comma behind the last value]`},
		"comment":          {"// x\n{}", `error  syntax: '/' instead of a value [JSON has no comments]`},
		"not a number":     {`{"a":NaN}`, `error  syntax: 'N' instead of a value [JSON has no such value: write null or a number]`},
	} {
		t.Run(name, func(t *testing.T) {
			got := brief(newValidator(t, schema.Options{}).Check(event.New([]byte(test.body))))
			if diff := cmp.Diff(test.want, strings.TrimSuffix(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestStrictMakesErrorsOfNotes(t *testing.T) {
	body := []byte(`{"type":"User/Created","occuredAt":1700000000000,"occuredAt":1700000000000,"x":1,"body":{"user":` + user + `}}`)
	if findings := newValidator(t, schema.Options{}).Check(event.New(body)); len(findings) != 3 || schema.Invalid(findings) {
		t.Errorf("lenient:\n%s", brief(findings))
	}
	for _, f := range newValidator(t, schema.Options{Strict: true}).Check(event.New(body)) {
		if f.Severity != schema.Error {
			t.Errorf("strict: %+v", f)
		}
	}
}

func TestAs(t *testing.T) {
	as, err := event.ParseType("user.created")
	if err != nil {
		t.Fatal(err)
	}
	v := newValidator(t, schema.Options{As: as})
	for body, want := range map[string]string{
		created(user):                                           "",
		anEvent("Course/Nope", ""):                              "error /body required: missing \"user\"\n",
		anEvent("Course/Published", `"user":`+user):             "",
		`{"type":7,"occuredAt":1,"body":{"user":` + user + `}}`: "error /type type: expected string, found number 7 [write it in quotes: \"7\"]\n",
	} {
		findings := v.Check(event.New([]byte(body)))
		if got := brief(findings); got != want {
			t.Errorf("%s:\n%s", body, got)
		}
		if len(findings) > 0 && *findings[0].Event != "user.created" {
			t.Errorf("event is %s", *findings[0].Event)
		}
	}
}

// read returns the findings on what a reader makes of a text.
func read(t *testing.T, text string, v *schema.Validator) (all []schema.Finding) {
	t.Helper()
	for e, err := range event.ReadFrom(context.Background(), strings.NewReader(text), "x.ndjson", event.ReadOptions{}) {
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, v.Check(e)...)
	}
	return all
}

func TestPlaces(t *testing.T) {
	v := newValidator(t, schema.Options{})
	indented := "{\n  \"type\": \"User/Created\",\n  \"occuredAt\": 1,\n  \"body\": {\n    \"é\": 1, \"user\": {\"id\": 7, \"name\": \"n\"}\n  }\n}\n"
	wrong := strings.Replace(created(`{"id":"é","name":7}`), "1", `"x"`, 1)
	capture := string(event.NewDelivery(event.ViaListen, time.Unix(0, 0), []byte(wrong)).AppendJSON(nil))
	begin := strings.Index(capture, `"body":"`) + len(`"body":"`)
	for name, test := range map[string]struct{ text, want string }{
		"value and member": {indented, "x.ndjson:5:5 /body/é \"é\": \nx.ndjson:5:28 /body/user/id 7, \"n\n"},
		"second line":      {created(user) + "\n" + wrong + "\n", "x.ndjson:2:36 /occuredAt \"x\",\"\nx.ndjson:2:72 /body/user/name 7}}}\n"},
		"capture":          {capture, fmt.Sprintf("x.ndjson:1:%d /occuredAt \\\"x\\\"\nx.ndjson:1:%d /body/user/name 7}}}\"\n", begin+42, begin+90)},
	} {
		t.Run(name, func(t *testing.T) {
			var got strings.Builder
			for _, f := range read(t, test.text, v) {
				place := f.Place()
				line, at := f.Source()
				fmt.Fprintf(&got, "%s %s %.5s\n", place, f.Pointer, line[at:])
				if column := len([]rune(string(line[:at]))) + 1; column != f.Column {
					t.Errorf("%s: the caret is in column %d of %s", place, column, line)
				}
			}
			if got.String() != test.want {
				t.Error(got.String())
			}
		})
	}
}

func TestFindingAsJSON(t *testing.T) {
	got, err := json.Marshal(read(t, "\n"+created(`{"id":7,"name":"n"}`), newValidator(t, schema.Options{})))
	if err != nil {
		t.Fatal(err)
	}
	want := `[{"file":"x.ndjson","line":2,"column":59,"document":1,"event":"user.created","pointer":"/body/user/id",` +
		`"keyword":"type","severity":"error","message":"expected string, found number 7","hint":"write \"7\": the ids of users are strings"}]`
	if string(got) != want {
		t.Errorf("%s", got)
	}
}

func TestFromSyntax(t *testing.T) {
	for _, err := range event.ReadFrom(context.Background(), strings.NewReader("{}\n{\"a\": True}\n"), "x.json", event.ReadOptions{}) {
		var wrong *event.SyntaxError
		if !errors.As(err, &wrong) {
			continue
		}
		f := schema.FromSyntax(wrong)
		line, at := f.Source()
		if f.Place().String() != "x.json:2:7" || f.Keyword != "syntax" || f.Document != 2 || f.Hint == nil || string(line[at:]) != "True}" {
			t.Errorf("%+v %s %d", f, line, at)
		}
		return
	}
	t.Error("no syntax error")
}

func TestFromEmpty(t *testing.T) {
	f := schema.FromEmpty(&event.EmptyError{File: "x.json"})
	if line, _ := f.Source(); line != nil || f.Place().String() != "x.json:1:1" || !schema.Invalid([]schema.Finding{f}) {
		t.Errorf("%+v", f)
	}
}

func TestLongPathsAndValuesAreCut(t *testing.T) {
	long := strings.Repeat("k", 100_000)
	body := `{"type":"` + long + `","occuredAt":1,"` + long + `":1,"body":{},"deep":` + strings.Repeat("[", 5000) + strings.Repeat("]", 5000) + `}`
	findings := newValidator(t, schema.Options{}).Check(event.New([]byte(body)))
	if len(findings) != 3 {
		t.Fatal(brief(findings))
	}
	for _, f := range findings {
		if len(f.Message) > 1000 || len(f.Pointer) > 1024 {
			t.Errorf("%d bytes of message, %d of pointer", len(f.Message), len(f.Pointer))
		}
	}
}

func TestManyFindingsAreLimited(t *testing.T) {
	c := compile(t, `{"items":{"type":"string"}}`)
	findings := newValidator(t, schema.Options{Schema: c}).Check(event.New([]byte("[" + strings.Repeat("1,", 5000) + "1]")))
	if len(findings) != 1001 || findings[999].Pointer != "/999" || findings[1000].Keyword != schema.KeywordLimit {
		t.Errorf("%d findings, the last is %s", len(findings), brief(findings[len(findings)-1:]))
	}
}

func TestCheckIsSafeForConcurrentUse(t *testing.T) {
	v := newValidator(t, schema.Options{})
	body, err := os.ReadFile("../../testdata/events/course.started.json")
	if err != nil {
		t.Fatal(err)
	}
	wrong := bytes.Replace(body, []byte(`"course"`), []byte(`"curse"`), 1)
	want := brief(v.Check(event.New(wrong)))
	done := make(chan string)
	for range 8 {
		go func() {
			got := ""
			for range 50 {
				got = brief(v.Check(event.New(wrong)))
			}
			done <- got
		}()
	}
	for range 8 {
		if got := <-done; got != want || want == "" {
			t.Error(got)
		}
	}
}

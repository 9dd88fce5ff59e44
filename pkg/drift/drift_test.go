package drift

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/konhook/konhook/pkg/event"
)

const user = `{"id":"u1","name":"Ada"}`

func created(user string) string {
	return `{"occuredAt":1,"type":"User/Created","body":{"user":` + user + `}}`
}

// collect compares bodies, each the only line of a file named after its place.
func collect(t *testing.T, o Options, bodies ...string) Report {
	t.Helper()
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	for i, body := range bodies {
		e := event.New([]byte(body))
		e.Place = event.Place{File: fmt.Sprint(i + 1), Line: 1, Column: 1}
		if err := c.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	return c.Report()
}

func TestKinds(t *testing.T) {
	tests := []struct {
		name string
		body string
		want []Difference
	}{
		{"as documented", created(user), nil},
		{"an optional field that is not there", created(`{"id":"u1","name":"Ada","email":"a@example.org"}`), nil},
		{"unknown", created(`{"id":"u1","name":"Ada","colour":"red"}`), []Difference{
			{Event: "user.created", Pointer: "/body/user/colour", Kind: Unknown, Keyword: "additionalProperties", Found: map[string]int{"string": 1}, Example: `"red"`, First: "1:1:77"},
		}},
		{"missing and unknown, though alike", created(`{"id":"u1","Name":"Ada"}`), []Difference{
			{Event: "user.created", Pointer: "/body/user/Name", Kind: Unknown, Keyword: "additionalProperties", Found: map[string]int{"string": 1}, Example: `"Ada"`, First: "1:1:64"},
			{Event: "user.created", Pointer: "/body/user/name", Kind: Missing, Keyword: "required", Found: map[string]int{}, First: "1:1:53"},
		}},
		{"another type", created(`{"id":7,"name":"Ada"}`), []Difference{
			{Event: "user.created", Pointer: "/body/user/id", Kind: Type, Keyword: "type", Expected: "string", Found: map[string]int{"integer": 1}, Example: `7`, First: "1:1:59"},
		}},
		{"out of bounds", `{"occuredAt":1767225600000,"type":"User/Created","body":{"user":` + user + `}}`, []Difference{
			{Event: "user.created", Pointer: "/occuredAt", Kind: Value, Keyword: "maximum", Expected: "Unix seconds", Found: map[string]int{"integer": 1}, Example: `1767225600000`, First: "1:1:14"},
		}},
		{"twice", created(`{"id":"u1","name":"Ada","name":"Bea"}`), []Difference{
			{Event: "user.created", Pointer: "/body/user/name", Kind: Value, Keyword: "duplicate", Expected: `"name" is there more than once: the last one counts`, Found: map[string]int{"string": 1}, Example: `"Bea"`, First: "1:1:77"},
		}},
		{"a new event", `{"occuredAt":1,"type":"Course/Archived","body":{}}`, []Difference{
			{Event: "Course/Archived", Pointer: "/type", Kind: Event, Keyword: "enum", Found: map[string]int{"string": 1}, Example: `"Course/Archived"`, First: "1:1:23"},
		}},
		{"no event", `[1,2]`, []Difference{
			{Event: "", Pointer: "", Kind: Type, Keyword: "type", Expected: "object", Found: map[string]int{"array": 1}, Example: `[1,2]`, First: "1:1:1"},
		}},
		{"in items", created(`{"id":"u1","name":"Ada","userAttributes":[{"apiId":"a","name":"b","type":1,"value":"c","x/y":[]},{"apiId":"a","name":"b","type":1,"value":"c","x/y":1.5}]}`), []Difference{
			{Event: "user.created", Pointer: "/body/user/userAttributes/*/x~1y", Kind: Unknown, Keyword: "additionalProperties", Found: map[string]int{"array": 1, "number": 1}, Example: `[]`, First: "1:1:140"},
		}},
	}
	for _, test := range tests {
		r := collect(t, Options{}, test.body)
		for i := range test.want {
			test.want[i].Count = 1
		}
		options := cmp.Options{cmpopts.IgnoreUnexported(Difference{}), cmpopts.EquateEmpty(), cmp.FilterPath(func(p cmp.Path) bool {
			return p.String() == "Expected" && test.want[0].Kind == Event // long
		}, cmp.Ignore())}
		if diff := cmp.Diff(test.want, r.Differences, options); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

func TestCounts(t *testing.T) {
	r := collect(t, Options{},
		created(user),
		created(`{"id":"u1","name":"Ada","colour":"red"}`),
		created(`{"id":"u1","name":"Ada","colour":null}`),
		created(`{"id":"u1","name":"Ada","colour":"blue","id":"u1"}`),
		`{"occuredAt":1,"type":"Z","body":{}}`,
		`{"occuredAt":1,"type":"A","body":{}}`,
		`{"occuredAt":1,"type":"Course/Published","body":{}}`,
	)
	var got []string
	for _, d := range r.Differences {
		got = append(got, fmt.Sprint(d.Event, " ", d.Pointer, " ", d.Count, " ", d.Found, " ", d.First))
	}
	want := []string{
		"course.published /body/course 1 map[] 7:1:49",
		"user.created /body/user/colour 3 map[null:1 string:2] 2:1:77",
		"user.created /body/user/id 1 map[string:1] 4:1:93",
		"A /type 1 map[string:1] 6:1:23",
		"Z /type 1 map[string:1] 5:1:23",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if r.Total != (Events{7, 6}) || r.Events["user.created"] != (Events{4, 3}) || r.More != 0 {
		t.Errorf("%+v %+v", r.Total, r.Events)
	}
}

func TestRedact(t *testing.T) {
	secret := `{"who":"Ada","at":[42,true,null,{"Ada":"` + strings.Repeat("Lovelace", 100) + `"}]}`
	r := collect(t, Options{Redact: true}, created(`{"id":"u1","name":"Ada","colour":`+secret+`}`), created(`{"id":4242,"name":"Ada"}`))
	want := []string{`{"who":"[redacted]","at":[0,true,null,{"Ada":"[redacted]"}]}`, `0`}
	for i, d := range r.Differences {
		if d.Example != want[i] {
			t.Errorf("%s: %s", d.Pointer, d.Example)
		}
	}
	spaced := collect(t, Options{Redact: true}, created(`{"id":"u1","name":"Ada","colour": { "a:, b" : "," ,`+"\n\t"+` "c" : [ -1.5e3 , {} ] }}`))
	if x := spaced.Differences[0].Example; x != `{"a:, b":"[redacted]","c":[0,{}]}` {
		t.Errorf("with white space: %s", x)
	}
	long := collect(t, Options{Redact: true}, created(`{"id":"u1","name":"Ada","colour":[`+strings.Repeat(`"secret",`, 1000)+`1]}`))
	if x := long.Differences[0].Example; len(x) > maxExample || strings.Contains(x, "secret") || !strings.HasPrefix(x, `["[redacted]",`) {
		t.Errorf("%d bytes: %s", len(x), x)
	}
}

// TestBounds has every event be different in a way of its own.
func TestBounds(t *testing.T) {
	var bodies []string
	for i := range 1500 {
		bodies = append(bodies, fmt.Sprintf(`{"occuredAt":1,"type":"T%d%s","body":{},"x%d%s":%q}`,
			i, strings.Repeat("t", 500), i, strings.Repeat("/", 2000), strings.Repeat("é", 2000)))
	}
	r := collect(t, Options{}, bodies...)
	if len(r.Differences) != DefaultPlaces || r.More != 1500+maxEvents+1-DefaultPlaces || len(r.Events) != maxEvents+1 || r.Total.Different != 1500 {
		t.Errorf("%d differences, %d more, %d events, %+v", len(r.Differences), r.More, len(r.Events), r.Total)
	}
	for _, d := range r.Differences {
		if len(d.Event)+len(d.Pointer)+len(d.Example) > maxName+1024+maxExample {
			t.Fatalf("%d bytes of event, %d of pointer, %d of example", len(d.Event), len(d.Pointer), len(d.Example))
		}
	}
	if r := collect(t, Options{Places: 1}, bodies[:2]...); len(r.Differences) != 1 || r.More != 3 {
		t.Errorf("%d differences, %d more", len(r.Differences), r.More)
	}
}

func TestNoJSON(t *testing.T) {
	c, err := New(Options{})
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Add(event.New([]byte(`{"type":`))); err == nil || c.Total().Events != 0 {
		t.Errorf("%v, %+v", err, c.Total())
	}
}

// TestSamples has nothing to say of events as the vendor documents them.
func TestSamples(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("..", "..", "testdata", "events", "*.json"))
	if err != nil || len(files) < len(event.Types()) {
		t.Fatal(files, err)
	}
	for _, file := range files {
		body, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if r := collect(t, Options{}, string(body)); len(r.Differences) != 0 || r.Total.Events != 1 {
			t.Errorf("%s: %+v", file, r)
		}
	}
}

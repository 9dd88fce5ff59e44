package sample

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/schema"
)

var update = flag.Bool("update", false, "write the samples of testdata/events anew")

// folder holds one event a type, for tests and for whoever wants to see one.
const folder = "../../testdata/events"

// TestFolderAndRegistryAgree holds the samples of the project against the
// registry of types, and against what the generator makes.
func TestFolderAndRegistryAgree(t *testing.T) {
	g := New(folderSeed, Epoch)
	var want []string
	for _, kind := range event.Types() {
		name := kind.Slug + ".json"
		want = append(want, name)
		made := render.JSON(g.Generate(kind).Body, nil)
		path := filepath.Join(folder, name)
		if *update {
			if err := os.WriteFile(path, made, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
			continue
		}
		if got := event.TypeOf(text); got != kind {
			t.Errorf("%s is a %s", path, got)
		}
		if diff := cmp.Diff(string(made), string(text)); diff != "" {
			t.Errorf("%s (-generated +file)\n%s", name, diff)
		}
	}
	var got []string
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range entries {
		got = append(got, e.Name())
	}
	slices.Sort(want)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("%s (-want +got)\n%s", folder, diff)
	}
}

// folderSeed gives samples that show both shapes of userAttributes and letters
// of several scripts.
const folderSeed = 1

func TestSameSeedSameBytes(t *testing.T) {
	a, b, c, d := New(7, Epoch), New(7, Epoch), New(8, Epoch), New(7, Epoch.Add(time.Hour))
	for _, kind := range event.Types() {
		one, two := a.Generate(kind), b.Generate(kind)
		if !bytes.Equal(one.Body, two.Body) {
			t.Errorf("%s\n%s", one.Body, two.Body)
		}
		if other := c.Generate(kind); bytes.Equal(one.Body, other.Body) {
			t.Errorf("another seed gives the same: %s", other.Body)
		}
		if later := d.Generate(kind); bytes.Equal(one.Body, later.Body) {
			t.Errorf("another time gives the same: %s", later.Body)
		}
		if x, y := a.Delivery(one.Body), b.Delivery(two.Body); !cmp.Equal(x, y) {
			t.Error(cmp.Diff(x, y))
		}
	}
}

// needs lists what the vendor documents in the body of each type.
var needs = map[string][]string{
	"course.published":   {"course"},
	"course.unpublished": {"course"},
	"course.assigned":    {"course", "user", "assignedAt", "deadlineAt"},
	"course.started":     {"course", "user", "assignedAt", "deadlineAt", "startedAt", "finishedAt"},
	"course.progress":    {"course", "user", "progressValue", "courseElement"},
	"course.finished":    {"course", "user", "resultValue"},
	"user.created":       {"user"},
	"user.edited":        {"user"},
	"group.user.created": {"user", "group"},
}

var objects = map[string][]string{
	"course": {"id", "name", "annotation", "isDraft", "image", "createdAt", "updatedAt", "publishedAt"},
	"user":   {"id", "name", "email", "language", "timezone", "role", "occupation", "location", "isBanned", "fromApi", "image", "userAttributes"},
	"group":  {"id", "name", "description"},
}

func TestEveryMemberIsThere(t *testing.T) {
	g := New(1, Epoch)
	for _, kind := range event.Types() {
		var e struct {
			OccuredAt int64
			Body      map[string]json.RawMessage
		}
		unmarshal(t, g.Generate(kind).Body, &e)
		sameNames(t, kind.Slug, e.Body, needs[kind.Slug])
		for name, members := range objects {
			if text, found := e.Body[name]; found {
				var object map[string]json.RawMessage
				unmarshal(t, text, &object)
				sameNames(t, kind.Slug+" "+name, object, members)
			}
		}
	}
}

func sameNames(t *testing.T, what string, object map[string]json.RawMessage, want []string) {
	t.Helper()
	for _, name := range want {
		if _, found := object[name]; !found {
			t.Errorf("%s: no %s", what, name)
		}
		delete(object, name)
	}
	for name := range object {
		t.Errorf("%s: %s is not documented", what, name)
	}
}

// TestSamplesAreCoherent makes many and looks at what must hold of each.
func TestSamplesAreCoherent(t *testing.T) {
	now := time.Now()
	g := New(3, now)
	seen := map[string]bool{}
	for range 300 {
		for _, kind := range event.Types() {
			e := g.Generate(kind)
			if e.Type != kind || jsonscan.Valid(e.Body) != nil || bytes.ContainsAny(e.Body, "\r\n") {
				t.Fatalf("%v: %s", e.Type, e.Body)
			}
			var p payload
			unmarshal(t, e.Body, &p)
			p.check(t, now)
			note(seen, e.Body, p)
		}
	}
	for _, what := range []string{"array", "object", "image", "no image", "deadline", "no deadline", "escape", "beyond Latin"} {
		if !seen[what] {
			t.Errorf("no sample has: %s", what)
		}
	}
}

type payload struct {
	OccuredAt int64
	Body      struct {
		Course                                        *struct{ CreatedAt, UpdatedAt, PublishedAt int64 }
		User                                          *struct{ ID, Name, Email, Language string }
		AssignedAt, DeadlineAt, StartedAt, FinishedAt int64
		ProgressValue, ResultValue                    int
	}
}

func (p payload) check(t *testing.T, now time.Time) {
	t.Helper()
	if happened := time.Unix(p.OccuredAt, 0); happened.After(now) || now.Sub(happened) > time.Hour+time.Second {
		t.Errorf("occuredAt %v", happened)
	}
	b := p.Body
	if c := b.Course; c != nil && !slices.IsSorted([]int64{1, c.CreatedAt, c.UpdatedAt, c.PublishedAt, p.OccuredAt}) {
		t.Errorf("times of a course: %+v, occuredAt %d", c, p.OccuredAt)
	}
	if u := b.User; u != nil {
		if !strings.HasSuffix(u.Email, "@example.com") || u.Name == "" || strings.Trim(u.ID, "0123456789abcdef") != "" || len(u.ID) != 16 {
			t.Errorf("user %+v", u)
		}
		if !slices.Contains(strings.Fields("de en es fr pl pt ru"), u.Language) {
			t.Errorf("language %s", u.Language)
		}
	}
	if b.AssignedAt > p.OccuredAt || b.StartedAt > p.OccuredAt || b.StartedAt != 0 && b.AssignedAt > b.StartedAt || b.FinishedAt != 0 {
		t.Errorf("times %+v, occuredAt %d", b, p.OccuredAt)
	}
	if b.DeadlineAt != 0 && b.DeadlineAt < now.Unix() {
		t.Errorf("deadline %v", time.Unix(b.DeadlineAt, 0))
	}
	if b.ProgressValue < 0 || b.ProgressValue > 100 || b.ResultValue < 0 || b.ResultValue > 100 {
		t.Errorf("values %+v", b)
	}
}

func note(seen map[string]bool, body []byte, p payload) {
	seen["array"] = seen["array"] || bytes.Contains(body, []byte(`"userAttributes":[`))
	seen["object"] = seen["object"] || bytes.Contains(body, []byte(`"userAttributes":{`))
	seen["image"] = seen["image"] || bytes.Contains(body, []byte(`"image":{}`))
	seen["no image"] = seen["no image"] || bytes.Contains(body, []byte(`"image":null`))
	seen["deadline"] = seen["deadline"] || p.Body.DeadlineAt > 0
	seen["no deadline"] = seen["no deadline"] || bytes.Contains(body, []byte(`"deadlineAt":0`))
	seen["escape"] = seen["escape"] || bytes.ContainsRune(body, '\\')
	seen["beyond Latin"] = seen["beyond Latin"] || bytes.ContainsFunc(body, func(r rune) bool { return r > 0x2FF && r != utf8.RuneError })
}

func TestDelivery(t *testing.T) {
	g := New(1, Epoch)
	e := g.Generate(event.Types()[0])
	d := g.Delivery(e.Body)
	got, err := event.ParseDelivery(bytes.TrimSpace(d.AppendJSON(nil)))
	if err != nil || !bytes.Equal(got.Body, e.Body) || got.Via != event.ViaSample || !got.At.Equal(Epoch) {
		t.Errorf("%+v, %v", got, err)
	}
	want := event.NewID(Epoch)
	if d.ID[:15] != want[:15] || len(d.ID) != len(want) || !slices.Contains([]byte("89ab"), d.ID[19]) {
		t.Errorf("id %s, want one like %s", d.ID, want)
	}
}

func unmarshal(t *testing.T, text []byte, v any) {
	t.Helper()
	if err := json.Unmarshal(text, v); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// TestSamplesAreValid holds many samples against the strictest schema.
func TestSamplesAreValid(t *testing.T) {
	v, err := schema.NewValidator(schema.Options{Strict: true})
	if err != nil {
		t.Fatal(err)
	}
	g := New(4, Epoch)
	for range 200 {
		for _, kind := range event.Types() {
			e := g.Generate(kind)
			for _, f := range v.Check(e) {
				t.Errorf("%s: %s in %s", f.Pointer, f.Message, e.Body)
			}
		}
	}
}

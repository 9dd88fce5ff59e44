package event

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseTypeTakesEverySpelling(t *testing.T) {
	for _, want := range Types() {
		for _, s := range []string{want.Slug, want.Name, strings.ToUpper(want.Slug), strings.ToLower(want.Name), " " + want.Slug} {
			if got, err := ParseType(s); err != nil || got != want {
				t.Errorf("ParseType(%q) = %v, %v", s, got, err)
			}
		}
	}
}

func TestParseTypeNamesTheNearest(t *testing.T) {
	for input, want := range map[string]string{
		"course.publishd": "course.published", "user.craeted": "user.created", "group.user": "group.user.created",
		"Course/Finish": "course.finished", "": "", "nosuch": "", strings.Repeat("x", 1000): "",
	} {
		_, err := ParseType(input)
		var unknown *UnknownTypeError
		if !errors.As(err, &unknown) {
			t.Errorf("ParseType(%q): %v", input, err)
			continue
		}
		if unknown.Nearest.Slug != want || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseType(%q): %v, want %s", input, err, want)
		}
	}
}

func TestUnknownTypeError(t *testing.T) {
	for input, want := range map[string]string{
		"user.creatd": `unknown event "user.creatd": did you mean "user.created"?`,
		"course":      `unknown event "course": did you mean "course.*"?`,
		"group.*.x":   `unknown event: "group.*.x"`,
		"nosuch":      `unknown event: "nosuch"`,
	} {
		if _, err := Select([]string{input}); err == nil || err.Error() != want {
			t.Errorf("Select(%q): %v, want %s", input, err, want)
		}
	}
}

func TestLookupTakesTheWireOnly(t *testing.T) {
	for name, want := range map[string]bool{"Course/Published": true, "course.published": false, "course/published": false, "": false} {
		if _, ok := Lookup(name); ok != want {
			t.Errorf("Lookup(%q) = %v", name, ok)
		}
	}
}

func TestSelect(t *testing.T) {
	for _, c := range []struct {
		args, want string
	}{
		{"user.edited course.started", "user.edited course.started"},
		{"user.edited,course.started", "user.edited course.started"},
		{"user.*", "user.created user.edited"},
		{"User/* user.created", "user.created user.edited"},
		{"*.user.created", "group.user.created"},
		{"all", "course.published course.unpublished course.assigned course.started course.progress course.finished user.created user.edited group.user.created"},
		{"ALL user.edited", "course.published course.unpublished course.assigned course.started course.progress course.finished user.created user.edited group.user.created"},
		{"course.pub*,,", "course.published"},
		{"", ""},
		{"nope", "!"},
		{"nope.*", "!"},
		{"course.published nope", "!"},
	} {
		got, err := Select(strings.Fields(c.args))
		var words []string
		for _, x := range got {
			words = append(words, x.Slug)
		}
		s := strings.Join(words, " ")
		if err != nil {
			s = "!"
		}
		if s != c.want {
			t.Errorf("Select(%q) = %q, %v", c.args, s, err)
		}
	}
}

func TestSelectNamedTellsPatternsApart(t *testing.T) {
	_, named, err := SelectNamed([]string{"user.*", "course.started"})
	if err != nil || len(named) != 1 || named[Type{}] {
		t.Fatalf("%v, %v", named, err)
	}
	started, _ := ParseType("course.started")
	if !named[started] {
		t.Errorf("%v", named)
	}
}

// In whatever order, number and spelling the members come: the last "type" counts.
func TestTypeNameTakesTheLast(t *testing.T) {
	values := []string{`"Course/Published"`, `"User/Created"`, `"\u0055ser/Edited"`, `7`, `null`, `{"type":"Course/Started"}`, `["type",{"type":1}]`}
	keys := []string{`type`, `t\u0079pe`, `\u0074\u0079\u0070\u0065`, `\u0074ype`, `body`, `typ`, `Type`, `a\"type`, `\\u0074ype`}
	rapid.Check(t, func(t *rapid.T) {
		var text, want []byte
		for i := range rapid.IntRange(0, 5).Draw(t, "members") {
			key := rapid.SampledFrom(keys).Draw(t, "key")
			value := rapid.SampledFrom(values).Draw(t, "value")
			if i > 0 {
				text = append(text, ',')
			}
			text = append(text, `"`+key+`":`+value...)
			var name string
			if json.Unmarshal([]byte(`"`+key+`"`), &name) != nil {
				t.Fatalf("bad key %s", key)
			}
			if name == "type" {
				want = []byte(value)
			}
		}
		text = append(append([]byte("{"), text...), '}')
		var name string
		isText := json.Unmarshal(want, &name) == nil && string(want) != "null"
		got, ok := TypeName(text)
		if ok != isText || string(got) != name {
			t.Fatalf("%s: %q, %t, want %q, %t", text, got, ok, name, isText)
		}
	})
}

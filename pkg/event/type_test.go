package event

import (
	"errors"
	"strings"
	"testing"
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
		"": "user.edited", "Course/Finish": "course.finished",
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

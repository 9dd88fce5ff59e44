package main

import (
	"bytes"
	"testing"
)

// edited are texts before and after one setting is changed, or taken out.
var edited = []struct {
	name, before, profile, key, value, after string
}{
	{"in nothing", "", "", "site", "new", "site: new\n"},
	{"behind a comment", "# mine\n", "", "site", "new", "# mine\nsite: new\n"},
	{"behind no line break", "site: old", "", "timeout", "5s", "site: old\ntimeout: 5s\n"},
	{"before the last comment", "site: old # here\n# end\n", "", "timeout", "5s", "site: old # here\ntimeout: 5s\n# end\n"},
	{"in its place", "# a\n\nsite:   old   # here\n\ntimeout: 5s\n", "", "site", "new", "# a\n\nsite:   new   # here\n\ntimeout: 5s\n"},
	{"in another letter case", "Site: old\n", "", "site", "new", "Site: new\n"},
	{"instead of quotes", "site: \"o\\\"ld\" # a\ncolor: 'it''s' # b\n", "", "color", "never", "site: \"o\\\"ld\" # a\ncolor: never # b\n"},
	{"instead of double quotes", "site: \"o\\\"ld\" # a\n", "", "site", "new", "site: new # a\n"},
	{"instead of lines", "routes: >-\n  a=b\n\n  c=d\n\n# next\nsite: old\n", "", "routes", "e=f", "routes: e=f\n\n# next\nsite: old\n"},
	{"instead of a long line", "routes: a=b\n  c=d\nsite: old\n", "", "routes", "e=f", "routes: e=f\nsite: old\n"},
	{"behind lines", "routes: |\n  a=b\n  c=d\n", "", "site", "new", "routes: |\n  a=b\n  c=d\nsite: new\n"},
	{"a number", "site: old\n", "", "site", "123", "site: \"123\"\n"},
	{"what reads as something else", "", "", "routes", "a: b # c", "routes: \"a: b # c\"\n"},
	{"nothing", "site: old\n", "", "site", "", "site: \"\"\n"},
	{"line breaks of Windows", "site: old\r\ntimeout: 5s\r\n", "", "site", "new", "site: new\r\ntimeout: 5s\r\n"},
	{"a line with the break of Windows", "site: old\r\n# end\r\n", "a", "site", "new", "site: old\r\nprofiles:\r\n  a:\r\n    site: new\r\n# end\r\n"},
	{"a last line with the break of Windows", "# mine\r\nsite: old", "", "timeout", "5s", "# mine\r\nsite: old\r\ntimeout: 5s\r\n"},
	{"line breaks of an old Mac", "site: old\rcolor: red\r", "", "color", "never", "site: old\rcolor: never\r"},
	{"without a line with the break of Windows", "site: old\r\ntimeout: 5s\r\n", "", "timeout", noValue, "site: old\r\n"},
	{"a byte order mark", "\uFEFFsite: old\n", "", "site", "new", "\uFEFFsite: new\n"},
	{"letters beyond ASCII", "{\"pröfile\": é, site: old}\n", "", "site", "new", "{\"pröfile\": é, site: new}\n"},

	{"the first profile", "site: old\n", "a", "site", "new", "site: old\nprofiles:\n  a:\n    site: new\n"},
	{"another profile", "profiles:\n    a:\n        site: old\n\n# end\n", "b", "site", "new", "profiles:\n    a:\n        site: old\n    b:\n      site: new\n\n# end\n"},
	{"in a profile", "profiles:\n  a:\n    site: old\n  b:\n    site: b\n", "A", "timeout", "5s", "profiles:\n  a:\n    site: old\n    timeout: 5s\n  b:\n    site: b\n"},
	{"a profile that is a number", "profiles:\n  \"1\":\n    site: old\n", "2", "site", "new", "profiles:\n  \"1\":\n    site: old\n  \"2\":\n    site: new\n"},
	{"which profile", "profiles:\n  a:\n    site: old\n", "a", "profile", "a", "profiles:\n  a:\n    site: old\nprofile: a\n"},
	{"in braces", "profiles: {a: {site: old}} # c\n", "a", "timeout", "5s", "profiles: {a: {site: old, timeout: 5s}} # c\n"},
	{"a profile in braces", "profiles: {a: {site: old}}\n", "b", "site", "x,y", "profiles: {a: {site: old}, b: {site: \"x,y\"}}\n"},
	{"in empty braces", "profiles: { }\n", "a", "site", "new", "profiles: {a: {site: new} }\n"},

	{"instead of nothing", "site: # here\ntimeout: 5s\n", "", "site", "new", "site: new # here\ntimeout: 5s\n"},
	{"instead of nothing, said so", "site: ~ # here\n", "", "site", "new", "site: new # here\n"},
	{"instead of nothing in braces", "{site: , timeout: 5s}\n", "", "site", "new", "{site: new, timeout: 5s}\n"},
	{"instead of a list", "color: [red, blue] # here\nsite: old\n", "", "color", "never", "site: old\ncolor: never\n"},
	{"instead of a list in lines", "color:\n- red\n- blue # here\nsite: old\n", "", "color", "never", "site: old\ncolor: never\n"},
	{"instead of a list in braces", "{color: [red, {a: b}], site: old}\n", "", "color", "never", "{site: old, color: never}\n"},
	{"instead of an empty list", "color: [] # here\n", "", "color", "never", "color: never # here\n"},
	{"instead of a mapping", "api:\n  key: x\nsite:\n  name: old\n# end\n", "", "site", "new", "api:\n  key: x\nsite: new\n# end\n"},
	{"instead of all of a profile", "profiles:\n  a:\n    site: [x]\n", "a", "site", "new", "profiles:\n  a: {site: new}\n"},
	{"beside a list", "color: [red]\n", "", "site", "new", "color: [red]\nsite: new\n"},
	{"behind a list in lines", "color:\n  - red\n  - blue\n", "", "site", "new", "color:\n  - red\n  - blue\nsite: new\n"},

	{"a profile where there are none", "profiles: # mine\n\nsite: old\n", "a", "site", "new", "profiles: # mine\n  a:\n    site: new\n\nsite: old\n"},
	{"a profile where there are none, said so", "profiles: null # mine", "a", "site", "new", "profiles:  # mine\n  a:\n    site: new\n"},
	{"a profile where there are none in braces", "{profiles: }\n", "a", "site", "new", "{profiles: {a: {site: new}}}\n"},
	{"the first of a profile", "profiles:\n  a:\n  b:\n    site: b\n", "a", "site", "new", "profiles:\n  a:\n    site: new\n  b:\n    site: b\n"},

	{"without it", "# a\nsite: old # b\n# c\ntimeout: 5s\n", "", "site", noValue, "# a\n# c\ntimeout: 5s\n"},
	{"without what is not there", "timeout: 5s\n", "", "site", noValue, "timeout: 5s\n"},
	{"without what no profile has", "timeout: 5s\n", "a", "site", noValue, "timeout: 5s\n"},
	{"without the only one", "site: old\n", "", "site", noValue, ""},
	{"without the last of a profile", "profiles:\n  a: # x\n    site: old\n  b:\n    site: b\n", "a", "site", noValue, "profiles:\n  a: {} # x\n  b:\n    site: b\n"},
	{"without the first in braces", "{site: old, timeout: 5s}\n", "", "site", noValue, "{timeout: 5s}\n"},
	{"without the last in braces", "{site: old, timeout: 5s }\n", "", "timeout", noValue, "{site: old }\n"},
	{"without the only one in braces", "{ site: old }\n", "", "site", noValue, "{  }\n"},
	{"without a list", "color:\n- red\n# c\nsite: old\n", "", "color", noValue, "# c\nsite: old\n"},
	{"without a mapping", "api:\n  key: x\n  more: {a: b}\nsite: old\n", "", "api", noValue, "site: old\n"},
	{"without nothing", "site:\ncolor: red\n", "", "site", noValue, "color: red\n"},
	{"without lines", "routes: |\n  a=b\n\n  c=d\nsite: old\n", "", "routes", noValue, "site: old\n"},
}

// noValue stands for no value.
const noValue = "\x00"

func editAs(before []byte, profile, key, value string) ([]byte, error) {
	if value == noValue {
		return unsetYAML(before, profile, key)
	}
	return setYAML(before, profile, key, value)
}

func TestEditYAML(t *testing.T) {
	for _, tt := range edited {
		t.Run(tt.name, func(t *testing.T) {
			after, err := editAs([]byte(tt.before), tt.profile, tt.key, tt.value)
			if err != nil || string(after) != tt.after {
				t.Errorf("%q, %v; want %q", after, err, tt.after)
			}
			if again, err := editAs(after, tt.profile, tt.key, tt.value); err != nil || !bytes.Equal(again, after) {
				t.Errorf("once more: %q, %v", again, err)
			}
		})
	}
}

// What is not understood is refused, and never written wrongly.
func TestEditYAMLRefuses(t *testing.T) {
	for _, tt := range []struct{ text, profile string }{
		{"site: &a old\nbase-url: *a\n", ""}, // the other would lose its value
		{"profiles:\n  a: &a\n    site: old\n  b: *a\n", "b"},
		{"- site\n", ""},
		{"profiles: 3\n", "a"},
		{"profiles:\n  a: [site]\n", "a"},
		{"site: [\n", ""},
	} {
		if after, err := setYAML([]byte(tt.text), tt.profile, "site", "new"); err == nil {
			t.Errorf("%q becomes %q", tt.text, after)
		}
	}
}

// Whatever a file holds, an edit ends, and is not refused for what it wrote itself.
func FuzzEditYAML(f *testing.F) {
	for _, tt := range edited {
		f.Add([]byte(tt.before), tt.profile, tt.key, tt.value)
	}
	f.Fuzz(func(t *testing.T, text []byte, profile, key, value string) {
		after, err := editAs(text, profile, key, value)
		if err != nil {
			return
		}
		if again, err := editAs(after, profile, key, value); err != nil || !bytes.Equal(again, after) {
			t.Errorf("%q: once more: %q, %v", after, again, err)
		}
	})
}

package jsonset

import (
	"testing"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

func TestRemove(t *testing.T) {
	tests := []struct{ body, pointer, want string }{
		{`{"a":1,"b":2,"c":3}`, "/a", `{"b":2,"c":3}`},
		{`{"a":1,"b":2,"c":3}`, "/b", `{"a":1,"c":3}`},
		{`{"a":1,"b":2,"c":3}`, "/c", `{"a":1,"b":2}`},
		{`{"a":1}`, "/a", `{}`},
		{`{ "a" : 1 , "b" : 2 }`, "/b", `{ "a" : 1  }`},
		{"{\n  \"a\": 1,\n  \"b\": 2\n}", "/a", "{\n  \"b\": 2\n}"},
		{"{\n  \"a\": 1,\n  \"b\": 2\n}", "/b", "{\n  \"a\": 1\n}"},
		{`{"a":{"b":{"c":1,"d":[]}}}`, "/a/b/d", `{"a":{"b":{"c":1}}}`},
		{`{"a":[1,2,3]}`, "/a/1", `{"a":[1,3]}`},
		{`{"a":[1,2,3]}`, "/a/2", `{"a":[1,2]}`},
		{`{"a":1,"a":2}`, "/a", `{"a":1}`},
		{`{"a/b":1,"\u0061":2}`, "/a", `{"a/b":1}`},
		{`{"a":1}`, "/b", `{"a":1}`},
		{`{"a":1}`, "/a/b/c", `{"a":1}`},
		{`{}`, "/a", `{}`},
		{`[]`, "/-", `[]`},
	}
	for _, tt := range tests {
		got, err := Remove([]byte(tt.body), tt.pointer)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s without %s: %s, %v, want %s", tt.body, tt.pointer, got, err, tt.want)
		}
		if err := jsonscan.Valid(got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
	for _, tt := range []struct{ body, pointer, want string }{
		{`{"a":1}`, "", "the whole value cannot be removed from itself"},
		{`{"a":1}`, "a", "a: a JSON Pointer begins with /"},
		{`{"a":[]}`, "/a/x", `/a: an array has no element "x"`},
	} {
		if _, err := Remove([]byte(tt.body), tt.pointer); err == nil || err.Error() != tt.want {
			t.Errorf("%s without %q: %v, want %s", tt.body, tt.pointer, err, tt.want)
		}
	}
	if _, err := Remove([]byte(`{"a":1`), "/a"); err == nil {
		t.Error("broken JSON was taken")
	}
}

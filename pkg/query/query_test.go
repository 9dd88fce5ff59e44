package query

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

func TestRun(t *testing.T) {
	for _, c := range []struct {
		name, expr, body string
		want             []string
		wrong            string
	}{
		{name: "path", expr: ".body.course.name", body: `{"body":{"course":{"name":"Größe <b>"}}}`, want: []string{`"Größe <b>"`}},
		{name: "several", expr: ".[]", body: `[1,"a",null]`, want: []string{"1", `"a"`, "null"}},
		{name: "none", expr: "empty", body: "1"},
		{name: "missing", expr: ".a.b", body: "{}", want: []string{"null"}},
		{name: "large integers", expr: ".", body: "[9007199254740993,123456789012345678901234567890]", want: []string{"[9007199254740993,123456789012345678901234567890]"}},
		{name: "counting with large integers", expr: ".+1", body: "9007199254740993", want: []string{"9007199254740994"}},
		{name: "numbers as written", expr: ".[]", body: "[1.0,1e2,-0]", want: []string{"1.0", "1e2", "-0"}},
		{name: "line breaks are escaped", expr: ".", body: `"a\nb"`, want: []string{`"a\nb"`}},
		{name: "sorted names", expr: ".", body: `{"b":1,"a":2}`, want: []string{`{"a":2,"b":1}`}},
		{name: "halt", expr: "1, halt, 2", body: "null", want: []string{"1"}},
		{name: "no environment", expr: "env, $ENV.HOME", body: "null", want: []string{"{}", "null"}},
		{name: "a type that does not fit", expr: "1, .[0], 2", body: `{}`, want: []string{"1"}, wrong: "expected an array but got: object ({})"},
		{name: "no other input", expr: "input", body: "1", wrong: "input(s)/0 is not allowed"},
		{name: "an error of its own", expr: `error("no")`, body: "1", wrong: "error: no"},
		{name: "a long error", expr: "error(.)", body: `"` + strings.Repeat("é", 1000) + `"`, wrong: "error: " + strings.Repeat("é", 96) + "..."},
		{name: "halt with an error", expr: `"no"|halt_error`, body: "1", wrong: "halt error: no"},
	} {
		query, err := Compile(c.expr)
		if err != nil && c.wrong != "" {
			if err.Error() != c.wrong {
				t.Errorf("%s: %v, want %s", c.name, err, c.wrong)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		got, err := run(t.Context(), query, c.body)
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
		var failed *RunError
		if (c.wrong != "") != errors.As(err, &failed) || err != nil && err.Error() != c.wrong {
			t.Errorf("%s: %v, want %s", c.name, err, c.wrong)
		}
	}
}

func TestCompileErrors(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{".a |", "unexpected end at column 5"},
		{`"ü" | }`, `unexpected token "}" at column 7`},
		{".a[", "unexpected end at column 4"},
		{"nope(.)", "function not defined: nope/1"},
		{"$nope", "variable not defined: $nope"},
		{`"abc`, "unterminated string literal at column 5"},
		{`import "x" as x; .`, `cannot load module: "x"`},
	} {
		_, err := Compile(c.expr)
		var e *CompileError
		if !errors.As(err, &e) || e.Error() != c.want {
			t.Errorf("%s: %v, want %s", c.expr, err, c.want)
		}
	}
}

func TestRunOnWhatIsNoJSON(t *testing.T) {
	query, err := Compile(".")
	if err != nil {
		t.Fatal(err)
	}
	for _, body := range []string{"", "{", "1 2", "\"\xff\""} {
		got, err := run(t.Context(), query, body)
		var e *jsonscan.Error
		if len(got) > 0 || !errors.As(err, &e) {
			t.Errorf("%q: %q, %v", body, got, err)
		}
	}
}

func TestRunEndsWithItsContext(t *testing.T) {
	query, err := Compile("last(repeat(1))")
	if err != nil {
		t.Fatal(err)
	}
	reason := errors.New("enough")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 20*time.Millisecond, reason)
	defer cancel()
	if _, err := run(ctx, query, "null"); !errors.Is(err, reason) {
		t.Errorf("%v, want %v", err, reason)
	}
}

func TestRunStopsWhenAsked(t *testing.T) {
	query, err := Compile("repeat(1)")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for range query.Run(t.Context(), []byte("null")) {
		if n++; n == 3 {
			break
		}
	}
	if n != 3 {
		t.Errorf("%d results", n)
	}
}

// TestBombs holds what small inputs may cost.
func TestBombs(t *testing.T) {
	for _, body := range []string{
		"1e1000001", "-1e-1000001", strings.Repeat("9", 200_000), strings.Repeat("[", 9_999) + strings.Repeat("]", 9_999),
	} {
		for _, expr := range []string{".", ". == 1", "tostring|length", "[.,.]|sort", "(.. | numbers) + 1"} {
			query, err := Compile(expr)
			if err != nil {
				t.Fatal(err)
			}
			start := time.Now()
			run(t.Context(), query, body) // whatever it says
			if took := time.Since(start); took > time.Minute {
				t.Errorf("%s of %.20s...: %v", expr, body, took)
			}
		}
	}
}

func run(ctx context.Context, query *Query, body string) (results []string, err error) {
	for result, err := range query.Run(ctx, []byte(body)) {
		if err != nil {
			return results, err
		}
		results = append(results, string(result))
	}
	return results, nil
}

func FuzzRun(f *testing.F) {
	for _, s := range [][2]string{
		{".body.course.name", `{"body":{"course":{"name":"x"}}}`}, {".[]|.a+1", `[{"a":1}]`}, {"to_entries", `{"a":[1.5,null]}`},
		{`test("a+")`, `"aa"`}, {"@base64d", `"YQ=="`}, {". as [$a] | $a", "[1]"}, {"strptime(\"%Y\")", `"2020"`}, {"|", "{"},
	} {
		f.Add(s[0], s[1])
	}
	f.Fuzz(func(t *testing.T, expr, body string) {
		query, err := Compile(expr)
		if err != nil {
			_ = err.Error()
			return
		}
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		n := 0
		for result, err := range query.Run(ctx, []byte(body)) {
			if err == nil && jsonscan.Valid(result) != nil {
				t.Errorf("%q of %q gives %q", expr, body, result)
			}
			if n++; n == 100 {
				break
			}
		}
	})
}

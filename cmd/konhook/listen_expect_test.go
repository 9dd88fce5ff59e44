package main

import (
	"context"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

func TestParseExpectations(t *testing.T) {
	tests := []struct {
		lists, exprs []string
		want         []string // name, N, how many types
	}{
		{lists: []string{"user.created"}, want: []string{"user.created 1 1"}},
		{lists: []string{"User/Created=2"}, want: []string{"User/Created=2 2 1"}},
		{lists: []string{"course.*=6"}, want: []string{"course.*=6 6 6"}},
		{lists: []string{"a*,all"}, want: nil},
		{lists: []string{"all=3"}, want: []string{"all=3 3 9"}},
		{lists: []string{"user.created,course.started=2"}, want: []string{"user.created 1 1", "course.started=2 2 1"}},
		{lists: []string{" user.created , ,USER.EDITED=01 ", "user.created"}, want: []string{"user.created 1 1", "USER.EDITED=01 1 1", "user.created 1 1"}},
		{lists: []string{"user.created=0"}},
		{lists: []string{"user.created=-1"}},
		{lists: []string{"user.created="}},
		{lists: []string{"user.created=2=3"}},
		{lists: []string{"user.created=1.5"}},
		{lists: []string{"user.created=99999999999999999999"}},
		{lists: []string{"=2"}},
		{lists: []string{""}},
		{lists: []string{"user.created", ","}},
		{lists: []string{"user.creatd=2"}},
		{lists: []string{"cours.*"}},
		{exprs: []string{".a", "true"}, want: []string{"jq .a 1 0", "jq true 1 0"}},
		{exprs: []string{".["}},
		{exprs: []string{""}},
		{want: []string{}},
	}
	for _, tt := range tests {
		all, err := parseExpectations(tt.lists, tt.exprs)
		if err != nil {
			if code := classify(err).code; tt.want != nil || code != exitUsage {
				t.Errorf("%q %q: %v, exit %d", tt.lists, tt.exprs, err, code)
			}
			continue
		}
		got := []string{}
		for _, e := range all {
			got = append(got, strings.Join([]string{e.name, digits(e.atLeast), digits(len(e.types))}, " "))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%q %q became %q, want %q", tt.lists, tt.exprs, got, tt.want)
		}
	}
}

func digits(n int) string { return string(rune('0' + n)) }

func TestExpectationsCount(t *testing.T) {
	all, err := parseExpectations([]string{"course.*=2,course.started", "user.created", "all=3"}, []string{
		".body.n == 2", ".body.n, .body.missing", "select(.body.n == 9)", "null, false, empty", ".body.n[0]", "1, error(0)",
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, came := range []struct {
		body   string
		counts bool
	}{
		{`{"type":"Course/Started","body":{"n":1}}`, true},
		{`{"type":"Course/Started","body":{"n":2}}`, true},
		{`{"type":"User/Created","body":{"n":2}}`, false},
		{`{"type":"Nobody/Knows","body":{"n":3}}`, true},
		{`not JSON`, true},
		{``, false},
	} {
		all.see(event.New([]byte(came.body)), came.counts)
	}
	var got []string
	for _, e := range all {
		got = append(got, e.name+" "+digits(e.seen)+" "+digits(e.refused))
	}
	want := []string{
		"course.*=2 2 0", "course.started 2 0", "user.created 0 1", "all=3 2 1",
		"jq .body.n == 2 1 0", "jq .body.n, .body.missing 1 0", "jq select(.body.n == 9) 0 0", "jq null, false, empty 0 0", "jq .body.n[0] 0 0", "jq 1, error(0) 1 0",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if n := len(all.unmet()); n != 5 {
		t.Errorf("%d are not met", n)
	}
	if line := all[2:4].line(); line != "user.created: 0 of 1 (1 refused or not stored); all=3: 2 of 3 (1 refused or not stored)" {
		t.Error(line)
	}
}

func TestExpectationsTable(t *testing.T) {
	all, err := parseExpectations([]string{"user.created=2", "course.*"}, []string{".a == \"\u202e\x1b[2J\"", ".body[0]"})
	if err != nil {
		t.Fatal(err)
	}
	all.see(event.New([]byte(`{"type":"User/Created","body":{"a":"\u202e\u001b"}}`)), false)
	all.see(event.New([]byte(`{"type":"Course/Started","body":{}}`)), true)
	text := strings.Join(all.table(), "\n")
	for _, want := range []string{
		"  user.created=2", "   0  missing (1 refused or not stored)", "   1\n", `jq .a == "\u202e\x1b[2J"`, "missing (the last failed: expected an array but got: object",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if bad := unprintable(text); bad != "" {
		t.Errorf("%s in %q", bad, text)
	}
}

func TestHoldsEnds(t *testing.T) {
	for _, expr := range []string{"repeat(null)", "range(1e9) | false"} {
		all, err := parseExpectations(nil, []string{expr})
		if err != nil {
			t.Fatal(err)
		}
		// It ends at so many results, long before its time is over.
		if all.see(event.New([]byte("{}")), true); all[0].met() || all[0].failure != "" {
			t.Errorf("%s: %v, %s", expr, all[0].met(), all[0].failure)
		}
	}
}

// How long is waited for what has not come when the command has ended well, and that it
// is not when it has not.
func TestListenWaitsAfterItsCommand(t *testing.T) {
	needProgram(t, "true")
	for _, tt := range []struct {
		name    string
		o       listenOptions
		want    time.Duration
		because error
	}{
		{"nobody says", listenOptions{command: []string{"true"}}, afterCommand, errOver},
		{"not at all", listenOptions{command: []string{"true"}, periodGiven: true}, 0, errOver},
		{"long", listenOptions{command: []string{"true"}, periodGiven: true, period: time.Hour}, time.Hour, errOver},
		{"it has failed", listenOptions{command: []string{"false"}, periodGiven: true, period: time.Hour}, 0, errEnded},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				tt.o.format, tt.o.expect = "compact", []string{"user.created"}
				s, err := newListening(newApp(&streams{in: strings.NewReader(""), out: io.Discard, err: io.Discard}), tt.o)
				if err != nil {
					t.Fatal(err)
				}
				ctx, stop := context.WithCancelCause(t.Context())
				s.stop = stop
				began := time.Now()
				go s.attend(ctx)
				<-ctx.Done()
				if took := time.Since(began); took != tt.want || !errors.Is(context.Cause(ctx), tt.because) {
					t.Errorf("ended after %s, as %v; want %s, as %v", took, context.Cause(ctx), tt.want, tt.because)
				}
			})
		})
	}
}

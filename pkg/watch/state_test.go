package watch

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

func TestStateAcrossRuns(t *testing.T) {
	path := filepath.Join(t.TempDir(), "below", "watch.state")
	f := newFake()
	f.happen("user.created", 1)
	with := func(during func(*run), o Options) *run {
		var r *run
		synctest.Test(t, func(t *testing.T) {
			s, err := OpenState(path, StateOptions{Site: "here"})
			if err != nil {
				t.Fatal(err)
			}
			o.State = s
			r = watch(t, f, o)
			r.after(time.Minute)
			during(r)
			r.stop()
			<-r.done
			if err := s.Close(); err != nil {
				t.Error(err)
			}
		})
		return r
	}
	first := with(func(r *run) { f.happen("user.created", 2); r.after(time.Minute) }, Options{})
	first.want("user.created 2")
	f.happen("course.published", 3) // while nobody watches
	with(func(*run) {}, Options{}).want("course.published 3")
	with(func(*run) {}, Options{}).want()

	// What cannot be delivered comes first in the next run.
	f.happen("user.created", 4)
	failed := errors.New("failed")
	with(func(r *run) {
		if r.w.Waiting() != 1 {
			t.Errorf("%d wait", r.w.Waiting())
		}
	}, Options{Deliver: func(context.Context, *Found) error { return failed }})
	f.happen("course.published", 5)
	with(func(*run) {}, Options{}).want("user.created 4", "course.published 5")
}

func TestStatesThatCannotBeHad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	s, err := OpenState(path, StateOptions{Site: "here", Command: "the first"})
	if err != nil {
		t.Fatal(err)
	}
	if !s.Fresh() || s.Waiting() != 0 {
		t.Errorf("fresh %t, %d wait", s.Fresh(), s.Waiting())
	}
	_, err = OpenState(path, StateOptions{Site: "here"})
	if locked, ok := errors.AsType[*LockedError](err); !ok || locked.Command != "the first" || locked.PID != os.Getpid() {
		t.Errorf("a second: %v", err)
	}
	if err := s.save(newMemory()); err != nil {
		t.Error(err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	_, err = OpenState(path, StateOptions{Site: "there"})
	if other, ok := errors.AsType[*SiteError](err); !ok || other.Site != "here" {
		t.Errorf("of another site: %v", err)
	}
	for _, text := range []string{"", "{", "[]", `{"konhook_state":2,"site":"here","seen":{}}`, `{"konhook_state":1,"site":"here"}`,
		`{"konhook_state":1,"site":"here","seen":{"user.created":["00"]}}`, `{"konhook_state":1,"site":"here","seen":{"user.created":["xx"]}}`,
		`{"konhook_state":1,"site":"here","seen":{},"waiting":[{"event":"x","capture":{}}]}`,
		`{"konhook_state":1,"site":"here","seen":{},"waiting":[{"event":"user.created","capture":{}}]}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := OpenState(path, StateOptions{Site: "here"})
		if _, ok := errors.AsType[*DamagedError](err); !ok {
			t.Errorf("%q: %v", text, err)
		}
		if left, err := os.ReadFile(path); err != nil || string(left) != text {
			t.Errorf("%q was changed to %q", text, left)
		}
	}
	if _, err := OpenState(t.TempDir(), StateOptions{}); err == nil {
		t.Error("a folder is taken for a state")
	}
}

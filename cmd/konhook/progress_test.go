package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestProgressLine(t *testing.T) {
	for _, tt := range []struct {
		state   progressState
		elapsed time.Duration
		want    string
	}{
		{progressState{}, time.Second, "0 B, 0 B/s"},
		{progressState{done: 5 << 20, found: "1 finding"}, 2 * time.Second, "5 MiB, 2.5 MiB/s, 1 finding"},
		{progressState{done: 1 << 20, total: 4 << 20, found: "2 findings"}, time.Second, "25%, 1 MiB of 4 MiB, 1 MiB/s, 2 findings, 3 s left"},
		{progressState{total: 100}, time.Second, "0%, 0 B of 100 B, 0 B/s"},
		{progressState{done: 100, total: 100}, time.Second, "100%, 100 B of 100 B, 100 B/s"},
		{progressState{done: 101, total: 100}, time.Second, "101 B, 101 B/s"},
		{progressState{done: 1200, total: 400_000, unit: "files"}, time.Minute, "0%, 1,200 of 400,000 files, 20 files/s, 6 h left"},
		{progressState{done: 3, total: 60, unit: "events"}, 30 * time.Second, "5%, 3 of 60 events, 0.1 events/s, 10 min left"},
		{progressState{done: 12345, unit: "documents"}, time.Second, "12,345 documents, 12,345 documents/s"},
	} {
		if got := tt.state.line(tt.elapsed); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.state, got, tt.want)
		}
	}
}

// onOneTerminal returns an app whose two streams are one terminal.
func onOneTerminal(screen *bytes.Buffer) *app {
	return newApp(&streams{out: screen, err: screen, outTTY: true, errTTY: true, width: 30})
}

func TestProgressIsDrawnAndTakenAway(t *testing.T) {
	t.Setenv("TERM", "xterm")
	synctest.Test(t, func(t *testing.T) {
		var screen bytes.Buffer
		a := onOneTerminal(&screen)
		p := a.startProgress()
		taken := func() string {
			synctest.Wait()
			p.mu.Lock()
			defer p.mu.Unlock()
			defer screen.Reset()
			return screen.String()
		}
		p.set(progressState{done: 1024, total: 4096, found: "1 finding"})
		<-time.After(progressAfter - 1)
		if got := taken(); got != "" {
			t.Errorf("too early: %q", got)
		}
		<-time.After(1)
		want := "\r25%, 1 KiB of 4 KiB, 1 KiB…"
		if got := taken(); got != want {
			t.Errorf("%q, want %q", got, want)
		}
		<-time.After(5 * progressEvery)
		if got := taken(); strings.Count(got, "\r") > 5 {
			t.Errorf("too often: %q", got)
		}
		fmt.Fprintln(a.out, "found")
		if got := taken(); got != "\r"+strings.Repeat(" ", 29)+"\rfound\n" {
			t.Errorf("what is written comes behind the line: %q", got)
		}
		fmt.Fprint(a.out, "half a line")
		<-time.After(time.Second)
		if got := taken(); got != "half a line" {
			t.Errorf("a line that has not ended is drawn over: %q", got)
		}
		fmt.Fprintln(a.err)
		<-time.After(progressEvery)
		p.stop()
		p.stop()
		if got := taken(); !strings.HasSuffix(got, "\r"+strings.Repeat(" ", 29)+"\r") && !strings.HasSuffix(got, " \r") {
			t.Errorf("something is left: %q", got)
		}
		fmt.Fprint(a.out, "x")
		<-time.After(time.Second)
		if got := taken(); got != "x" || a.out != &screen || a.err != &screen {
			t.Errorf("it went on: %q", got)
		}
	})
}

func TestNoProgressWhereNobodySeesIt(t *testing.T) {
	for name, change := range map[string]func(*app){
		"no terminal": func(a *app) { a.errTTY = false },
		"quiet":       func(a *app) { a.settings.Quiet = true },
		"dumb":        func(*app) { t.Setenv("TERM", "dumb") },
	} {
		t.Setenv("TERM", "xterm")
		a := onOneTerminal(new(bytes.Buffer))
		change(a)
		p := a.startProgress()
		p.set(progressState{done: 1})
		p.stop()
		if p != nil {
			t.Errorf("%s: there is a progress", name)
		}
	}
}

func TestProgressMeasuresOrCounts(t *testing.T) {
	dir := t.TempDir()
	var small []string
	for i := range manyFiles + 1 {
		name := filepath.Join(dir, fmt.Sprint(i, ".json"))
		if err := os.WriteFile(name, []byte("{}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		small = append(small, name)
	}
	for name, tt := range map[string]struct {
		files []string
		want  progressState
	}{
		"few":    {small[:2], progressState{total: 6}},
		"many":   {small, progressState{total: manyFiles + 1, unit: "files"}},
		"stdin":  {[]string{"-"}, progressState{}},
		"packed": {[]string{small[0], "x.json.gz"}, progressState{}},
	} {
		p := validateProgress{line: &progress{}}
		p.measure(tt.files)
		if diff := cmp.Diff(tt.want, p.state, cmp.AllowUnexported(progressState{})); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// TestMockEventsHappen lets almost an hour pass, and wants the events at their times.
func TestMockEventsHappen(t *testing.T) {
	dir := t.TempDir()
	source := filepath.Join(dir, "own.ndjson")
	text := `{"type":"User/Created","occuredAt":1}` + "\n" + `{"type":"No/Such","occuredAt":2}` + "\n" + `{"type":"User/Edited","occuredAt":3}` + "\n"
	if err := os.WriteFile(source, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name  string
		o     mockOptions
		there int
		want  string // when which happen; of samples only how many
	}{
		{"none", mockOptions{seed: 1}, 9, "0"},
		{"samples", mockOptions{seed: 1, every: time.Minute}, 9, "59"},
		{"some", mockOptions{seed: 1, every: time.Minute, count: 3}, 9, "3"},
		{"of a source", mockOptions{from: source}, 2, "0"},
		{"all of a source", mockOptions{from: source, every: 10 * time.Minute}, 0, "10m0s 1, 20m0s 3"},
		{"the first of a source", mockOptions{from: source, every: 10 * time.Minute, count: 1}, 0, "10m0s 1"},
	} {
		t.Run(c.name, func(t *testing.T) {
			there, later, err := mockEvents(t.Context(), newApp(&streams{err: &strings.Builder{}}), c.o)
			if err != nil || len(there) != c.there {
				t.Fatalf("%d events are there, %v", len(there), err)
			}
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()
				ctx, stop := context.WithTimeout(t.Context(), time.Hour-time.Second)
				defer stop()
				var happened []string
				later.happen(ctx, c.o, func(e *event.Event) {
					at, _ := e.Occurred()
					if c.o.from == "" && !at.Equal(time.Now().Truncate(time.Second)) {
						t.Errorf("at %s, now is %s", at, time.Now())
					}
					happened = append(happened, fmt.Sprintf("%s %d", time.Since(began), at.Unix()))
				})
				got := strings.Join(happened, ", ")
				if c.want != got && c.want != fmt.Sprint(len(happened)) {
					t.Errorf("happened: %s, want %s", got, c.want)
				}
			})
		})
	}
}

package main

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// countingWriter remembers each write.
type countingWriter struct {
	writes []string
	err    error
}

func (c *countingWriter) Write(b []byte) (int, error) {
	c.writes = append(c.writes, string(b))
	return len(b), c.err
}

func TestBurstWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w countingWriter
		b := &burstWriter{w: &w}
		say := func(text string) {
			t.Helper()
			if _, err := b.Write([]byte(text)); err != nil {
				t.Fatal(err)
			}
		}
		say("alone ")
		say("two ")
		say("together ")
		<-time.After(2 * burstEvery)
		synctest.Wait()
		say("alone again ")
		say("last")
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(w.writes, "|"); got != "alone |two together |alone again |last" {
			t.Errorf("written: %s", got)
		}
		w.writes = nil
		for range 100 {
			say(strings.Repeat("x", burstSize/10))
		}
		if err := b.end(); err != nil || len(strings.Join(w.writes, "")) != 100*(burstSize/10) || len(w.writes) > 11 {
			t.Errorf("%d writes, %v", len(w.writes), err)
		}
	})
}

// A patient one writes what waits when it is told to hurry, and not before.
func TestPatientBurstWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var w countingWriter
		b := &burstWriter{w: &w, patient: true}
		look := func(when string, d time.Duration, want string) {
			t.Helper()
			<-time.After(d)
			synctest.Wait()
			b.mu.Lock()
			defer b.mu.Unlock()
			if got := strings.Join(w.writes, "|"); got != want {
				t.Errorf("%s: written %q, want %q", when, got, want)
			}
		}
		b.hurry()
		io.WriteString(b, "at once ")
		io.WriteString(b, "one ")
		io.WriteString(b, "two ")
		look("without hurry", time.Hour, "at once ")
		b.hurry()
		io.WriteString(b, "three ")
		b.hurry()
		look("a moment later", burstEvery-1, "at once ")
		look("then", 1, "at once |one two three ")
		b.hurry()
		look("nothing waits", time.Hour, "at once |one two three ")
		io.WriteString(b, "four ")
		io.WriteString(b, "five ")
		look("after a pause", 0, "at once |one two three |four ")
		if err := b.end(); err != nil {
			t.Fatal(err)
		}
		look("at the end", 0, "at once |one two three |four |five ")
	})
}

func TestBurstWriterKeepsItsError(t *testing.T) {
	why := errors.New("gone")
	b := &burstWriter{w: &countingWriter{err: why}}
	if _, err := b.Write([]byte("x")); !errors.Is(err, why) {
		t.Errorf("first: %v", err)
	}
	if _, err := b.Write(bytes.Repeat([]byte("x"), burstSize)); !errors.Is(err, why) || !errors.Is(b.end(), why) {
		t.Errorf("later: %v", err)
	}
}

func TestSecretsAreLeftOut(t *testing.T) {
	for _, tt := range []struct{ flag, value, want string }{
		{"header", "Authorization: Bearer x", "Authorization: ..."},
		{"header", "X-Api-Key:x", "X-Api-Key: ..."},
		{"header", "X-Test: 1", "X-Test: 1"},
		{"to", "http://me:word@localhost:5000/in?token=x", "http://...@localhost:5000/in?..."},
		{"to", "http://localhost:5000/", "http://localhost:5000/"},
		{"route", "course.*=http://me@localhost/?x", "course.*=http://...@localhost/?..."},
		{"set", "/a=1", "/a=1"},
	} {
		if got := withoutSecret(tt.flag, tt.value); got != tt.want {
			t.Errorf("--%s %s: %s, want %s", tt.flag, tt.value, got, tt.want)
		}
	}
}

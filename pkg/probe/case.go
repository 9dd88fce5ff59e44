package probe

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/render"
)

// Level says how much a case matters.
type Level string

// The levels.
const (
	Must   Level = "must"
	Should Level = "should"
)

// Outcome is what a case came to.
type Outcome string

// The outcomes. A case that is a Must fails, one that is a Should warns.
const (
	Pass Outcome = "pass"
	Warn Outcome = "warn"
	Fail Outcome = "fail"
	Skip Outcome = "skip"
)

// Case is one thing that a receiver is tried with. Its texts are short enough
// for a line each, but for Why and Mend, which are sentences.
type Case struct {
	Name    string // lower case, words with hyphens between
	Level   Level
	Sends   string
	Expects string
	Why     string
	Mend    string // what to change in a receiver that does otherwise
	// Signed says that the case is about signatures: it is skipped unless
	// [Options] tell how to sign.
	Signed bool

	// refusal says that a refusal is expected, which proves nothing of a receiver
	// that refuses sound events as well.
	refusal bool
	// choice says that the receiver may take it or refuse it, which proves nothing
	// of one that refuses all.
	choice bool
	// last says that the case is tried even when the receiver is gone.
	last bool
	// noTime says that the case is about a time that hmac-sha256 does not sign.
	noTime bool

	try func(context.Context, *session, *Case) verdict
}

// ExpectsWithin is Expects for a limit of how long an answer may take, which
// Expects itself has no number for.
func (c Case) ExpectsWithin(limit time.Duration) string {
	return strings.ReplaceAll(c.Expects, maxLatencyMark, render.Latency(limit))
}

// verdict is what a try came to.
type verdict struct {
	ok   bool
	got  string
	hint string // instead of Mend
}

// Cases returns all cases, in the order in which they are tried: sound events,
// the forms in which HTTP may carry them, broken ones, what else a receiver may
// get, signatures, and what was seen on the way.
func Cases() []Case {
	return slices.Concat(soundEvents(), forms(), wrongs(), strangers(), signatures(), atTheEnd())
}

// Lookup finds a case by its name.
func Lookup(name string) (Case, bool) {
	for _, c := range Cases() {
		if c.Name == name {
			return c, true
		}
	}
	return Case{}, false
}

// Result is what a case came to. Got and Hint may quote the receiver; they are
// clean and short.
type Result struct {
	Case     Case
	Outcome  Outcome
	Got      string
	Hint     string // empty when there is nothing to mend
	Expected string
}

// MarshalJSON writes the name and the level of the case and what it came to.
func (r Result) MarshalJSON() ([]byte, error) {
	shape := struct {
		Name     string  `json:"name"`
		Level    Level   `json:"level"`
		Outcome  Outcome `json:"outcome"`
		Expected string  `json:"expected"`
		Got      string  `json:"got"`
		Hint     *string `json:"hint"`
	}{r.Case.Name, r.Case.Level, r.Outcome, r.Expected, r.Got, nil}
	if r.Hint != "" {
		shape.Hint = &r.Hint
	}
	return json.Marshal(shape)
}

// Summary counts results by their outcome.
type Summary struct {
	Cases   int `json:"cases"`
	Passed  int `json:"passed"`
	Warned  int `json:"warned"`
	Failed  int `json:"failed"`
	Skipped int `json:"skipped"`
}

// Add counts a result.
func (s *Summary) Add(r Result) {
	s.Cases++
	switch r.Outcome {
	case Pass:
		s.Passed++
	case Warn:
		s.Warned++
	case Fail:
		s.Failed++
	case Skip:
		s.Skipped++
	}
}

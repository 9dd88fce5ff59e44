package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/query"
	"github.com/konhook/konhook/pkg/render"
)

// expectation is a kind of delivery that has to come, at least so many times.
type expectation struct {
	name    string       // as it was asked for
	types   []event.Type // that count, all of them together; none with a query
	query   *query.Query // nil: none
	atLeast int

	seen    int    // deliveries so far; with a query no more than atLeast
	refused int    // the same that were refused or not stored, which do not count
	failure string // why the query could not be answered for the last one, if so
}

// expectations are what has to come. Each stands for itself: one delivery may
// meet several.
type expectations []*expectation

// parseExpectations reads the arguments of --expect and --expect-jq.
func parseExpectations(lists, exprs []string) (all expectations, err error) {
	for _, list := range lists {
		before := len(all)
		for word := range strings.SplitSeq(list, ",") {
			if word = strings.TrimSpace(word); word == "" {
				continue
			}
			e, err := parseExpectation(word)
			if err != nil {
				return nil, err
			}
			all = append(all, e)
		}
		if len(all) == before {
			return nil, usageError("konhook events", "--expect: names no event")
		}
	}
	for _, expr := range exprs {
		q, err := query.Compile(expr)
		if err != nil {
			return nil, usageError("--expect-jq '.body.course.id == 1'", "--expect-jq: %s", err)
		}
		all = append(all, &expectation{name: "jq " + expr, query: q, atLeast: 1})
	}
	return all, nil
}

// parseExpectation reads EVENT or EVENT=N.
func parseExpectation(word string) (*expectation, error) {
	name, number, counted := strings.Cut(word, "=")
	e := &expectation{name: word, atLeast: 1}
	var err error
	if e.types, err = event.Select([]string{name}); err != nil {
		return nil, err
	}
	if counted {
		e.atLeast, err = strconv.Atoi(number)
	}
	if err != nil || e.atLeast < 1 || len(e.types) == 0 {
		return nil, usageError("--expect user.created=2", "--expect: %q is not EVENT=N with a whole number from 1", word)
	}
	return e, nil
}

// see takes note of a delivery. One that was refused or not stored counts for
// nothing.
func (all expectations) see(ev *event.Event, counts bool) {
	for _, e := range all {
		switch {
		case e.query != nil && e.met(), !e.wants(ev):
		case counts:
			e.seen++
		default:
			e.refused++
		}
	}
}

// wants reports whether a delivery is one of those that are expected.
func (e *expectation) wants(ev *event.Event) bool {
	if e.query == nil {
		return slices.Contains(e.types, ev.Type)
	}
	yes, err := holds(e.query, ev.Body)
	e.failure = ""
	if err != nil {
		e.failure = err.Error()
	}
	return yes
}

// errTooSlow says that a query took more than maxAsk.
var errTooSlow = errors.New("it takes too long")

// holds reports whether a query gives anything but null and false for an event,
// among its first results.
func holds(q *query.Query, body []byte) (bool, error) {
	ctx, cancel := context.WithTimeoutCause(context.Background(), maxAsk, errTooSlow)
	defer cancel()
	n := 0
	for result, err := range q.Run(ctx, body) {
		if err != nil {
			return false, err
		}
		if text := string(result); text != "null" && text != "false" {
			return true, nil
		}
		if n++; n == maxResults {
			break
		}
	}
	return false, nil
}

func (e *expectation) met() bool { return e.seen >= e.atLeast }

// unmet returns those of which not enough has come.
func (all expectations) unmet() (missing expectations) {
	for _, e := range all {
		if !e.met() {
			missing = append(missing, e)
		}
	}
	return missing
}

// line says for machines what is missing.
func (all expectations) line() string {
	words := make([]string, len(all))
	for i, e := range all {
		words[i] = fmt.Sprintf("%s: %s of %d%s", e.name, render.Count(e.seen), e.atLeast, e.why())
	}
	return strings.Join(words, "; ")
}

// why tells of what has come and did not count.
func (e *expectation) why() (text string) {
	if e.refused > 0 && !e.met() {
		text += fmt.Sprintf(" (%s refused or not stored)", render.Count(e.refused))
	}
	if e.failure != "" && !e.met() {
		text += fmt.Sprintf(" (the last failed: %s)", e.failure)
	}
	return text
}

// table sets what was expected and what has come side by side, a line each.
func (all expectations) table() []string {
	const header = "expected"
	names, width := []string{}, len(header)
	for _, e := range all {
		name := render.Truncate(render.CleanLine(e.name), 50)
		names, width = append(names, name), max(width, render.Width(name))
	}
	lines := []string{"  " + pad(header, width) + "  seen"}
	for i, e := range all {
		line := fmt.Sprintf("  %s  %4s", pad(names[i], width), render.Count(e.seen))
		if !e.met() {
			line += "  missing" + render.CleanLine(e.why())
		}
		lines = append(lines, line)
	}
	return lines
}

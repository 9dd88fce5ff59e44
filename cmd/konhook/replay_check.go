package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/konhook/konhook/pkg/batch"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

// replayCheck says whether events may be sent.
type replayCheck struct{ validator *schema.Validator }

func newReplayCheck() (*replayCheck, error) {
	v, err := schema.NewValidator(schema.Options{})
	return &replayCheck{v}, err
}

// event returns what is wrong with an event. changed says that its bytes are not
// those at its place.
func (c *replayCheck) event(e *event.Event, changed bool) error {
	if valid, _ := c.validator.Sure(e.Body); valid {
		return nil
	}
	var first *schema.Finding
	others := 0
	for _, f := range c.validator.Check(e) {
		switch {
		case f.Severity != schema.Error:
		case first == nil:
			first = &f
		default:
			others++
		}
	}
	if first == nil {
		return nil
	}
	at := first.Place()
	if changed {
		at = e.Place
	}
	return invalidEvent(at, first, others)
}

// sound reports whether a file is surely without any fault or oddity, and how many
// documents it has, and whether each is a line of its own. It is many times as
// fast as to look at one after the other, and most files are sound.
func (c *replayCheck) sound(ctx context.Context, file string) (documents int, lined, ok bool) {
	lined, ok = true, true
	err := batch.Run(ctx, []string{file}, batch.Options{Validator: c.validator}, func(p *batch.Part) bool {
		documents += p.Documents
		lined = lined && p.Lined()
		ok = p.Invalid == 0 && p.Damaged == 0 && !slices.ContainsFunc(p.Items, func(i batch.Item) bool {
			return i.Finding == nil || i.Finding.Severity == schema.Error
		})
		return ok
	})
	return documents, lined, ok && err == nil
}

// syntax returns what is wrong with text that is not JSON.
func (c *replayCheck) syntax(broken *event.SyntaxError) error {
	f := schema.FromSyntax(broken)
	return invalidEvent(broken.Place, &f, 0)
}

func invalidEvent(at event.Place, f *schema.Finding, others int) error {
	text := f.Message
	if f.Pointer != "" {
		text = f.Pointer + ": " + text
	}
	if name := at.String(); name != "" {
		text = name + ": " + text
	}
	if others > 0 {
		text += fmt.Sprintf(" (and %d more)", others)
	}
	return codeError(exitNo, "invalid", errors.New(text))
}

// withInvalidHint adds to the error of an event that may not be sent what can be
// done about it.
func withInvalidHint(err error) error {
	if what := classify(err); what.id != "invalid" {
		return err
	}
	return hinted(err, "--allow-invalid, to send it as it is")
}

package main

import (
	"errors"

	"github.com/konhook/konhook/pkg/schema"
)

// fetchCheck holds fetched events against their schema. Nil checks nothing.
type fetchCheck struct {
	a         *app
	validator *schema.Validator
	strict    bool // what nobody documents is invalid
	decides   bool // an invalid event makes the answer of the command no
}

func newFetchCheck(a *app, o fetchOptions) (*fetchCheck, error) {
	switch {
	case o.validate == "off" && o.strict:
		return nil, usageError("--validate error --strict", "--strict: says what is an error to --validate, which is off")
	case o.validate == "off":
		return nil, nil
	}
	v, err := schema.NewValidator(schema.Options{Strict: o.strict})
	return &fetchCheck{a, v, o.strict, o.validate == "error"}, err
}

// maxFetchFindings is how many findings of one event are printed.
const maxFetchFindings = 5

// judge returns whether an event is valid, nil when nobody asked, and that in a
// word or with its first finding. The findings go to standard error.
func (c *fetchCheck) judge(r *fetched) (valid *bool, verdict string) {
	if c == nil {
		return nil, ""
	}
	findings := c.validator.Check(r.answer.Event)
	ok := !schema.Invalid(findings)
	if t := r.answer.Event.Type; t.Known() && t != r.kind {
		c.a.warn("%s: the API answered with %s", r.kind, t)
	}
	for i, f := range findings {
		if i == maxFetchFindings {
			c.a.note("note: %s: %d more findings: %s", r.kind, len(findings)-i, c.again(r))
			break
		}
		say := c.a.warn
		if f.Severity == schema.Note {
			say = func(format string, args ...any) { c.a.note("note: "+format, args...) }
		}
		say("%s: %s", r.kind, asText(f))
	}
	if ok {
		return &ok, "valid"
	}
	first := "invalid: " + asText(firstError(findings))
	if c.decides {
		c.a.tell(hinted(codeError(exitNo, "invalid", errors.New(r.kind.Slug+": "+first)),
			c.again(r)))
	}
	return &ok, first
}

// again is the command that tells all about an event.
func (c *fetchCheck) again(r *fetched) string {
	command := "konhook fetch " + r.kind.Slug + " -f raw | konhook validate"
	if c.strict {
		command += " --strict"
	}
	return command
}

func asText(f schema.Finding) string {
	if f.Pointer == "" {
		return f.Message
	}
	return f.Pointer + ": " + f.Message
}

func firstError(findings []schema.Finding) schema.Finding {
	for _, f := range findings {
		if f.Severity == schema.Error {
			return f
		}
	}
	return schema.Finding{}
}

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// The exit codes.
const (
	exitOK          = 0
	exitNo          = 1 // done; the answer is no
	exitUsage       = 2
	exitNoEvent     = 3
	exitKey         = 4
	exitRemote      = 5
	exitMachine     = 6
	exitBug         = 70
	exitInterrupted = 130
	exitTerminated  = 143
)

// exitMeanings are the lines that help prints for the codes a command can give.
var exitMeanings = map[int]string{
	exitOK:      "done; the answer is yes",
	exitNo:      "done; the answer is no",
	exitUsage:   "wrong use, configuration or schema; nothing was attempted",
	exitNoEvent: "the API holds no event of that type in the last 30 days",
	exitKey:     "the API key is missing, unreadable or refused",
	exitRemote:  "the API failed, or nobody is reachable",
	exitMachine: "this machine failed: file, disk, port",
}

// precedence orders the codes: of several that apply, the first wins.
var precedence = []int{exitBug, exitInterrupted, exitTerminated, exitUsage, exitMachine, exitKey, exitRemote, exitNo, exitNoEvent, exitOK}

func worse(a, b int) int {
	if slices.Index(precedence, b) < slices.Index(precedence, a) {
		return b
	}
	return a
}

// exitError is an error that knows how the program ends because of it.
type exitError struct {
	code   int
	id     string // what machines call it
	err    error
	hint   string // a command or flag that helps, may be empty
	silent bool   // all was said already
}

func (e *exitError) Error() string {
	if e.err == nil {
		return "exit " + strconv.Itoa(e.code)
	}
	return e.err.Error()
}

func (e *exitError) Unwrap() error { return e.err }

// usageError says that the command was used wrongly.
func usageError(hint, format string, args ...any) error {
	return &exitError{code: exitUsage, id: "usage", err: fmt.Errorf(format, args...), hint: hint}
}

// codeError gives an error an exit code and the name that machines call it by.
func codeError(code int, id string, err error) error {
	return &exitError{code: code, id: id, err: err}
}

// hinted adds a command or flag that helps, replacing the one that the error
// has of its own.
func hinted(err error, hint string) error {
	what := classify(err)
	what.hint = hint
	return what
}

// classify is the one place where errors get their exit codes.
func classify(err error) *exitError {
	var (
		known   *exitError
		stopped *signalError
		unknown *event.UnknownTypeError
		syntax  *event.SyntaxError
		empty   *event.EmptyError
		damage  *event.DamageError
		path    *fs.PathError
	)
	switch {
	case errors.As(err, &known):
		return &exitError{known.code, known.id, err, known.hint, known.silent}
	case errors.As(err, &stopped):
		return &exitError{code: stopped.code(), id: stopped.Error(), err: err}
	case errors.As(err, &unknown):
		return &exitError{exitUsage, "unknown_event", err, "konhook events", false}
	case errors.As(err, &syntax):
		return &exitError{code: exitNo, id: "syntax", err: err}
	case errors.As(err, &empty):
		return &exitError{code: exitNo, id: "empty", err: err}
	case errors.As(err, &damage):
		return &exitError{code: exitMachine, id: "damaged", err: err}
	case errors.As(err, &path):
		return &exitError{code: exitMachine, id: "file", err: fmt.Errorf("%s: %w", event.Place{File: path.Path}.Name(), path.Err)}
	}
	if wrong := classifySignature(err); wrong != nil {
		return wrong
	}
	if ofKeys := classifyKeys(err); ofKeys != nil {
		return ofKeys
	}
	if ofAPI := classifyAPI(err); ofAPI != nil {
		return ofAPI
	}
	return &exitError{code: exitMachine, id: "failed", err: err}
}

// unjoin returns the errors that err is made of.
func unjoin(err error) []error {
	if err == nil {
		return nil
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return []error{err}
	}
	var all []error
	for _, err := range joined.Unwrap() {
		all = append(all, unjoin(err)...)
	}
	return all
}

// describe renders an error: a line and a hint, or one JSON object where the
// command speaks a machine's format.
func (a *app) describe(e *exitError) string {
	message := render.CleanLine(a.withoutKey(e.Error()))
	hint := render.CleanLine(e.hint)
	if a.format == "json" || a.format == "ndjson" {
		return describeJSON(e, message, hint)
	}
	lines := []string{a.errPalette().Bad("konhook:") + " " + message}
	if hint != "" {
		lines = append(lines, "  "+a.errPalette().Dim("try:")+" "+hint)
	}
	return strings.Join(lines, "\n")
}

func describeJSON(e *exitError, message, hint string) string {
	type body struct {
		Code    string  `json:"code"`
		Exit    int     `json:"exit"`
		Message string  `json:"message"`
		Hint    *string `json:"hint"`
	}
	b := body{Code: e.id, Exit: e.code, Message: message}
	if hint != "" {
		b.Hint = &hint
	}
	text, err := json.Marshal(map[string]body{"error": b})
	if err != nil {
		return message // strings and numbers always marshal
	}
	return string(text)
}

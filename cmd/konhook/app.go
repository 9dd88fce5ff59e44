package main

import (
	"context"
	"fmt"
	"slices"
	"sync/atomic"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/keystore"
	"github.com/konhook/konhook/pkg/render"
)

// app is what every command gets: the streams, the settings, and one way to
// speak to people.
type app struct {
	*streams
	settings settings
	// format is the output format of the running command, empty when it has
	// none. With a machine's format, errors are JSON too.
	format string
	// code is the exit code so far.
	code int
	// atLeave is what is still to be done when a second signal ends the program
	// at once, nil: nothing.
	atLeave atomic.Pointer[func()]
	// running is the context of the command, for what it asks a person or the
	// keyring while it gets its settings together.
	running context.Context
	// secret is the API key once it was looked up: errors never show it.
	secret string
	// keyring stands in for that of the system, nil where it does not.
	keyring keystore.Keyring
	// palettes of the two streams, decided once.
	outColours, errColours *render.Palette
}

func newApp(s *streams) *app {
	return &app{streams: s, settings: defaultSettings(), running: context.Background()}
}

func (a *app) outPalette() *render.Palette {
	if a.outColours == nil {
		a.outColours = render.NewPalette(a.colour(a.settings.Color, a.outTTY))
	}
	return a.outColours
}

func (a *app) errPalette() *render.Palette {
	if a.errColours == nil {
		a.errColours = render.NewPalette(a.colour(a.settings.Color, a.errTTY))
	}
	return a.errColours
}

// note writes a line to standard error that is no error, unless quiet.
func (a *app) note(format string, args ...any) {
	if !a.settings.Quiet {
		fmt.Fprintln(a.err, render.CleanLine(fmt.Sprintf(format, args...)))
	}
}

// warn is note for what needs attention.
func (a *app) warn(format string, args ...any) {
	if !a.settings.Quiet {
		fmt.Fprintln(a.err, a.errPalette().Warn("warning:"), render.CleanLine(fmt.Sprintf(format, args...)))
	}
}

// detail writes a line to standard error when the user asked for them.
func (a *app) detail(format string, args ...any) {
	if a.settings.Verbose {
		fmt.Fprintln(a.err, a.errPalette().Dim(render.CleanLine(fmt.Sprintf(format, args...))))
	}
}

// tell prints an error now, each of several on its own, and records its exit
// code. Nil and errors that were told already print nothing.
func (a *app) tell(err error) {
	for _, err := range unjoin(err) {
		what := classify(err)
		a.code = worse(a.code, what.code)
		if !what.silent {
			fmt.Fprintln(a.err, a.describe(what))
		}
	}
}

// outcome ends a command: nil when all went well, else an error that prints
// nothing and carries the first in precedence of the exit codes told so far. no
// says that the answer is no.
func (a *app) outcome(no bool) error {
	if no {
		a.code = worse(a.code, exitNo)
	}
	if a.code == exitOK {
		return nil
	}
	return &exitError{code: a.code, silent: true}
}

// sources returns what a data command reads: args, or standard input when there
// are none and it is no terminal. example shows how the command is used.
func (a *app) sources(args []string, example string) ([]string, error) {
	switch {
	case slices.Contains(args, ""):
		return nil, emptySource("konhook " + example)
	case len(args) > 0:
		return args, nil
	case a.inTTY:
		return nil, usageError("konhook "+example, "nothing to read: name a file, a folder, a glob or -")
	default:
		return []string{event.Stdin}, nil
	}
}

// emptySource refuses a source without a name, which a variable of a shell may have
// come to.
func emptySource(hint string) error {
	return usageError(hint, "an empty name is no source: name a file, a folder, a glob or -")
}

// readOptions are how commands read their sources.
func (a *app) readOptions() event.ReadOptions {
	return event.ReadOptions{
		Stdin: a.in,
		Note:  func(at event.Place, text string) { a.note("note: %s: %s", at, text) },
	}
}

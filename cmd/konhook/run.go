package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// run is the whole program but for its process: it carries out args and returns
// the exit code.
func run(ctx context.Context, args []string, std *streams) (code int) {
	a := newApp(std)
	defer func() {
		if v := recover(); v != nil {
			code = a.panicked(v)
		}
	}()
	ctx, stop := withSignals(ctx, a.leave)
	defer stop()
	a.running = ctx
	root := newRootCommand(a)
	root.SetArgs(args)
	root.SetIn(std.in)
	root.SetOut(std.out)
	root.SetErr(std.err)
	cmd, err := root.ExecuteContextC(ctx)
	if err != nil && a.settings.origins == nil {
		a.format = formatAsked(cmd, args)
		a.peekColour(cmd.Flags())
	}
	return a.finish(ctx, err)
}

// finish prints what is left to say of err and returns the exit code.
func (a *app) finish(ctx context.Context, err error) int {
	var stopped *signalError
	switch {
	case errors.Is(err, errStdoutClosed):
		return a.code
	case err != nil && errors.As(context.Cause(ctx), &stopped) && isCancel(err):
		a.tell(stopped)
		return stopped.code()
	case err != nil:
		a.tell(err)
	}
	return a.code
}

func isCancel(err error) bool {
	var stopped *signalError
	return errors.Is(err, context.Canceled) || errors.As(err, &stopped)
}

// signalError is why a context ended that withSignals made.
type signalError struct{ signal syscall.Signal }

func (e *signalError) Error() string {
	if e.signal == syscall.SIGINT {
		return "interrupted"
	}
	return "terminated"
}

func (e *signalError) code() int {
	if e.signal == syscall.SIGINT {
		return exitInterrupted
	}
	return exitTerminated
}

// withSignals returns a context that ends at the first signal that asks the
// program to; the second calls leave and ends the program at once. Signals that were ignored
// when the program began stay ignored. A closed pipe never kills: the write
// fails instead.
func withSignals(parent context.Context, leave func()) (context.Context, func()) {
	// Were it ignored, so would it be in the programs that are started.
	signal.Notify(make(chan os.Signal, 1), syscall.SIGPIPE)
	ctx, cancel := context.WithCancelCause(parent)
	signals := make(chan os.Signal, 2)
	for _, s := range []os.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		if !signal.Ignored(s) {
			signal.Notify(signals, s)
		}
	}
	go func() {
		select {
		case s := <-signals:
			cancel(asSignalError(s))
		case <-ctx.Done():
			return
		}
		if s, again := <-signals; again {
			leave()
			os.Exit(asSignalError(s).code())
		}
	}()
	return ctx, func() {
		signal.Stop(signals)
		close(signals)
		cancel(nil)
	}
}

// leave is called when the program ends at once.
func (a *app) leave() {
	if last := a.atLeave.Load(); last != nil {
		(*last)()
	}
}

func asSignalError(s os.Signal) *signalError {
	if s == syscall.SIGINT {
		return &signalError{syscall.SIGINT}
	}
	return &signalError{syscall.SIGTERM}
}

// panicked tells of a bug and returns its exit code.
func (a *app) panicked(v any) int {
	a.tell(&exitError{
		code: exitBug, id: "bug",
		err:  fmt.Errorf("a bug in konhook: %.200s", fmt.Sprint(v)),
		hint: "konhook version, and report it with what you did",
	})
	if a.settings.Verbose {
		fmt.Fprintln(a.err, a.withoutKey(string(debug.Stack())))
	}
	return exitBug
}

// peekColour takes the colour from a command line whose settings were not
// decoded: that asks for help, or is wrong.
func (a *app) peekColour(fs *pflag.FlagSet) {
	if when := choice(fs, "color"); checkColour(when) == nil {
		a.settings.Color = when
	}
}

// formatAsked finds the output format in a command line that could not be
// parsed to its end, so that its error takes the shape that was asked for.
func formatAsked(cmd *cobra.Command, args []string) string {
	if f := cmd.Flags().Lookup("format"); f != nil && f.Changed {
		return f.Value.String()
	}
	for i, arg := range args {
		switch {
		case arg == "--":
			return ""
		case (arg == "-f" || arg == "--format") && i+1 < len(args):
			return args[i+1]
		case len(arg) > 2 && arg[:2] == "-f":
			return strings.TrimPrefix(arg[2:], "=")
		case len(arg) > 9 && arg[:9] == "--format=":
			return arg[9:]
		}
	}
	return ""
}

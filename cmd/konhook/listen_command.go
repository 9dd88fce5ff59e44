package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/konhook/konhook/pkg/listen"
)

// command is a program that runs while the listener listens.
type command struct {
	a     *app
	cmd   *exec.Cmd
	group bool       // it leads a process group of its own
	ended chan error // what Wait returned
	code  int        // how it ended
}

// commandArgs takes the command behind -- and refuses all other arguments.
func commandArgs(cmd *cobra.Command, args []string) error {
	dash := cmd.ArgsLenAtDash()
	switch {
	case dash == 0 && len(args) == 0:
		return usageError("konhook listen -- npm test", "which command? there is none behind --")
	case dash < 0 && len(args) > 0:
		return hinted(noArguments(cmd, args), "konhook listen -- "+shellWord(args[0])+" ..., when that is to be run")
	case dash == 0:
		return nil
	default:
		return noArguments(cmd, args)
	}
}

// newCommand finds the program, and returns nil when there are no args. On a
// terminal the command stays in the foreground with konhook, so that it can read
// from there and Ctrl-C reaches both; elsewhere it gets a process group, so that
// it can be ended with everything that it has started.
func newCommand(a *app, format string, args []string) (*command, error) {
	if len(args) == 0 {
		return nil, nil
	}
	path, err := exec.LookPath(args[0])
	if err != nil {
		return nil, cannotStart(args[0], err)
	}
	c := &command{a: a, cmd: exec.Command(path, args[1:]...), ended: make(chan error, 1)} //nolint:noctx // it is ended by signals
	c.cmd.Args[0] = args[0]
	c.cmd.Stdin, c.cmd.Stdout, c.cmd.Stderr = a.in, itself(a.out), a.err
	if format == "ndjson" {
		c.cmd.Stdout = a.err
	}
	c.cmd.WaitDelay = listen.Grace
	c.group = !a.inTTY && !a.outTTY && !a.errTTY
	c.cmd.SysProcAttr = commandAttributes(c.group)
	return c, nil
}

// cannotStart says why a command cannot be started, which makes the use wrong.
func cannotStart(name string, err error) error {
	var failed *exec.Error
	var path *os.PathError
	if errors.As(err, &failed) {
		err = failed.Err
	}
	if errors.As(err, &path) { // which may be within
		err = path.Err
	}
	return usageError("konhook listen -- PROGRAM ARG..., or -- sh -c 'COMMANDS'", "cannot start %s: %s", name, err)
}

// itself returns the file behind standard output, which the command then writes
// to with nobody in between.
func itself(w io.Writer) io.Writer {
	if p, ok := w.(*pipeWriter); ok {
		return p.w
	}
	return w
}

// run starts the command and waits for its end, which comes soon once ctx is
// done: the command gets the signal that konhook got, then time, then killed.
func (c *command) run(ctx context.Context, env ...string) error {
	// The command is told when this thread ends, see commandAttributes. That of
	// a goroutine which keeps its thread ends with the goroutine.
	runtime.LockOSThread()
	c.cmd.Env = append(os.Environ(), env...)
	if err := c.cmd.Start(); err != nil {
		return cannotStart(c.cmd.Args[0], err)
	}
	kill := func() { c.send(syscall.SIGKILL) }
	c.a.atLeave.Store(&kill)
	defer c.a.atLeave.Store(nil)
	go func() { c.ended <- c.cmd.Wait() }()
	var err error
	select {
	case err = <-c.ended:
	case <-ctx.Done():
		err = c.end(context.Cause(ctx))
	}
	c.code = codeOf(c.cmd.ProcessState)
	if c.cmd.ProcessState == nil {
		return codeError(exitMachine, "command", fmt.Errorf("%s: %w", c.cmd.Args[0], err))
	}
	return nil
}

// end passes a signal on, and kills what is left after the time that is given.
// It returns what Wait did.
func (c *command) end(why error) (err error) {
	var stopped *signalError
	switch {
	case !errors.As(why, &stopped):
		c.send(syscall.SIGTERM)
	case c.group || stopped.signal != syscall.SIGINT:
		c.send(stopped.signal)
	default: // Ctrl-C: the terminal has told the command too
	}
	over := time.After(listen.Grace)
	look := time.NewTicker(10 * time.Millisecond)
	defer look.Stop()
	for running := true; running || c.leftover(); {
		select {
		case err = <-c.ended:
			running = false
		case <-look.C:
		case <-over:
			c.send(syscall.SIGKILL)
			if running {
				err = <-c.ended
			}
			return err
		}
	}
	return err
}

// told says how the command ended, when that is not well.
func (c *command) told() error {
	if c.code == exitOK {
		return nil
	}
	how := fmt.Sprintf("ended with exit code %d", c.code)
	if s := signalOf(c.cmd.ProcessState); s != nil {
		how = fmt.Sprintf("ended by a signal: %s", s)
	}
	return codeError(c.code, "command", fmt.Errorf("%s %s", c.cmd.Args[0], how))
}

// codeOf returns the exit code of a process as shells tell it.
func codeOf(p *os.ProcessState) int {
	if p == nil {
		return exitMachine
	}
	if s, ok := signalOf(p).(syscall.Signal); ok {
		return 128 + int(s)
	}
	return p.ExitCode()
}

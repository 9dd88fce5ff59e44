package main

import (
	"errors"
	"io"
	"os"
	"sync"
	"syscall"

	"golang.org/x/term"
)

// streams are what a command reads and writes, and what is known of them.
type streams struct {
	in                    io.Reader
	out, err              io.Writer
	inTTY, outTTY, errTTY bool
	// width is how many columns the terminal has, 80 when that is not known.
	width int
	// size asks the terminal for its size as it is now; nil: width is all that is
	// known.
	size func() (cells, rows int, err error)
	// outClosed returns when whoever read standard output has gone, and false when
	// only the next write will tell. nil: that is so anyway.
	outClosed func() bool
}

// screen returns the size of the terminal, rows 0 when they are not known.
func (s *streams) screen() (cells, rows int) {
	if s.size != nil {
		if cells, rows, err := s.size(); err == nil && cells > 0 {
			return cells, rows
		}
	}
	return s.width, 0
}

// stdio returns the streams of the process.
func stdio() *streams {
	s := &streams{
		in: os.Stdin, out: &pipeWriter{w: os.Stdout}, err: os.Stderr,
		inTTY: isTerminal(os.Stdin), outTTY: isTerminal(os.Stdout), errTTY: isTerminal(os.Stderr),
		width: 80, outClosed: func() bool { return outliveReader(os.Stdout) },
	}
	for _, f := range []*os.File{os.Stdout, os.Stderr} {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			s.width = w
			s.size = func() (int, int, error) { return term.GetSize(int(f.Fd())) }
			break
		}
	}
	return s
}

// takeTurns makes what is written to either stream come out whole where one
// terminal shows both, though several goroutines write.
func (s *streams) takeTurns() {
	if s.outTTY && s.errTTY {
		var mu sync.Mutex
		s.out, s.err = &turnWriter{&mu, s.out}, &turnWriter{&mu, s.err}
	}
}

type turnWriter struct {
	mu *sync.Mutex
	w  io.Writer
}

func (t *turnWriter) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.w.Write(b)
}

func isTerminal(f *os.File) bool { return term.IsTerminal(int(f.Fd())) }

// errStdoutClosed says that whoever read standard output has gone. It ends a
// command quietly.
var errStdoutClosed = errors.New("standard output is closed")

// pipeWriter turns the errors of a closed pipe into errStdoutClosed and others
// into the error of a machine that failed.
type pipeWriter struct{ w io.Writer }

func (p *pipeWriter) Write(b []byte) (int, error) {
	n, err := p.w.Write(b)
	switch {
	case err == nil:
		return n, nil
	case errors.Is(err, syscall.EPIPE), errors.Is(err, os.ErrClosed):
		return n, errStdoutClosed
	default:
		return n, &exitError{code: exitMachine, id: "stdout", err: err}
	}
}

// colour decides whether a stream gets colour: the flag, then NO_COLOR, then
// CLICOLOR_FORCE, then TERM=dumb, then whether it is a terminal.
func (s *streams) colour(when string, tty bool) bool {
	switch when {
	case "always":
		return true
	case "never":
		return false
	}
	if os.Getenv("NO_COLOR") != "" {
		return false
	}
	if v := os.Getenv("CLICOLOR_FORCE"); v != "" && v != "0" {
		return true
	}
	if os.Getenv("TERM") == "dumb" {
		return false
	}
	return tty
}

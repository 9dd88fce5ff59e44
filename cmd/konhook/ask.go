package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"
)

// ask puts a question to a person, on standard error, and returns the line that
// is typed. A secret is not shown. The error is the cause of ctx, after which the
// terminal shows again what is typed.
func (a *app) ask(ctx context.Context, question string, secret bool) (string, error) {
	type answer struct {
		text string
		err  error
	}
	in, ok := a.in.(*os.File)
	if !ok {
		return "", errors.New("standard input is no terminal")
	}
	before, err := term.GetState(int(in.Fd()))
	if err != nil {
		return "", err
	}
	fmt.Fprint(a.err, question)
	answers := make(chan answer, 1) // whoever is interrupted does not wait for one
	go func() {
		if secret {
			text, err := term.ReadPassword(int(in.Fd()))
			answers <- answer{string(text), err}
			return
		}
		text, err := readLine(in)
		answers <- answer{text, err}
	}()
	select {
	case got := <-answers:
		if secret || got.err != nil {
			fmt.Fprintln(a.err)
		}
		if errors.Is(got.err, io.EOF) {
			return "", usageError("konhook login --with-key < FILE", "nothing was typed")
		}
		return strings.TrimSpace(got.text), got.err
	case <-ctx.Done():
		fmt.Fprintln(a.err)
		return "", errors.Join(context.Cause(ctx), term.Restore(int(in.Fd()), before))
	}
}

// readLine reads one line and not a byte more: the next question reads on.
func readLine(r io.Reader) (string, error) {
	var line []byte
	for one := make([]byte, 1); ; {
		n, err := r.Read(one)
		switch {
		case n == 1 && one[0] == '\n':
			return string(line), nil
		case n == 1:
			line = append(line, one[0])
		case err != nil && len(line) > 0 && errors.Is(err, io.EOF):
			return string(line), nil
		case err != nil:
			return "", err
		}
	}
}

package main

import (
	"context"
	"fmt"
	"io"
	"io/fs"
	"os"
	"runtime"

	"github.com/konhook/konhook/pkg/event"
)

// maxSmall is how large a file of settings, keys or certificates may be.
const maxSmall = 1 << 20

// readSmall reads such a file, of no more than most bytes. What never ends is no
// such file, and a pipe that nobody writes to is waited for until ctx ends.
func readSmall(ctx context.Context, name string, most int64) ([]byte, error) {
	var text []byte
	err := attempt(ctx, name, func() error {
		file, err := os.Open(name)
		if err != nil {
			return err
		}
		defer file.Close()
		text, err = io.ReadAll(io.LimitReader(file, most+1))
		if err == nil && int64(len(text)) > most {
			err = &fs.PathError{Op: "read", Path: name, Err: fmt.Errorf("is larger than %d KiB", most>>10)}
		}
		return err
	})
	if err != nil {
		return nil, err // and text is left alone: it may still be read into
	}
	return text, nil
}

// readStdin reads what is given on standard input instead of such a file, of no
// more than most bytes, and waits for it in the same way.
func (a *app) readStdin(most int64) ([]byte, error) {
	var text []byte
	err := attempt(a.running, "", func() (err error) {
		text, err = io.ReadAll(io.LimitReader(a.in, most+1))
		return err
	})
	if err != nil {
		return nil, err
	}
	if int64(len(text)) > most {
		return nil, codeError(exitUsage, "usage", fmt.Errorf("%s: is larger than %d KiB", event.Place{File: event.Stdin}.Name(), most>>10))
	}
	return text, nil
}

// checkKeeper refuses a file that holds a key and that others may write. Pipes and
// the like are those of a shell.
func checkKeeper(name string) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if runtime.GOOS == "windows" || !info.Mode().IsRegular() || info.Mode().Perm()&0o022 == 0 {
		return nil
	}
	return hinted(codeError(exitUsage, "config", fmt.Errorf("%s: holds an API key, and others may write it", name)),
		"chmod 600 "+shellWord(name))
}

// attempt returns what read returns, which reads a file. Of what is no regular
// file a read may wait for somebody who writes: that is left behind when ctx ends,
// with what it was to read, and the cause is returned. An empty name stands for
// standard input.
func attempt(ctx context.Context, name string, read func() error) error {
	if info, err := os.Stat(name); err == nil && info.Mode().IsRegular() {
		return read()
	}
	done := make(chan error, 1)
	go func() { done <- read() }()
	select {
	case err := <-done:
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

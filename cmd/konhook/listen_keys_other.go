//go:build !(linux || darwin || freebsd || netbsd || openbsd || dragonfly)

package main

import (
	"context"
	"io"
)

// keyboard reads single keys where terminals are those of Unix, so here it does
// not.
type keyboard struct{}

func openKeyboard(io.Reader) *keyboard { return nil }

func (*keyboard) run(context.Context, func([]byte)) {}

func (*keyboard) restore() {}

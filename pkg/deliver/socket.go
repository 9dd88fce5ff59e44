package deliver

import (
	"errors"

	"github.com/konhook/konhook/pkg/internal/peek"
)

// state is what a connection is like that is not in use.
type state = peek.State

const (
	quiet  = peek.Quiet // as it should be
	spoken = peek.Spoken
	closed = peek.Closed
)

// errSpoken says that a connection that was kept is of no use any more.
var errSpoken = errors.New("the connection was closed, or the receiver said something unasked")

package deliver

import "errors"

// state is what a connection is like that is not in use.
type state int

const (
	quiet  state = iota // as it should be
	spoken              // something has come, or may have
	closed              // by the other end
)

// errSpoken says that a connection that was kept is of no use any more.
var errSpoken = errors.New("the connection was closed, or the receiver said something unasked")

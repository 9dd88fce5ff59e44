// Package peek tells what has come on a connection and leaves it there.
package peek

// State is what a connection is like that nobody reads from at the moment.
type State int

// The states of a connection.
const (
	Quiet  State = iota // nothing has come
	Spoken              // something has come, or may have
	Closed              // by the other end, and nothing has come that is not read
)

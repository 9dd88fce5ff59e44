package deliver

// state is what a connection is like that is not in use.
type state int

const (
	quiet  state = iota // as it should be
	spoken              // something has come, or may have
	closed              // by the other end
)

// Package watch turns the last events that the API of Konstantly serves into a
// stream: it asks for them again and again and hands on each one that was not
// there before, once.
//
// A [Watcher] sweeps the types in turn, all of them once in an interval. Types
// that moved lately are asked for more often and the others less, so that the
// number of requests stays what it is, and an interval that the rate limit
// forbids is stretched. What exists at the start is remembered and not handed on.
// Events are told apart by the SHA-256 of their bytes.
//
// With a [State] all that is remembered is in a file, too, with the events that
// were found and not delivered yet: the next run goes on where this one ended,
// and after a kill at most the last event is handed on twice.
//
// # What it cannot see
//
// The API keeps the last event of each type only. Of two events of a type that
// happen between two questions the later one is seen.
//
// Events come in the order in which they happened. To that end, what is found of
// a type that moved lately is held until the others were asked for as well. The
// order is only broken by what happens while a sweep is under way, and by a type
// whose questions fail for a while.
//
// # Trouble
//
// A first sweep that gets no answer at all ends the watch. Later the watch goes
// on: it tells of trouble when it begins, when it changes and when it is over,
// and asks less often while it lasts.
package watch

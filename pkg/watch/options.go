package watch

import (
	"context"
	"fmt"
	"time"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/event"
)

const (
	// DefaultInterval is the time in which every type is asked for once.
	DefaultInterval = 15 * time.Second
	// MinInterval is the shortest interval there is.
	MinInterval = 100 * time.Millisecond
	// Grace is how long deliveries may take when the watch is to end.
	Grace = 2 * time.Second
	// askGrace is how long the API may take to answer when the watch is to end.
	askGrace = time.Second
	// MaxWaiting is how many events may wait for Options.Deliver. The API is not
	// asked while there are more.
	MaxWaiting = 1000
	// MaxWaitingBytes is the same in bytes of their bodies.
	MaxWaitingBytes = 32 << 20
)

// API is where events come from. An [*api.Client] is one.
type API interface {
	// Last returns the last event of a type. It is called concurrently. Its errors
	// are those of [api.Client.Last].
	Last(ctx context.Context, t event.Type) (*api.Answer, error)
	// Limit is how many requests a minute are answered, 0 when that is not known
	// or not limited.
	Limit() int
}

// Options are what a [Watcher] does. API and Types must be set.
type Options struct {
	API API
	// Types are what is asked for.
	Types []event.Type
	// Interval is the time in which every type is asked for once. 0 stands for
	// DefaultInterval.
	Interval time.Duration
	// IncludeLast hands on what exists at the start, too.
	IncludeLast bool
	// State remembers across runs. nil: nothing does.
	State *State

	// Limit is how many events are handed on; 0: any number. What it leaves out
	// is not remembered, so that a later run finds it.
	Limit int
	// Counts says which events count towards Limit; nil: all. It is called from
	// the goroutine of Run.
	Counts func(*Found) bool
	// Deliver hands an event on, in order and one at a time, and returns
	// when that is done; meanwhile the API is asked further. An error ends the
	// watch, and the event stays among those that wait. When the watch is to end,
	// ctx does so after Grace. nil: nothing is left to do.
	Deliver func(ctx context.Context, f *Found) error
	// Notice is told of what changes. It is called from the goroutine of Run. nil:
	// nobody is told.
	Notice func(Notice)
}

// Found is an event that was not there before.
type Found struct {
	// Kind is the type that was asked for, which may not be the one that the event
	// names.
	Kind event.Type
	// Delivery is the capture of the event. It must not be changed.
	Delivery *event.Delivery
	// Event is the same event.
	Event *event.Event

	counts bool
}

// Notice is news of a watch.
type Notice struct {
	Kind NoticeKind
	// Err is the error of a request, one of those of package api.
	Err error
	// Failed is how many of the types were not answered: all when nothing was.
	Failed int
	// Interval is that in which every type is asked for once from now on.
	Interval time.Duration
	// Lasted is how long there was trouble.
	Lasted time.Duration
}

// NoticeKind is what a [Notice] tells.
type NoticeKind string

// The kinds of notices.
const (
	// Ready: the first sweep is over, with Interval.
	Ready NoticeKind = "ready"
	// Trouble: a sweep failed, wholly or in part, and not for the same kind of
	// reason as the one before it, with Err and Failed.
	Trouble NoticeKind = "trouble"
	// Recovered: all types are answered again, with Lasted.
	Recovered NoticeKind = "recovered"
	// Stretched: the rate limit does not allow the interval that was asked for,
	// with the Interval that it does.
	Stretched NoticeKind = "stretched"
	// Full: so many events wait for Deliver that the API is not asked.
	Full NoticeKind = "full"
	// Asking: the API is asked again after Full.
	Asking NoticeKind = "asking"
)

// OptionError says what is wrong with an option.
type OptionError struct {
	Option string // the name of the field
	Reason string // lower case, without a full stop
}

func (e *OptionError) Error() string { return e.Option + ": " + e.Reason }

func (o Options) checked() (Options, error) {
	if o.Interval == 0 {
		o.Interval = DefaultInterval
	}
	if o.Counts == nil {
		o.Counts = func(*Found) bool { return true }
	}
	if o.Deliver == nil {
		o.Deliver = func(context.Context, *Found) error { return nil }
	}
	if o.Notice == nil {
		o.Notice = func(Notice) {}
	}
	switch {
	case o.API == nil:
		return o, &OptionError{"API", "is missing"}
	case len(o.Types) == 0:
		return o, &OptionError{"Types", "names no event"}
	case o.Interval < MinInterval:
		return o, &OptionError{"Interval", fmt.Sprintf("must be %s or more", MinInterval)}
	case o.Limit < 0:
		return o, &OptionError{"Limit", "must not be negative"}
	}
	return o, nil
}

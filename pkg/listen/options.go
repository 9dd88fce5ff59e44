package listen

import (
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// What the zero values of [Options] stand for, and limits that are no options.
const (
	// DefaultMaxBody is how many bytes a body may have.
	DefaultMaxBody = 1 << 20
	// DefaultTimeout is for one forwarded delivery and its answer.
	DefaultTimeout = 30 * time.Second
	// MaxHeader is how many bytes the head of a request may have.
	MaxHeader = 64 << 10
	// Grace is how long what is under way may take when the receiver stops.
	Grace = 2 * time.Second

	readHeaderTimeout = 10 * time.Second
	readTimeout       = 30 * time.Second
	writeTimeout      = 10 * time.Second
	idleTimeout       = 2 * time.Minute
)

// Options are what a receiver does. The zero value answers 200 to every POST and
// keeps nothing.
type Options struct {
	// Path is the only path that takes deliveries; empty: any.
	Path string
	// Respond are the answers, taken in turn and then from the start again; none:
	// 200. It must be empty with Forward.
	Respond []Answer
	// Body is the text of the answers in Respond.
	Body string
	// Delay and MaxDelay are how long an answer is held back: a time in between,
	// chosen at random for each. A MaxDelay below Delay counts as Delay. The wait
	// ends early when the receiver stops.
	Delay, MaxDelay time.Duration
	// MaxBody is how many bytes a body may have, as sent and once unpacked. 0
	// stands for DefaultMaxBody.
	MaxBody int64

	// Check judges an event, the body of which is unpacked. nil: nobody does. It
	// is called concurrently.
	Check func(*event.Event) Verdict
	// RejectInvalid answers 422 to what Check finds invalid. It is stored all the
	// same, and not forwarded.
	RejectInvalid bool

	// Save stores a delivery. It is called for one delivery at a time, which it
	// gives its place; what it returns is called concurrently, returns when the
	// delivery is safe, and decides on the answer. nil: nothing is stored.
	Save func(*event.Delivery) (wait func() error)
	// Forward is the URL that every delivery is passed on to, with its headers.
	// The answer that comes from there is the answer. Empty: none is forwarded.
	Forward string
	// Timeout is for one forwarded delivery and its answer. 0 stands for
	// DefaultTimeout.
	Timeout time.Duration

	// AllowHosts are names that requests may be sent to, beside those of this
	// machine. Ports do not matter.
	AllowHosts []string
	// AllowOrigins are websites whose pages may send, such as
	// https://example.org.
	AllowOrigins []string

	// Limit is how many deliveries are taken; 0: any number. Further ones are
	// answered 503.
	Limit int
	// Counts says which deliveries count towards Limit; nil: all. It is called
	// concurrently.
	Counts func(*event.Event) bool

	// On is told of everything that came, one call at a time, deliveries in the
	// order of Save. It does not hold up the answers, unless it falls far behind.
	On func(Observed)
	// Now is the clock. nil: time.Now.
	Now func() time.Time
}

// Verdict is what a check says of an event.
type Verdict interface {
	// Valid reports whether the event is as it should be.
	Valid() bool
}

// Answer is the HTTP status of an answer, or [Drop].
type Answer int

// Drop closes the connection without an answer.
const Drop Answer = 0

// ParseAnswers reads a list such as "500,500,200" or "200,drop". Statuses are
// 200 to 599.
func ParseAnswers(list string) ([]Answer, error) {
	var answers []Answer
	for word := range strings.SplitSeq(list, ",") {
		word = strings.TrimSpace(word)
		status, err := strconv.Atoi(word)
		switch {
		case strings.EqualFold(word, "drop"):
			answers = append(answers, Drop)
		case err != nil || !isStatus(status):
			return nil, fmt.Errorf("%q is neither a status from 200 to 599 nor drop", word)
		default:
			answers = append(answers, Answer(status))
		}
	}
	return answers, nil
}

func isStatus(n int) bool { return n >= 200 && n <= 599 }

// OptionError says what is wrong with an option.
type OptionError struct {
	Option string // the name of the field
	Reason string // lower case, without a full stop
}

func (e *OptionError) Error() string { return e.Option + ": " + e.Reason }

// checked returns the options with their defaults. The error is an
// [*OptionError].
func (o Options) checked() (Options, error) {
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.MaxDelay = max(o.Delay, o.MaxDelay)
	switch {
	case o.MaxBody < 0:
		return o, &OptionError{"MaxBody", "less than nothing"}
	case o.Delay < 0:
		return o, &OptionError{"Delay", "less than nothing"}
	case o.Path != "" && !strings.HasPrefix(o.Path, "/"):
		return o, &OptionError{"Path", fmt.Sprintf("%q does not begin with /", o.Path)}
	case o.Forward != "" && len(o.Respond) > 0:
		return o, &OptionError{"Respond", "the answer is that of the receiver which deliveries are forwarded to"}
	}
	for _, a := range o.Respond {
		if a != Drop && !isStatus(int(a)) {
			return o, &OptionError{"Respond", fmt.Sprintf("%d is no status from 200 to 599", int(a))}
		}
	}
	if o.Forward != "" {
		if u, err := url.Parse(o.Forward); err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return o, &OptionError{"Forward", fmt.Sprintf("%q is no http or https URL", o.Forward)}
		}
	}
	for _, origin := range o.AllowOrigins {
		if u, err := url.Parse(origin); err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return o, &OptionError{"AllowOrigins", fmt.Sprintf("%q is no website: write https://example.org", origin)}
		}
	}
	return o, nil
}

// Observed is what came and what became of it.
type Observed struct {
	// Delivery has the secret headers redacted. It has a body when one was read,
	// and a response when it was to be stored.
	Delivery *event.Delivery
	// Event is the delivery with its body unpacked; nil for what is no delivery.
	Event *event.Event
	// Verdict is that of Options.Check, nil when it was not asked.
	Verdict Verdict
	// Status is what was answered, 0 when the connection was dropped.
	Status int
	// Counted says whether it counts towards Options.Limit. What was refused or
	// not stored never does.
	Counted bool
	// Refused says why it is no delivery, which then was neither stored nor
	// forwarded; empty for a delivery.
	Refused string
	// Forwarded is how long the other receiver took, 0 when it was not asked.
	Forwarded time.Duration
	// Err is what went wrong with a delivery: it could not be stored, forwarded
	// or unpacked.
	Err error
}

// Stored reports whether it is a delivery that is now wherever Options.Save puts
// them.
func (o *Observed) Stored() bool {
	_, failed := errors.AsType[*SaveError](o.Err)
	_, broken := errors.AsType[*PanicError](o.Err)
	return o.Refused == "" && !failed && !broken
}

// SaveError says that a delivery could not be stored. It was answered 503.
type SaveError struct{ Err error }

func (e *SaveError) Error() string { return "not stored: " + e.Err.Error() }

// Unwrap returns Err.
func (e *SaveError) Unwrap() error { return e.Err }

// ForwardError says that a delivery could not be forwarded. It was answered with
// Status.
type ForwardError struct {
	Status int // 502 or 504
	Err    error
}

func (e *ForwardError) Error() string { return "not forwarded: " + e.Err.Error() }

// Unwrap returns Err.
func (e *ForwardError) Unwrap() error { return e.Err }

// PanicError says that a function of [Options], or the receiver, has panicked. It
// was answered 500; whether the delivery is stored is not known.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

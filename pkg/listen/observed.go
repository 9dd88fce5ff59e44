package listen

import (
	"errors"
	"fmt"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// Observed is what came and what became of it.
type Observed struct {
	// Delivery has the secret headers redacted. It has a body when one was read,
	// and a response when it was to be stored. Of what is no HTTP request it has
	// no Method.
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
	// Signed says that Options.Verify found it signed as it should be.
	Signed bool
	// Target is the URL that it was forwarded to, empty when it was not. The
	// status is that of the receiver there, unless Err is a [*ForwardError].
	Target string
	// Forwarded is how long the other receiver took, 0 when it was not asked.
	Forwarded time.Duration
	// Err is what went wrong with a delivery: it could not be stored, forwarded
	// or unpacked, or is not signed as it should be.
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
	// Status is 502, 504 when no answer came in time, and 503 when too many
	// deliveries wait for one already.
	Status int
	Err    error
}

func (e *ForwardError) Error() string { return "not forwarded: " + e.Err.Error() }

// Unwrap returns Err.
func (e *ForwardError) Unwrap() error { return e.Err }

// SignatureError says that a delivery is not signed as it should be. It was
// answered 401.
type SignatureError struct{ Err error }

func (e *SignatureError) Error() string { return e.Err.Error() }

// Unwrap returns the error of Options.Verify.
func (e *SignatureError) Unwrap() error { return e.Err }

// PanicError says that a function of [Options], or the receiver, has panicked. It
// was answered 500; whether the delivery is stored is not known.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("panic: %v", e.Value) }

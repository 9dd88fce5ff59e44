package probe

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/konhook/konhook/pkg/signature"
)

// What the zero values of [Options] stand for.
const (
	DefaultMaxLatency = 2 * time.Second
	DefaultTimeout    = 30 * time.Second
	DefaultUserAgent  = "konhook"
)

// Options are how to probe. The zero value lacks the URL only.
type Options struct {
	// URL is that of the receiver, http or https.
	URL string
	// Cases are the names of those to try, in any order. None: all.
	Cases []string
	// MaxLatency is how long an answer to a sound event may take. 0:
	// DefaultMaxLatency.
	MaxLatency time.Duration
	// Timeout is how long is waited for an answer, MaxLatency at least. 0:
	// DefaultTimeout. Once a receiver let it pass, only MaxLatency is waited, or
	// twice what its first answer took.
	Timeout time.Duration
	// Sign is how to sign what is sent, nil: it is not signed, and the cases that
	// are about signatures are skipped.
	Sign *signature.Options
	// TLS is for https; nil: the usual way.
	TLS *tls.Config
	// UserAgent is sent with every request. Empty: DefaultUserAgent.
	UserAgent string
	// Now is the clock for what is sent and measured. nil: time.Now.
	Now func() time.Time

	// connect makes the connections, in tests in memory. nil: they lead to the URL.
	connect func(context.Context) (net.Conn, error)
}

func (o Options) withDefaults() Options {
	if o.MaxLatency == 0 {
		o.MaxLatency = DefaultMaxLatency
	}
	if o.Timeout == 0 {
		o.Timeout = DefaultTimeout
	}
	o.Timeout = max(o.Timeout, o.MaxLatency)
	if o.UserAgent == "" {
		o.UserAgent = DefaultUserAgent
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return o
}

// UnknownCaseError says that no case has a name.
type UnknownCaseError struct{ Name string }

func (e *UnknownCaseError) Error() string { return fmt.Sprintf("there is no case %q", e.Name) }

// selected returns the cases to try.
func (o Options) selected() ([]Case, error) {
	for _, name := range o.Cases {
		if _, ok := Lookup(name); !ok {
			return nil, &UnknownCaseError{name}
		}
	}
	return slices.DeleteFunc(Cases(), func(c Case) bool {
		return len(o.Cases) > 0 && !slices.Contains(o.Cases, c.Name)
	}), nil
}

// Run tries a receiver with the cases, one after the other, and tells each of
// what a case came to. It sends a sound event or a few before, to see whether the
// receiver takes any.
//
// Nobody who takes a connection at the start is a [*deliver.UnreachableError]; of
// wrong options the errors are an [*UnknownCaseError] and those of
// [signature.NewSigner]. When ctx ends, what is left is told as skipped and the
// error is the cause of ctx; when each returns an error, that ends the run and is
// returned.
func Run(ctx context.Context, o Options, each func(Result) error) (Summary, error) {
	var sum Summary
	cases, err := o.selected()
	if err != nil {
		return sum, err
	}
	s, err := newSession(o)
	if err != nil {
		return sum, err
	}
	if err := s.meet(ctx); err != nil {
		return sum, err
	}
	for _, c := range cases {
		r := s.result(ctx, c)
		sum.Add(r)
		if err := each(r); err != nil {
			return sum, err
		}
	}
	if ctx.Err() != nil {
		return sum, context.Cause(ctx)
	}
	return sum, nil
}

// result tries a case, or says why it is not tried.
func (s *session) result(ctx context.Context, c Case) Result {
	r := Result{Case: c, Expected: c.ExpectsWithin(s.o.MaxLatency), Outcome: Skip}
	if r.Got = s.reasonToSkip(ctx, c); r.Got != "" {
		return r
	}
	if c.last && s.gone {
		s.gone = !s.isAlive(ctx, s.limit())
	}
	s.silent = false
	v := c.try(ctx, s, &c)
	if ctx.Err() != nil {
		r.Got = Interrupted
		return r
	}
	r.Got = shown(v.got, maxGot)
	switch {
	case v.ok:
		r.Outcome = Pass
	case c.Level == Should:
		r.Outcome = Warn
	default:
		r.Outcome = Fail
	}
	if !v.ok {
		r.Hint = c.Mend
		if v.hint != "" {
			r.Hint = shown(v.hint, maxHint)
		}
	}
	if s.silent && !c.last {
		s.lookAfter(ctx, &r)
	}
	return r
}

// What is got of cases that were not tried, where a caller may want to know.
const (
	NotSigned   = "nothing is signed" // of cases about signatures
	Interrupted = "interrupted"       // the context has ended
)

// reasonToSkip says why a case is not tried, or nothing.
func (s *session) reasonToSkip(ctx context.Context, c Case) string {
	switch {
	case ctx.Err() != nil:
		return Interrupted
	case c.Signed && s.signer == nil:
		return NotSigned
	case c.noTime && s.o.Sign.Scheme == signature.HMACSHA256:
		return "hmac-sha256 signs no time"
	case s.gone && !c.last:
		return "the receiver is gone"
	case c.refusal && !s.accepts, c.choice && !s.accepts && s.first.status/100 == 4:
		return "sound events are refused too"
	}
	return ""
}

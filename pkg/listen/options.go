package listen

import (
	"crypto/tls"
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

	readHeaderTimeout = 10 * time.Second // of the TLS handshake too
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
	// 200. It must be empty with Forward. What is forwarded takes none.
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

	// Verify says whether a delivery is signed as it should be. headers are all
	// that came, with their secrets, and body is what was sent; when it does not
	// match, the body is tried as its Content-Encoding unpacks it. What fails is
	// answered 401, which tells the sender nothing of the error, stored as
	// refused, not forwarded and not counted. nil: nobody looks. It is called
	// concurrently.
	Verify func(headers []event.Header, body []byte, now time.Time) error

	// Save stores a delivery. It is called for one delivery at a time, which it
	// gives its place; what it returns is called concurrently, returns when the
	// delivery is safe, and decides on the answer. nil: nothing is stored.
	Save func(*event.Delivery) (wait func() error)
	// Forward is the URL that deliveries are passed on to, with their headers,
	// when none of Routes is for them. The answer that comes from there is the
	// answer. Empty: what has no route is answered here.
	Forward string
	// Routes are where events of some types are passed on to instead. Of several
	// for the same type that with the fewest types counts, and of those the first.
	Routes []Route
	// Timeout is for one forwarded delivery and its answer. 0 stands for
	// DefaultTimeout.
	Timeout time.Duration

	// Certificate makes the receiver speak HTTPS, and HTTPS only. nil: plain HTTP.
	Certificate *tls.Certificate
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
	// Notice is told of what is no request, see [Notice]: of changes, and of few
	// in a minute. It is called as On is, and never while On is. nil: nobody is
	// told.
	Notice func(Notice)
	// Idle is called, as On is, when for the moment nothing more is to be told:
	// what On has gathered may be written. nil: nobody is told.
	Idle func()
	// Abandon, when it is closed, ends the wait of a receiver that stops for the
	// functions above: perhaps nobody reads what they print. nil: it waits for as
	// long as they take.
	Abandon <-chan struct{}
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

// Drop closes the connection without an answer: orderly, with a FIN, after the
// whole request was read.
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
		if err := checkTarget(o.Forward); err != nil {
			return o, &OptionError{"Forward", err.Error()}
		}
	}
	if err := checkRoutes(o.Routes); err != nil {
		return o, &OptionError{"Routes", err.Error()}
	}
	if o.Certificate != nil && (len(o.Certificate.Certificate) == 0 || o.Certificate.PrivateKey == nil) {
		return o, &OptionError{"Certificate", "has no certificate or no key"}
	}
	for _, host := range o.AllowHosts {
		if hostName(host) == "" || strings.ContainsAny(host, "/@ ") {
			return o, &OptionError{"AllowHosts", fmt.Sprintf("%q is no name of a host: write example.org", host)}
		}
	}
	for _, origin := range o.AllowOrigins {
		if u, err := url.Parse(origin); err != nil || u.Host == "" || strings.Trim(u.Path, "/") != "" {
			return o, &OptionError{"AllowOrigins", fmt.Sprintf("%q is no website: write https://example.org", origin)}
		}
	}
	return o, nil
}

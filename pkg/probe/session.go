package probe

import (
	"context"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/jsonset"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/sample"
	"github.com/konhook/konhook/pkg/signature"
)

// session is a run that goes on.
type session struct {
	o        Options
	endpoint deliver.Endpoint
	target   *url.URL // which the endpoint is that of
	events   *sample.Generator
	leaks    leakFinder

	signer   *signature.Signer // nil: nothing is signed
	stranger *signature.Signer // with a secret that is not the receiver's

	first   answer // to the sound event at the start
	accepts bool   // a sound event was taken
	// reencodes says that none was taken, but one written as the receiver would
	// write it itself.
	reencodes bool
	silent    bool // a message of the case that is tried had no answer
	late      bool // an answer did not come in time
	gone      bool // the receiver takes no connection or answers nothing any more
	leaked    []leak
}

func newSession(o Options) (*session, error) {
	o = o.withDefaults()
	endpoint, err := deliver.ParseEndpoint(o.URL)
	if err != nil {
		return nil, err
	}
	target, err := url.Parse(o.URL)
	if err != nil {
		return nil, err
	}
	if o.connect == nil {
		o.connect = func(ctx context.Context) (net.Conn, error) { return endpoint.Dial(ctx, o.TLS) }
	}
	s := &session{o: o, endpoint: endpoint, target: target, events: sample.New(seed, o.Now()), leaks: newLeakFinder()}
	if o.Sign == nil {
		return s, nil
	}
	if s.signer, err = signature.NewSigner(*o.Sign); err != nil {
		return nil, err
	}
	another := *o.Sign
	another.Secrets = []signature.Secret{signature.NewSecret(anotherSecret)}
	s.stranger, err = signature.NewSigner(another)
	return s, err
}

const (
	// seed makes the same events in each run, but for their times.
	seed = 1
	// anotherSecret is what nobody shares.
	anotherSecret = "whsec_a29uaG9vayBwcm9iZTogbm9ib2R5J3Mgc2VjcmV0"
)

// meet connects to the receiver for the first time, and learns whether it takes
// a sound event: what the refusal of a broken one proves depends on it.
func (s *session) meet(ctx context.Context) error {
	limited, cancel := limited(ctx, message{}, s.o.Timeout)
	defer cancel()
	c, err := s.dial(limited)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return err
	}
	defer c.Close()
	s.first = s.over(limited, c, named("", s.event("user.created")))
	s.note(s.first)
	s.accepts = isAccepted(s.first.status)
	if !s.accepts && !isLate(s.first.err) { // it may fail at users alone
		s.accepts = isAccepted(s.send(ctx, named("", s.event("course.published"))).status)
	}
	if !s.accepts && s.signer != nil && s.first.isUnauthorized() {
		s.reencodes = isAccepted(s.send(ctx, named("", asPython(s.event("user.created")))).status)
	}
	return nil
}

// send sends a message over a connection of its own and looks at the answer.
func (s *session) send(ctx context.Context, m message) answer {
	a := s.exchange(ctx, m)
	s.note(a)
	return a
}

// note looks at an answer. It must not be called by several goroutines at once.
func (s *session) note(a answer) {
	s.silent = s.silent || a.err != nil
	s.late = s.late || isLate(a.err)
	if what := s.findLeak(a); what != "" && !slices.ContainsFunc(s.leaked, func(l leak) bool { return l.what == what }) {
		s.leaked = append(s.leaked, leak{what, a.status})
	}
}

// limit is how long is waited for an answer: less once one did not come, but for
// a receiver that is slow with every answer.
func (s *session) limit() time.Duration {
	if !s.late {
		return s.o.Timeout
	}
	if s.first.err != nil {
		return s.o.MaxLatency
	}
	return min(max(s.o.MaxLatency, 2*s.first.took), s.o.Timeout)
}

// lookAfter finds out what has become of a receiver that gave no answer.
func (s *session) lookAfter(ctx context.Context, r *Result) {
	if !s.gone && s.isAlive(ctx, s.o.Timeout) || ctx.Err() != nil {
		return
	}
	s.gone = true
	r.Got = shown(r.Got+", and since then none to a sound event", maxGot)
}

// revival is how long a receiver that has stopped has to be started again.
const revival = 4 * time.Second

// isAlive reports whether the receiver answers a sound event within a limit. It
// tries again for a while whatever went wrong but a late answer: one that stops
// takes connections until its end, and so does a proxy before it. Who is late
// with an answer still has others to give, to requests that were abandoned; to
// send more of them would make it later.
func (s *session) isAlive(ctx context.Context, limit time.Duration) bool {
	reviving, cancel := context.WithTimeout(ctx, revival)
	defer cancel()
	pause := 50 * time.Millisecond
	for n := 0; ; n++ {
		slug := []string{"user.created", "course.published"}[n%2] // it may fail at one of them alone
		a := s.within(ctx, nil, named("", s.event(slug)), limit)
		s.note(a)
		if a.err == nil || isLate(a.err) {
			return a.err == nil
		}
		select {
		case <-time.After(pause):
			pause = min(2*pause, 400*time.Millisecond)
		case <-reviving.Done():
			return false
		}
	}
}

// event makes a sound event of a type. What has several shapes has always the
// same, for there are cases of its own about the others.
func (s *session) event(slug string) []byte {
	t, err := event.ParseType(slug)
	if err != nil {
		panic(err) // a slug in the code that is none
	}
	body := s.events.Generate(t).Body
	if strings.HasPrefix(slug, "course.") {
		body = with(body, "/body/course/image", "{}")
	}
	if !strings.HasSuffix(slug, "published") {
		body = with(body, "/body/user/image", "{}", "/body/user/userAttributes", attributeArray)
	}
	return body
}

// attributeArray is the first shape of userAttributes that the vendor documents.
const attributeArray = `[{"apiId":"department","name":"Department","type":1,"value":"Sales"}]`

// with changes values of an event, given as pointers and JSON in turn.
func with(body []byte, pairs ...string) []byte {
	for i := 0; i < len(pairs); i += 2 {
		changed, err := jsonset.Set(body, pairs[i], []byte(pairs[i+1]))
		if err != nil {
			panic(err) // an event that lacks what all have
		}
		body = changed
	}
	return body
}

// without removes values of an event.
func without(body []byte, pointers ...string) []byte {
	for _, pointer := range pointers {
		changed, err := jsonset.Remove(body, pointer)
		if err != nil {
			panic(err) // an event that lacks what all have
		}
		body = changed
	}
	return body
}

const (
	maxGot     = 200 // cells of what was got
	maxHint    = 300
	maxExcerpt = 80
)

// quote makes text that comes from the receiver fit to be shown.
func (s *session) quote(text string, cells int) string { return shown(s.hide(text), cells) }

// shown makes text that may have a quotation in it a clean and short line.
func shown(text string, cells int) string { return render.Truncate(render.CleanLine(text), cells) }

// hide takes secrets out of a text, also those in JSON as PHP writes it.
func (s *session) hide(text string) string {
	text = strings.ReplaceAll(text, `\/`, "/")
	if s.o.Sign != nil {
		for _, secret := range s.o.Sign.Secrets {
			text = secret.Redact(text)
		}
	}
	for _, secret := range s.secretsOfURL() {
		text = strings.ReplaceAll(text, secret, event.Redacted)
	}
	return text
}

// secretsOfURL are the parts of the URL that are as good as a password.
func (s *session) secretsOfURL() (secrets []string) {
	password, _ := s.target.User.Password()
	all := []string{password, s.endpoint.Authorization, s.target.RawQuery}
	for _, values := range s.target.Query() {
		all = append(all, values...)
	}
	for _, text := range all {
		if len(text) >= shortestSecret {
			secrets = append(secrets, text)
		}
	}
	return secrets
}

// shortestSecret keeps a query such as ?v=1 from blotting out half an answer.
const shortestSecret = 4

// maxLatencyMark stands in the texts of cases for Options.MaxLatency.
const maxLatencyMark = "MAX-LATENCY"

func isAccepted(status int) bool { return status/100 == 2 }

// statusText is a status with the name it has in HTTP, whatever the receiver
// called it.
func statusText(status int) string {
	return strings.TrimSpace(strconv.Itoa(status) + " " + http.StatusText(status))
}

package probe

import (
	"cmp"
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/jsonset"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/sample"
	"github.com/konhook/konhook/pkg/signature"
)

// session is a run that goes on.
type session struct {
	o      Options
	target *url.URL
	addr   string // host:port
	basic  string // the value of Authorization, of a URL with a user in it
	secure *tls.Config
	events *sample.Generator
	leaks  leakFinder

	signer   *signature.Signer // nil: nothing is signed
	stranger *signature.Signer // with a secret that is not the receiver's

	first   answer // to the sound event at the start
	accepts bool   // a sound event was taken
	silent  bool   // a message of the case that is tried had no answer
	late    bool   // an answer did not come in time
	gone    bool   // the receiver takes no connection or answers nothing any more
	leaked  []leak
}

func newSession(o Options) (*session, error) {
	o = o.withDefaults()
	u, err := o.target()
	if err != nil {
		return nil, err
	}
	s := &session{o: o, target: u, addr: address(u), events: sample.New(seed, o.Now()), leaks: newLeakFinder()}
	s.secure = &tls.Config{MinVersion: tls.VersionTLS12}
	if o.TLS != nil {
		s.secure = o.TLS.Clone()
	}
	s.secure.ServerName = cmp.Or(s.secure.ServerName, u.Hostname())
	if u.User != nil {
		password, _ := u.User.Password()
		s.basic = "Basic " + base64.StdEncoding.EncodeToString([]byte(u.User.Username()+":"+password))
	}
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
	limited, cancel := context.WithTimeoutCause(ctx, s.o.Timeout, errLate)
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
	if !s.accepts && s.first.err == nil { // it may fail at users alone
		s.accepts = isAccepted(s.send(ctx, named("", s.event("course.published"))).status)
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
	s.late = s.late || errors.Is(a.err, errLate)
	if what := s.findLeak(a); what != "" && !slices.ContainsFunc(s.leaked, func(l leak) bool { return l.what == what }) {
		s.leaked = append(s.leaked, leak{what, a.status})
	}
}

// limit is how long is waited for an answer.
func (s *session) limit() time.Duration {
	if s.late {
		return s.o.MaxLatency
	}
	return s.o.Timeout
}

// lookAfter finds out what has become of a receiver that gave no answer.
func (s *session) lookAfter(ctx context.Context, r *Result) {
	if s.isAlive(ctx) || ctx.Err() != nil {
		return
	}
	s.gone = true
	r.Got = s.quote(r.Got+", and since then none to a sound event", maxGot)
}

// isAlive reports whether the receiver answers a sound event. One that was
// stopped has a moment to be started again.
func (s *session) isAlive(ctx context.Context) bool {
	const moment, every = 2 * time.Second, 50 * time.Millisecond
	tick := time.NewTicker(every)
	defer tick.Stop()
	for until := s.o.Now().Add(moment); ; {
		a := s.send(ctx, named("", s.event("user.created")))
		if !isUnreachable(a.err) || s.o.Now().After(until) {
			return a.err == nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
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

// quote makes text that may come from the receiver fit to be shown.
func (s *session) quote(text string, cells int) string {
	return render.Truncate(render.CleanLine(s.hide(text)), cells)
}

// hide takes secrets out of a text.
func (s *session) hide(text string) string {
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
	all := []string{password, s.basic, s.target.RawQuery}
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

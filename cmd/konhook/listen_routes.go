package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/listen"
)

// routes returns those of the command line, or else those of the configuration.
func (s *listening) routes() ([]listen.Route, error) {
	if len(s.o.routes) > 0 {
		return parseRoutes(s.o.routes, receiverRules{flag: "--route", hint: routeHint, remote: true})
	}
	return configRoutes(s.a.settings.Routes)
}

// checkForward checks the URL of --forward-to, if there is one.
func (o *listenOptions) checkForward() error {
	if o.forward == "" {
		return nil
	}
	const flag = "--forward-to"
	_, err := receiverRules{flag: flag, hint: flag + " http://localhost:5000/webhook", guess: flag + " ", remote: true}.parse(o.forward)
	return err
}

// flagOf names where it says that deliveries go to a URL, and how it is set.
func (s *listening) flagOf(to string) (name, hint string) {
	switch from := s.a.settings.origins["routes"]; {
	case to == s.o.forward:
		return "--forward-to", "--forward-to"
	case len(s.o.routes) > 0:
		return "--route", "--route"
	case from.rank == fromEnvironment:
		return from.name, from.name
	}
	return "routes", "konhook config set routes,"
}

// targets are the URLs that deliveries are forwarded to, each once.
func (s *listening) targets() (all []string) {
	add := func(to string) {
		if to != "" && !slices.Contains(all, to) {
			all = append(all, to)
		}
	}
	add(s.o.forward)
	routes, _ := s.routes() // their error has ended the command already
	for _, r := range routes {
		add(r.URL)
	}
	return all
}

// announceTargets tells where deliveries go to, and what is to be known of it.
func (s *listening) announceTargets(ctx context.Context, r *listen.Receiver) {
	var remote []string
	for _, to := range s.targets() {
		if u, err := url.Parse(to); err == nil && !deliver.Loopback(u.Hostname()) && !slices.Contains(remote, u.Host) {
			remote = append(remote, u.Host)
		}
	}
	if len(remote) > 0 {
		s.a.warn("payloads leave this machine: they are forwarded to %s", strings.Join(remote, ", "))
	}
	if len(s.o.routes) == 0 {
		for _, word := range strings.Fields(s.a.settings.Routes) {
			events, to, _ := strings.Cut(word, "=")
			s.a.note("forwarding %s to %s, as the configuration says", events, shownTarget(to))
		}
	}
	for _, n := range r.CheckTargets(ctx) {
		s.notice(n)
	}
}

// notice tells of a target or a connection.
func (s *listening) notice(n listen.Notice) {
	defer s.mend()
	switch n.Kind {
	case listen.TargetDown:
		if s.polls {
			s.a.warn("%s does not answer (%s); events wait for it", shownTarget(n.Target), reasonOf(n))
			return
		}
		s.a.warn("%s does not answer (%s); deliveries are answered %d", shownTarget(n.Target), reasonOf(n), n.Status)
	case listen.TargetUp:
		s.a.note("%s answers again", shownTarget(n.Target))
	case listen.TargetBusy:
		s.a.warn("%s is slow (%s); further ones are answered %d", shownTarget(n.Target), reasonOf(n), n.Status)
	case listen.PlainHTTP:
		s.a.note("note: %s speaks http and is answered 400: the URL begins with https://", n.Remote)
	case listen.HandshakeFailed:
		s.a.note("note: the TLS handshake with %s failed: %s", n.Remote, handshakeReason(n.Err))
	}
}

// reasonOf is why a target does not answer.
func reasonOf(n listen.Notice) string {
	if _, isPlain := errors.AsType[*deliver.PlainHTTPError](n.Err); isPlain {
		return n.Err.Error() + ": try " + overHTTP(shownTarget(n.Target))
	}
	switch {
	case errors.Is(n.Err, io.EOF), errors.Is(n.Err, io.ErrUnexpectedEOF):
		return "the connection was closed"
	case errors.Is(n.Err, context.DeadlineExceeded):
		return "no whole answer came in time"
	}
	return bareReason(n.Err)
}

// handshakeReason adds what can be done where a client trusts nobody.
func handshakeReason(err error) string {
	if text := err.Error(); strings.HasPrefix(text, "remote error: ") && strings.Contains(text, "certificate") {
		return text + ": it does not trust the certificate"
	}
	return err.Error()
}

// handlerHint says what an answer of a handler often means.
func handlerHint(x listen.Observed) string {
	if x.Target == "" {
		return ""
	}
	if _, failed := errors.AsType[*listen.ForwardError](x.Err); failed {
		return ""
	}
	meaning := map[int]string{
		400: "often a signature check over a parsed body",
		401: "often a check of a login, a token or a signature",
		403: "often a protection against forged forms (CSRF): exempt the webhook",
		404: "is the path right?",
		405: "the path takes no POST",
		411: "it wants a Content-Length",
		413: "its limit for bodies is too low",
		415: "it does not take this Content-Type",
	}[x.Status]
	switch {
	case meaning != "":
	case x.Status/100 == 3:
		meaning = "a redirect, which is not followed: the handler has to answer itself"
	case x.Status >= 500:
		meaning = "look at its log"
	default:
		return ""
	}
	return fmt.Sprintf("%d from your handler: %s", x.Status, meaning)
}

// forwards reports whether deliveries are passed on.
func (s *listening) forwards() bool { return len(s.targets()) > 0 }

package main

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/signature"
)

// parseTargets understands --to and --route.
func (f *replayFlags) parseTargets() error {
	routes, err := parseRoutes(f.routes)
	if err != nil {
		return err
	}
	f.routed = listen.RoutesByType(routes)
	if f.to != "" || len(routes) == 0 {
		if err := f.addTarget("--to", f.to); err != nil {
			return err
		}
	}
	for _, r := range routes {
		if err := f.addTarget("--route", r.URL); err != nil {
			return err
		}
	}
	if f.to == "" {
		f.onlyRouted()
	}
	return nil
}

// onlyRouted leaves out the events that have nowhere to go.
func (f *replayFlags) onlyRouted() {
	only := map[event.Type]bool{}
	for t := range f.routed {
		only[t] = f.only == nil || f.only[t]
	}
	f.only = only
}

func (f *replayFlags) addTarget(flag, text string) error {
	u, err := f.parseTarget(flag, text)
	if err != nil {
		return err
	}
	same := func(other *url.URL) bool { return other.Scheme == u.Scheme && other.Host == u.Host }
	if !slices.ContainsFunc(f.targets, same) {
		f.targets = append(f.targets, u)
	}
	return nil
}

func (f *replayFlags) parseTarget(flag, text string) (*url.URL, error) {
	hint := "--to http://localhost:5000/webhook"
	if flag == "--route" {
		hint = routeHint
	}
	if text == "" {
		return nil, usageError(hint, "where to: --to is missing")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https":
		if guess, err := url.Parse("http://" + text); flag == "--to" && err == nil && guess.Hostname() != "" && !strings.Contains(text, "://") {
			hint = "--to http://" + text
		}
		return nil, usageError(hint, "%s: not a URL that begins with http:// or https://", flag)
	case !isPort(u.Port()):
		return nil, usageError(hint, "%s: %s is no port", flag, u.Port())
	case !f.allowRemote && !deliver.Loopback(u.Hostname()):
		return nil, usageError("--allow-remote, if you mean it",
			"%s is not this machine: a replay sends people's data and may set off real work there", u.Host)
	}
	if f.insecure && !deliver.Loopback(u.Hostname()) {
		return nil, usageError("--cacert FILE", "--insecure: %s is not this machine", u.Host)
	}
	return u, nil
}

// isPort reports whether text is a port that can be connected to; none stands
// for that of the scheme.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

// loadSigner reads what deliveries are signed with.
func (r *replay) loadSigner(a *app) error {
	options, err := r.sign.load(a)
	if options == nil {
		return err
	}
	for _, h := range r.with {
		if err := signature.CheckID(h.Value); err != nil && options.Scheme == signature.Standard && strings.EqualFold(h.Name, signature.HeaderID) {
			return usageError("-H 'webhook-id: msg_1'", "-H %s: %s", h.Name, err)
		}
	}
	r.signer, err = signature.NewSigner(*options)
	return err
}

// request is what is sent for an event.
func (f *replayFlags) request(e *event.Event) deliver.Request {
	req := deliver.Request{URL: f.to, Headers: deliver.HeadersOf(e), Body: e.Body}
	if to := f.routed[e.Type]; to != "" {
		req.URL = to
	}
	if len(f.with) > 0 {
		req.Headers = deliver.Override(req.Headers, f.with)
	}
	if f.signer != nil {
		id := idOf(req.Headers)
		req.Sign = func(now time.Time, body []byte) ([]event.Header, error) { return f.signer.Sign(id, now, body) }
	}
	return req
}

// idOf is what all attempts of a delivery have in common: the id that it came
// with, since it is the same delivery, or else a new one.
func idOf(headers []event.Header) string {
	for _, h := range headers {
		if strings.EqualFold(h.Name, signature.HeaderID) {
			return h.Value
		}
	}
	return "msg_" + event.NewID(time.Now())
}

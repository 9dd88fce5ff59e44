package main

import (
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/signature"
)

// parseTargets understands --to and --route.
func (f *replayFlags) parseTargets() error {
	routes, err := parseRoutes(f.routes, f.rules("--route"))
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
	rules := f.rules(flag)
	if text == "" {
		return usageError(rules.hint, "where to: --to is missing")
	}
	u, err := rules.parse(text)
	if err != nil {
		return err
	}
	same := func(other *url.URL) bool { return other.Scheme == u.Scheme && other.Host == u.Host }
	if !slices.ContainsFunc(f.targets, same) {
		f.targets = append(f.targets, u)
	}
	return nil
}

// rules are those of the URLs that a flag takes.
func (f *replayFlags) rules(flag string) receiverRules {
	rules := receiverRules{
		flag: flag, hint: "--to http://localhost:5000/webhook", guess: "--to ",
		remote: f.allowRemote, remoteHint: "--allow-remote, if you mean it",
		remoteWhy: "a replay sends people's data and may set off real work there", insecure: f.insecure,
	}
	if flag == "--route" {
		rules.hint, rules.guess = routeHint, ""
	}
	return rules
}

// loadSigner reads what deliveries are signed with.
func (r *replay) loadSigner(a *app) error {
	options, err := r.sign.load(a)
	if options == nil {
		return err
	}
	if r.signer, err = signature.NewSigner(*options); err != nil {
		return err
	}
	for _, h := range r.with {
		if strings.EqualFold(h.Name, signature.HeaderID) && options.Scheme == signature.Standard {
			if err := signature.CheckID(h.Value); err != nil {
				return usageError("-H 'webhook-id: msg_1'", "-H %s: %s", h.Name, err)
			}
			continue
		}
		if slices.ContainsFunc(options.Headers(), func(name string) bool { return strings.EqualFold(h.Name, name) }) {
			return usageError("", "-H %s: --sign sends its own with each attempt", h.Name)
		}
	}
	return nil
}

// request is what is sent for an event.
func (f *replayFlags) request(e *event.Event) deliver.Request {
	req := deliver.Request{URL: f.to, Headers: deliver.HeadersOf(e), Body: e.Sent()}
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

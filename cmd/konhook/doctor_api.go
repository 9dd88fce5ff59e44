package main

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/event"
)

// When something is worth a warning.
const (
	nearExpiry = 14 * 24 * time.Hour // of a certificate
	badClock   = 30 * time.Second    // signatures allow minutes, waits for the rate limit are told in seconds
	nameTime   = 5 * time.Second     // for the name of the API
)

// api tells of the way to the API: it sends one request.
func (d *doctor) api(ctx context.Context) {
	o, err := d.options()
	if err != nil {
		d.fail("site", err)
	}
	var hasKey bool
	if o.Key, hasKey = d.key(); hasKey || err == nil {
		d.keyring()
	}
	if err != nil || !d.name(ctx, o.BaseURL) {
		return
	}
	if !hasKey {
		d.warn("api", "konhook login", "not asked: there is no key to send")
		return
	}
	d.ask(ctx, o)
}

// options are those of the client, but for the key.
func (d *doctor) options() (api.Options, error) {
	if _, err := d.a.settings.baseURL(); err != nil {
		return api.Options{}, err
	}
	o, err := d.a.clientOptions(d.o.client, func(say func()) { say() })
	if err == nil {
		_, err = api.New(o)
	}
	return o, err
}

// name tells whether the host of the API is found.
func (d *doctor) name(ctx context.Context, base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		d.fail("name", codeError(exitUsage, "config", errors.New("base-url: not a URL")))
		return false
	}
	host := u.Hostname()
	if _, err := netip.ParseAddr(host); err == nil {
		d.ok("name", "%s is an address", host)
		return true
	}
	if proxy, err := http.ProxyFromEnvironment(&http.Request{URL: u}); err == nil && proxy != nil && !api.Loopback(host) {
		d.ok("name", "%s is left to the proxy %s", host, proxy.Host)
		return true
	}
	ctx, cancel := context.WithTimeout(ctx, nameTime)
	defer cancel()
	found, err := net.DefaultResolver.LookupHost(ctx, host)
	if err != nil {
		d.fail("name", hinted(codeError(exitRemote, "unreachable", fmt.Errorf("%s: %s", host, bareReason(err))),
			"--site NAME, for the NAME in https://NAME.konstant.ly, or look at the network"))
		return false
	}
	d.ok("name", "%s is %s", host, strings.Join(found[:min(len(found), 3)], ", "))
	return true
}

// ask sends the request and tells what its answer shows.
func (d *doctor) ask(ctx context.Context, o api.Options) {
	var last api.Exchange
	trace := o.Trace
	o.Retries, o.MaxWait = -1, -1
	o.Trace = func(x api.Exchange) {
		last = x
		if trace != nil {
			trace(x)
		}
	}
	client, err := api.New(o)
	if err != nil {
		d.fail("api", err)
		return
	}
	defer client.Close()
	began := time.Now()
	_, err = client.Last(ctx, event.Types()[0])
	var remote *api.RemoteError
	switch {
	case errors.As(err, &remote) && remote.TLS:
		d.fail("tls", err)
		return
	case last.Status == 0:
		d.fail("api", err)
		return
	}
	d.connection(last.TLS, o.Insecure)
	var none *api.NoEventError
	if err == nil || errors.As(err, &none) {
		d.ok("api", "it took the key, and answered with %d in %s", last.Status, last.Took.Round(time.Millisecond))
	} else {
		d.fail("api", err)
	}
	d.clock(last.Response, began, last.Took)
	d.rateLimit(last.Response)
}

// connection tells how safe the way to the API is.
func (d *doctor) connection(state *tls.ConnectionState, insecure bool) {
	switch {
	case state == nil:
		d.ok("tls", "none, as the API is on this machine")
		return
	case insecure || len(state.PeerCertificates) == 0:
		d.warn("tls", "--cacert FILE", "%s, with a certificate that was not checked", tls.VersionName(state.Version))
		return
	}
	left := time.Until(state.PeerCertificates[0].NotAfter)
	text := fmt.Sprintf("%s, with a certificate for another %s", tls.VersionName(state.Version), many(int(left/(24*time.Hour)), "day", "days"))
	if left < nearExpiry {
		d.warn("tls", "tell whoever runs the API, or the proxy before it", "%s", text)
		return
	}
	d.ok("tls", "%s", text)
}

// clock compares the clock of this machine with the Date of the answer, which has
// whole seconds and was written at some time between request and answer.
func (d *doctor) clock(h http.Header, began time.Time, took time.Duration) {
	at, err := http.ParseTime(h.Get("Date"))
	if err != nil {
		d.ok("clock", "not compared: the API does not tell its time")
		return
	}
	ahead := began.Add(took / 2).Sub(at.Add(time.Second / 2)).Round(time.Second)
	word := "ahead of"
	if ahead < 0 {
		word = "behind"
	}
	switch {
	case ahead.Abs() > badClock:
		d.warn("clock", "set the clock of this machine", "%s %s that of the API", ahead.Abs(), word)
	case ahead.Abs() > time.Second+took:
		d.ok("clock", "%s %s that of the API", ahead.Abs(), word)
	default:
		d.ok("clock", "that of the API")
	}
}

// rateLimit tells how many requests the API takes yet.
func (d *doctor) rateLimit(h http.Header) {
	limit, errLimit := strconv.Atoi(h.Get("X-RateLimit-Limit"))
	left, errLeft := strconv.Atoi(h.Get("X-RateLimit-Remaining"))
	switch {
	case errLimit != nil || errLeft != nil:
		d.ok("rate-limit", "the API names none")
	case left < limit/10 || left <= 0:
		d.warn("rate-limit", "wait a minute", "%d of %d requests a minute are left", left, limit)
	default:
		d.ok("rate-limit", "%d of %d requests a minute are left", left, limit)
	}
}

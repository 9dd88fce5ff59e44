package main

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/schema"
)

// receiver makes the receiver that the flags ask for. Its errors are those of a
// wrong use.
func (s *listening) receiver() (*listen.Receiver, error) {
	o := s.o
	options := listen.Options{
		Path: o.path, Body: o.body, MaxBody: o.maxBody, Forward: o.forward, Timeout: s.a.settings.Timeout,
		RejectInvalid: o.validate == "error", AllowHosts: o.allowHosts, AllowOrigins: o.allowOrigins,
		Limit: s.limit(), Abandon: s.shower.abandon,
		On:     func(x listen.Observed) { s.shower.step(func() { s.observe(x) }) },
		Notice: func(n listen.Notice) { s.shower.step(func() { s.notice(n) }) },
		Idle:   func() { s.shower.step(s.flush) },
	}
	if host, _, err := net.SplitHostPort(o.addr); err == nil && host != "" {
		options.AllowHosts = append(options.AllowHosts, host)
	}
	if s.only != nil || s.query != nil {
		options.Counts = s.wanted
	}
	if s.keep.wanted() {
		options.Save = s.keep.save
	}
	switch {
	case o.forward != "" && o.body != "":
		return nil, usageError("--body without --forward-to", "--body: the answer is that of the receiver which --forward-to names")
	case o.count < 0:
		return nil, usageError("--count 1", "--count: must not be negative")
	case o.period < 0:
		return nil, usageError("--for 30s", "--for: must not be negative")
	case o.maxBody == 0:
		return nil, usageError("--max-body 1MiB", "--max-body: must be more than 0")
	}
	err := o.checkForward()
	if err != nil {
		return nil, err
	}
	if options.Delay, options.MaxDelay, err = parseDelay(o.delay); err != nil {
		return nil, err
	}
	if o.respond != "" {
		if options.Respond, err = listen.ParseAnswers(o.respond); err != nil {
			return nil, usageError("--respond 500,500,200", "--respond: %s", err)
		}
	}
	if options.Check, err = s.check(); err != nil {
		return nil, err
	}
	if options.Routes, err = s.routes(); err != nil {
		return nil, err
	}
	if options.Verify, err = o.verify.verifier(s.a); err != nil {
		return nil, err
	}
	if s.certificate, err = o.tls.certificate(s.a, o.addr); err != nil {
		return nil, err
	}
	options.Certificate = s.certificate
	r, err := listen.New(options)
	return r, asUsage(err)
}

// asUsage names the flag that an option of the receiver comes from.
func asUsage(err error) error {
	var wrong *listen.OptionError
	if !errors.As(err, &wrong) {
		return err
	}
	flags := map[string][2]string{
		"Path":         {"--path", "--path /webhook"},
		"Respond":      {"--respond", "--respond without --forward-to"},
		"AllowHosts":   {"--allow-host", "--allow-host example.org"},
		"AllowOrigins": {"--allow-origin", "--allow-origin https://example.org"},
	}
	flag, ok := flags[wrong.Option]
	if !ok {
		return err
	}
	return usageError(flag[1], "%s: %s", flag[0], wrong.Reason)
}

// parseDelay reads DUR or DUR..DUR.
func parseDelay(text string) (least, most time.Duration, err error) {
	if text == "" {
		return 0, 0, nil
	}
	from, to, isRange := strings.Cut(text, "..")
	least, err = time.ParseDuration(from)
	most = least
	if isRange && err == nil {
		most, err = time.ParseDuration(to)
	}
	if err != nil || least < 0 || most < least {
		return 0, 0, usageError("--delay 100ms..2s", "--delay: %q is neither DUR nor DUR..DUR", text)
	}
	return least, most, nil
}

// verdict is what the schema says of an event.
type verdict []schema.Finding

// Valid reports whether none of the findings is an error.
func (v verdict) Valid() bool { return !schema.Invalid(v) }

// check returns what judges the events, nil when nobody asked.
func (s *listening) check() (func(*event.Event) listen.Verdict, error) {
	if s.o.validate == "off" {
		return nil, nil
	}
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		return nil, err
	}
	showNotes := s.o.format == "pretty"
	return func(e *event.Event) listen.Verdict {
		if valid, noted := v.Sure(e.Body); valid && (!noted || !showNotes) {
			return verdict(nil)
		}
		return verdict(v.Check(e))
	}, nil
}

// leadsTo reports whether a URL is one of the listener at an address: a delivery
// would go round for ever.
func leadsTo(target string, at net.Addr) bool {
	u, err := url.Parse(target)
	tcp, ok := at.(*net.TCPAddr)
	if target == "" || err != nil || !ok {
		return false
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"http": "80", "https": "443"}[u.Scheme]
	}
	if port != fmt.Sprint(tcp.Port) {
		return false
	}
	here := tcp.AddrPort().Addr().Unmap()
	there, err := netip.ParseAddr(u.Hostname())
	switch {
	case err != nil:
		return deliver.Loopback(u.Hostname()) && (here.IsLoopback() || here.IsUnspecified())
	case here.IsUnspecified(), there.IsUnspecified():
		return isOurs(there.Unmap())
	default:
		return there.Unmap() == here
	}
}

// isOurs reports whether an address is one of this machine.
func isOurs(ip netip.Addr) bool {
	if ip.IsLoopback() || ip.IsUnspecified() {
		return true
	}
	addrs, err := net.InterfaceAddrs()
	return err == nil && slices.ContainsFunc(addrs, func(a net.Addr) bool {
		prefix, err := netip.ParsePrefix(a.String())
		return err == nil && prefix.Addr().Unmap() == ip
	})
}

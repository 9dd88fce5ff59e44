package main

import (
	"cmp"
	"errors"
	"net/url"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/deliver"
)

// receiverRules are what a command wants of the URL of a receiver, and how it says
// so.
type receiverRules struct {
	flag                  string // that the URL is the value of; empty: none
	hint                  string // how it is used rightly
	guess                 string // what stands before a URL that lacks its scheme alone; empty: nobody knows
	remote                bool   // it may be another machine
	remoteHint, remoteWhy string // when it may not
	insecure              bool   // any certificate is taken
}

// parse understands the URL of a receiver. No error shows a part of it that may be
// a password.
func (w receiverRules) parse(text string) (*url.URL, error) {
	wrong := func(hint, format string, args ...any) (*url.URL, error) {
		return nil, usageError(hint, cmp.Or(w.flag, "the receiver")+": "+format, args...)
	}
	if !hasScheme(text) {
		hint := w.hint
		if better := withScheme(text); better != "" && w.guess != "" {
			hint = w.guess + better
		}
		return wrong(hint, "not a URL that begins with http:// or https://")
	}
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return wrong(w.hint, "%s", faultOf(err))
	case u.Hostname() == "":
		return wrong(w.hint, "a URL without a host")
	case !isPort(u.Port()):
		return wrong(w.hint, "%s is no port", u.Port())
	case u.RawQuery == leftOut || u.User.String() == leftOut:
		return wrong(w.hint, "%s stands for what was left out: put it in", leftOut)
	case !w.remote && !deliver.Loopback(u.Hostname()):
		return nil, usageError(w.remoteHint, "%s is not this machine: %s", u.Host, w.remoteWhy)
	case w.insecure && !deliver.Loopback(u.Hostname()):
		return nil, usageError("--cacert FILE", "--insecure: %s is not this machine", u.Host)
	}
	return u, nil
}

// withScheme is the URL that text was probably meant to be, which lacks its scheme, or
// is a port alone; empty: nobody knows.
func withScheme(text string) string {
	port := strings.TrimPrefix(text, ":")
	if strings.Trim(port, "0123456789") == "" {
		if !isPort(port) || port == "" {
			return ""
		}
		return "http://127.0.0.1:" + port + "/"
	}
	better := "http://" + text
	if u, err := url.Parse(better); err != nil || u.Hostname() == "" || strings.Contains(text, "://") || deliver.Harmless(text) != text {
		return ""
	}
	return better
}

// hasScheme reports whether text begins as the URL of a receiver does.
func hasScheme(text string) bool {
	scheme, _, ok := strings.Cut(text, "://")
	return ok && (strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https"))
}

// faultOf is what is wrong with a URL. The errors of package url show parts of it.
func faultOf(err error) string {
	var (
		escape url.EscapeError
		host   url.InvalidHostError
	)
	switch {
	case errors.As(err, &escape):
		return "not a URL: a % in it that is not followed by two hexadecimal digits is written %25"
	case errors.As(err, &host):
		return "not a URL: its host has a character that no host has"
	}
	return "not a URL: its user, host or port cannot be understood"
}

// isPort reports whether text is a port that can be connected to; none stands
// for that of the scheme.
func isPort(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return text == "" || err == nil && n > 0
}

// leftOut stands for what may be a secret.
const leftOut = deliver.LeftOut

// shownURL is a URL as it may be shown: without a password or a query, which
// are as good as one.
func shownURL(u *url.URL) string {
	return (&url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}).String()
}

// shownTarget is shownURL for text.
func shownTarget(to string) string {
	u, err := url.Parse(to)
	if err != nil {
		return leftOut // who knows what is what in it
	}
	return shownURL(u)
}

// urlWithoutSecret is a URL to be used again, with dots where a secret may be.
func urlWithoutSecret(text string) string {
	u, err := url.Parse(text)
	switch {
	case err != nil:
		return leftOut
	case u.User == nil && u.RawQuery == "":
		return text
	}
	shown := shownURL(u)
	if u.User != nil {
		shown = strings.Replace(shown, "://", "://"+leftOut+"@", 1)
	}
	if u.RawQuery != "" {
		shown += "?" + leftOut
	}
	return shown
}

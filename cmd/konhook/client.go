package main

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/render"
)

// clientFlags are the flags of the commands that ask the API.
type clientFlags struct {
	cacert   string
	insecure bool
	maxWait  time.Duration
	// waits is told of waits for the rate limit; nil: standard error is.
	waits func(text string)
}

func (f *clientFlags) addFlags(fs *pflag.FlagSet) {
	f.addTLSFlags(fs)
	fs.DurationVar(&f.maxWait, "max-wait", api.DefaultMaxWait, "wait at most `DUR` for the rate limit of the API")
}

// addTLSFlags adds those of commands that wait for nothing.
func (f *clientFlags) addTLSFlags(fs *pflag.FlagSet) {
	fs.StringVar(&f.cacert, "cacert", "", "trust the certificates in `FILE` (PEM) besides the system's")
	fs.BoolVar(&f.insecure, "insecure", false, "take any certificate, from a loopback host only")
}

// clientWith returns the API that the settings and the flags of the command
// name, with the key that they name. What the client has to say while it works
// goes through serial, which is for commands that ask in several goroutines.
func (a *app) clientWith(f clientFlags, serial func(func())) (*api.Client, error) {
	o, err := a.clientOptions(f, serial)
	if err != nil {
		return nil, err
	}
	if _, err := api.New(o); err != nil { // what is wrong with the rest goes before a missing key
		return nil, err
	}
	if o.Key, err = a.apiKey(); err != nil {
		return nil, err
	}
	return api.New(o)
}

// clientOptions are all but the key.
func (a *app) clientOptions(f clientFlags, serial func(func())) (o api.Options, err error) {
	o = api.Options{
		Timeout: a.settings.Timeout, MaxWait: f.maxWait, UserAgent: userAgent(), Insecure: f.insecure,
		Note: func(text string) { serial(func() { a.note("note: %s", text) }) },
	}
	if f.waits != nil {
		o.Note = f.waits
	}
	if a.settings.Verbose {
		o.Trace = func(x api.Exchange) { serial(func() { a.traced(x) }) }
	}
	switch {
	case f.maxWait < 0:
		return o, usageError("--max-wait 60s", "--max-wait: must not be negative")
	case f.maxWait == 0:
		o.MaxWait = -1 // none, where zero stands for the default
	}
	if f.cacert != "" {
		if o.RootCAs, err = readSmall(a.running, f.cacert, maxSmall); err != nil {
			return o, err
		}
	}
	if o.BaseURL, err = a.settings.baseURL(); err != nil {
		a.noteFirstRun()
	}
	return o, err
}

// classifyAPI gives an error of package api its exit code, its name and its
// hint. It returns nil for other errors.
func classifyAPI(err error) *exitError {
	var (
		config   *api.ConfigError
		none     *api.NoEventError
		key      *api.KeyError
		limit    *api.RateLimitError
		remote   *api.RemoteError
		redirect *api.RedirectError
		content  *api.ContentError
	)
	switch {
	case errors.As(err, &config):
		return &exitError{code: exitUsage, id: "config", err: err}
	case errors.As(err, &none):
		return &exitError{code: exitNoEvent, id: "no_event", err: err, hint: "konhook sample " + none.Type.Slug}
	case errors.As(err, &key) && key.Status == 0:
		return &exitError{code: exitKey, id: "auth_missing", err: err, hint: "konhook login, or --api-key-file FILE"}
	case errors.As(err, &key):
		return &exitError{code: exitKey, id: "auth_refused", err: err, hint: "konhook login, with the key that Settings > API shows on your site"}
	case errors.As(err, &limit):
		return &exitError{code: exitRemote, id: "rate_limited", err: err, hint: "--max-wait " + longer(limit.Wait)}
	case errors.As(err, &redirect):
		return &exitError{code: exitRemote, id: "redirect", err: err, hint: "--base-url URL, when the API has moved"}
	case errors.As(err, &content):
		return &exitError{code: exitRemote, id: "content", err: err}
	case errors.As(err, &remote) && remote.PlainHTTP:
		return &exitError{code: exitRemote, id: "tls", err: err, hint: "--base-url with http://, for an API on this machine"}
	case errors.As(err, &remote) && remote.OtherHost:
		return &exitError{code: exitRemote, id: "tls", err: err, hint: "--site NAME or --base-url URL, with a host that the certificate is for"}
	case errors.As(err, &remote) && remote.TLS:
		return &exitError{code: exitRemote, id: "tls", err: err, hint: "--cacert FILE, when the certificate is of an authority of your own"}
	case errors.As(err, &remote) && remote.Unreachable:
		return &exitError{code: exitRemote, id: "unreachable", err: err, hint: "--site NAME or --base-url URL, when that is not the right host"}
	case errors.As(err, &remote) && remote.Timeout:
		return &exitError{code: exitRemote, id: "timeout", err: err, hint: "--timeout 2m"}
	case errors.As(err, &remote):
		return &exitError{code: exitRemote, id: "remote", err: err}
	}
	return nil
}

// longer returns a time to wait that is enough for wait, in whole minutes.
func longer(wait time.Duration) string {
	return fmt.Sprintf("%dm", wait/time.Minute+1)
}

// traced shows a request and its answer to those who asked for details.
func (a *app) traced(x api.Exchange) {
	a.detail("> %s %s (attempt %d)", x.Method, x.URL, x.Attempt)
	a.detailHeader(">", x.Request)
	if x.Status == 0 {
		a.detail("< no answer in %s: %v", render.Latency(x.Took), x.Err)
		return
	}
	a.detail("< %d %s in %s", x.Status, http.StatusText(x.Status), render.Latency(x.Took))
	a.detailHeader("<", x.Response)
	var none *api.NoEventError
	if errors.As(x.Err, &none) {
		a.detail("< %s", strings.TrimSpace(string(none.Message)))
	}
}

func (a *app) detailHeader(mark string, h http.Header) {
	var names []string
	for name := range h {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range h[name] {
			a.detail("%s %s: %s", mark, name, value)
		}
	}
}

package main

import (
	"fmt"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/jsonset"
	"github.com/konhook/konhook/pkg/signature"
)

// maxConcurrency is how many requests at a time make sense: each takes a
// connection, and with it a file descriptor.
const maxConcurrency = 1024

// replayFlags are the flags of replay as they are understood.
type replayFlags struct {
	replayOptions
	targets   []*url.URL // all of them
	routed    map[event.Type]string
	signer    *signature.Signer // nil: nothing is signed
	times     float64           // --speed, 0: as fast as can be
	lastTypes []event.Type
	lastNamed map[event.Type]bool
	only      map[event.Type]bool // nil: everything
	with      []event.Header
	perSecond float64
	edits     []edit
	skip      numbers
	statuses  []statusRange
}

// edit is a value that --set changes.
type edit struct {
	pointer string
	value   []byte
}

// statusRange holds the first and the last status of a pattern.
type statusRange struct{ first, last int }

// parse understands the flags. Its errors are those of a wrong use.
func (o replayOptions) parse() (f *replayFlags, err error) {
	f = &replayFlags{replayOptions: o}
	switch {
	case o.concurrency < 1 || o.concurrency > maxConcurrency:
		return nil, usageError("-c 8", "--concurrency %d: must be 1 to %d", o.concurrency, maxConcurrency)
	case o.retries < 0:
		return nil, usageError("--retries 3", "--retries %d: must not be negative", o.retries)
	case o.backoff < 0:
		return nil, usageError("--backoff 250ms", "--backoff %s: must not be negative", o.backoff)
	case o.maxLatency < 0:
		return nil, usageError("--max-latency 2s", "--max-latency %s: must not be negative", o.maxLatency)
	}
	if f.skip, err = parseSkip(o.skip); err != nil {
		return nil, err
	}
	if f.lastTypes, f.lastNamed, err = event.SelectNamed(o.last); err != nil {
		return nil, err
	}
	if len(o.last) > 0 && len(f.lastTypes) == 0 {
		return nil, usageError("konhook events", "--last names no event")
	}
	if f.only, err = parseFilter(o.events); err != nil {
		return nil, err
	}
	if err := f.parseTargets(); err != nil {
		return nil, err
	}
	if f.with, err = parseHeaders(o.headers); err != nil {
		return nil, err
	}
	if f.times, err = parseSpeed(o.speed); err != nil {
		return nil, err
	}
	if f.perSecond, err = parseRate(o.rate); err != nil {
		return nil, err
	}
	if f.edits, err = parseEdits(o.set); err != nil {
		return nil, err
	}
	if len(o.expect) == 0 {
		o.expect = []string{"2xx"}
	}
	f.statuses, err = parseStatuses(strings.Join(o.expect, ","))
	return f, err
}

func parseFilter(words []string) (map[event.Type]bool, error) {
	types, err := event.Select(words)
	switch {
	case err != nil || len(words) == 0:
		return nil, err
	case len(types) == 0:
		return nil, usageError("konhook events", "--event: names no event")
	}
	only := make(map[event.Type]bool, len(types))
	for _, t := range types {
		only[t] = true
	}
	return only, nil
}

func parseHeaders(lines []string) (headers []event.Header, err error) {
	for _, line := range lines {
		name, value, ok := strings.Cut(line, ":")
		if !ok {
			begin, _, _ := strings.Cut(strings.Fields(line + " ?")[0], "=") // the rest may be a secret
			return nil, usageError("-H 'Name: value'", "-H %q: no colon in it", begin)
		}
		h := event.Header{Name: strings.TrimSpace(name), Value: strings.TrimSpace(value)}
		if err := deliver.CheckHeader(h); err != nil {
			return nil, usageError("-H 'Name: value'", "-H: %s", err)
		}
		switch textproto.CanonicalMIMEHeaderKey(h.Name) {
		case "Content-Length", "Transfer-Encoding", "Trailer":
			return nil, usageError("", "-H %s: follows from the body, which is sent as it is", h.Name)
		}
		if h.Value == leftOut {
			return nil, usageError("", "-H %s: %s stands for what was left out: put it in", h.Name, leftOut)
		}
		headers = append(headers, h)
	}
	return headers, nil
}

// parseRate reads 10, 10/s, 600/m or 5000/h as requests a second.
func parseRate(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	number, unit, _ := strings.Cut(text, "/")
	per, ok := map[string]float64{"": 1, "s": 1, "m": 60, "h": 3600}[unit]
	n, err := strconv.ParseFloat(number, 64)
	if err != nil || !ok || strings.HasSuffix(text, "/") || !(n > 0 && n <= 1e9) {
		return 0, usageError("--rate 10/s", "--rate %q: no rate: write 10/s or 600/m", text)
	}
	return n / per, nil
}

// parseSpeed reads 2, 2x or 0.5 as times.
func parseSpeed(text string) (float64, error) {
	if text == "" {
		return 0, nil
	}
	times, err := strconv.ParseFloat(strings.TrimSuffix(text, "x"), 64)
	if err != nil || !(times >= 1e-6 && times <= 1e9) {
		return 0, usageError("--speed 1", "--speed %q: no speed: 1 is that of the captures, 2 is twice as fast", text)
	}
	return times, nil
}

func parseEdits(assignments []string) (edits []edit, err error) {
	for _, text := range assignments {
		pointer, value, err := jsonset.ParseAssignment(text)
		if err != nil {
			return nil, usageError("--set /body/user/name=Ann", "--set %s", err)
		}
		edits = append(edits, edit{pointer, value})
	}
	return edits, nil
}

// parseStatuses reads a list such as 2xx,404.
func parseStatuses(list string) (ranges []statusRange, err error) {
	for word := range strings.SplitSeq(list, ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		digits, isPattern := strings.CutSuffix(word, "xx")
		n, err := strconv.Atoi(digits)
		switch {
		case err == nil && isPattern && n >= 1 && n <= 5 && len(digits) == 1:
			ranges = append(ranges, statusRange{n * 100, n*100 + 99})
		case err == nil && !isPattern && n >= 100 && n <= 599 && len(digits) == 3:
			ranges = append(ranges, statusRange{n, n})
		default:
			return nil, usageError("--expect-status 2xx,404", "--expect-status %q: no status: write 2xx or 404", word)
		}
	}
	return ranges, nil
}

// success reports whether a status is one that --expect-status wants.
func (f *replayFlags) success(status int) bool {
	for _, r := range f.statuses {
		if status >= r.first && status <= r.last {
			return true
		}
	}
	return false
}

// firstWait is --backoff as the sender takes it, where 0 is the default.
func (f *replayFlags) firstWait() time.Duration {
	if f.backoff == 0 {
		return -1
	}
	return f.backoff
}

// edited returns an event with what --set and --now change, or the event itself
// when that is nothing.
func (f *replayFlags) edited(e *event.Event, now time.Time) (*event.Event, error) {
	body := e.Body
	edits := f.edits
	if f.now {
		edits = append(edits[:len(edits):len(edits)], edit{"/occuredAt", strconv.AppendInt(nil, now.Unix(), 10)})
	}
	if len(edits) == 0 {
		return e, nil
	}
	for _, change := range edits {
		changed, err := jsonset.Set(body, change.pointer, change.value)
		if err != nil {
			return nil, codeError(exitUsage, "set", fmt.Errorf("%s: cannot set %w", e.Place, err))
		}
		body = changed
	}
	other := event.New(body)
	other.Place, other.Document, other.Delivery = e.Place, e.Document, e.Unpacked()
	return other, nil
}

package listen

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"sync"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
)

const (
	// MaxForwarding is how many deliveries may wait for the answer of one target.
	// Further ones are answered 503 at once: a sender tries again, and memory and
	// files are bounded.
	MaxForwarding = 64
	// reachTimeout is how long a target may take to accept a connection.
	reachTimeout = time.Second
)

// targets are the receivers that deliveries are passed on to.
type targets struct {
	timeout   time.Duration
	reachIn   time.Duration // reachTimeout, but in tests
	transport *http.Transport
	all       []*target
	byType    map[event.Type]*target
	rest      *target // for what has no route, nil: nobody
}

// target is one of them.
type target struct {
	url   string
	slots chan struct{} // full when MaxForwarding deliveries wait
	state news          // up or down
	busy  news
}

// The states of a target.
const (
	up   = "up"
	down = "down"
	busy = "busy"
)

// newTargets returns nil when there are none.
func newTargets(o Options) *targets {
	t := &targets{timeout: o.Timeout, reachIn: reachTimeout, byType: map[event.Type]*target{}}
	if o.Forward != "" {
		t.rest = t.at(o.Forward)
	}
	for _, route := range o.Routes { // in their order
		t.at(route.URL)
	}
	for typ, to := range RoutesByType(o.Routes) {
		t.byType[typ] = t.at(to)
	}
	if len(t.all) == 0 {
		return nil
	}
	t.transport = newTransport()
	return t
}

// at returns the target with a URL.
func (t *targets) at(to string) *target {
	for _, known := range t.all {
		if known.url == to {
			return known
		}
	}
	one := &target{url: to, slots: make(chan struct{}, MaxForwarding)}
	t.all = append(t.all, one)
	return one
}

// of returns where events of a type are passed on to, nil for nowhere.
func (t *targets) of(typ event.Type) *target {
	if t == nil {
		return nil
	}
	if one := t.byType[typ]; one != nil {
		return one
	}
	return t.rest
}

// busyError says that as many deliveries wait for a target as may.
type busyError struct{}

func (busyError) Error() string {
	return fmt.Sprintf("%d deliveries wait for an answer from there already", MaxForwarding)
}

// send passes a delivery on.
func (t *targets) send(ctx context.Context, to *target, headers []event.Header, body []byte) (*reply, *ForwardError) {
	select {
	case to.slots <- struct{}{}:
		defer func() { <-to.slots }()
	default:
		return nil, &ForwardError{http.StatusServiceUnavailable, busyError{}}
	}
	r, err := t.post(ctx, to.url, headers, body)
	if err != nil {
		return nil, forwardError(err)
	}
	return r, nil
}

func forwardError(err error) *ForwardError {
	if isTimeout(err) {
		return &ForwardError{http.StatusGatewayTimeout, err}
	}
	return &ForwardError{http.StatusBadGateway, err}
}

// note returns what is new about a target, after a delivery to it.
func (t *target) note(failed *ForwardError, now time.Time) *Notice {
	if failed != nil && errors.Is(failed.Err, busyError{}) {
		if _, tell := t.busy.change(busy, now); tell {
			return &Notice{Kind: TargetBusy, Target: t.url, Status: failed.Status, Err: failed.Err}
		}
		return nil
	}
	if failed != nil {
		if _, tell := t.state.change(down, now); tell {
			return &Notice{Kind: TargetDown, Target: t.url, Status: failed.Status, Err: failed.Err}
		}
		return nil
	}
	if len(t.slots) < MaxForwarding/2 {
		t.busy.change(up, now)
	}
	if from, tell := t.state.change(up, now); tell && from == down {
		return &Notice{Kind: TargetUp, Target: t.url}
	}
	return nil
}

func (t *targets) close() {
	if t != nil {
		t.transport.CloseIdleConnections()
	}
}

// CheckTargets connects to every target, with TLS for https, sends nothing, and
// returns a notice of each where no connection comes about, which it does not tell
// [Options.Notice] too. What is reached through a proxy is not looked at. It
// takes a second at most.
func (r *Receiver) CheckTargets(ctx context.Context) (unreachable []Notice) {
	if r.targets == nil {
		return nil
	}
	found := make([]*Notice, len(r.targets.all))
	var all sync.WaitGroup
	for i, t := range r.targets.all {
		all.Go(func() {
			if err := reach(ctx, t.url, r.targets.reachIn); err != nil {
				found[i] = t.note(forwardError(err), r.o.Now())
			}
		})
	}
	all.Wait()
	for _, n := range found {
		if n != nil {
			unreachable = append(unreachable, *n)
		}
	}
	return unreachable
}

// reach connects to where a URL leads to, within a time. TLS that takes longer is left
// to the deliveries.
func reach(ctx context.Context, to string, within time.Duration) error {
	u, err := url.Parse(to)
	if err != nil {
		return err
	}
	if through, err := proxy(&http.Request{URL: u}); err != nil || through != nil {
		return nil // a proxy that is no URL fails with the first delivery
	}
	endpoint, err := deliver.ParseEndpoint(to)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	c, err := endpoint.Dial(ctx, nil)
	nobody, isUnreachable := errors.AsType[*deliver.UnreachableError](err)
	_, isOp := errors.AsType[*net.OpError](err) // of the connection, not of TLS
	switch {
	case errors.Is(err, context.DeadlineExceeded) && !isOp:
		return nil
	case isUnreachable:
		return nobody.Err
	}
	return c.Close()
}

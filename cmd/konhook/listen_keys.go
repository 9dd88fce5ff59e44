package main

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"sync"

	"github.com/konhook/konhook/pkg/curl"
	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// errQuit ends a listener whose user has pressed q.
var errQuit = errors.New("quit")

// keys are single keys that act on the last delivery that was shown.
type keys struct {
	s    *listening
	work sync.WaitGroup

	mu        sync.Mutex
	seeing    *seeing // nil: nothing was shown yet
	replaying bool
}

// takeKeys listens to the keyboard, where there is one and nobody else does, until
// ctx ends. What it returns waits for that: after it the terminal is as it was.
func (s *listening) takeKeys(ctx context.Context) (end func()) {
	none := func() {}
	if s.command != nil { // both streams are the command's as well
		return none
	}
	s.a.takeTurns()
	if !s.a.inTTY || !s.a.outTTY || s.a.settings.Quiet {
		return none
	}
	board := openKeyboard(s.a.in)
	if board == nil {
		return none
	}
	k := &keys{s: s}
	s.keys = k
	restore := board.restore
	s.a.atLeave.Store(&restore)
	s.a.outPalette() // made now: later several goroutines want them
	s.a.errPalette()
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		board.run(ctx, func(pressed []byte) { k.press(ctx, pressed) })
	}()
	return func() {
		cancel()
		<-ended
		s.a.atLeave.Store(nil)
		k.work.Wait()
	}
}

// last takes the delivery that keys act on.
func (k *keys) last(x *seeing) {
	if k == nil {
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.seeing = x
}

// press does what keys that were pressed at once ask for. Text that was pasted and
// the sequences of other keys, such as arrows, hold what is no key here: none of it
// counts.
func (k *keys) press(ctx context.Context, pressed []byte) {
	defer func() {
		if v := recover(); v != nil {
			k.s.a.panicked(v)
			k.s.stop(nil)
		}
	}()
	if slices.ContainsFunc(pressed, func(c byte) bool { return k.action(c) == nil }) {
		return
	}
	for _, c := range pressed {
		k.action(c)(ctx)
	}
}

// action is what a key does, nil for one that does nothing.
func (k *keys) action(c byte) func(context.Context) {
	switch c {
	case 'r':
		return k.withLast(k.replay)
	case 'p':
		return k.withLast(func(_ context.Context, x *seeing) { k.print(k.s.whole(x)) })
	case 'c':
		return k.withLast(func(_ context.Context, x *seeing) { k.print(k.s.asCurl(x)) })
	case 'q':
		return func(context.Context) { k.s.stop(errQuit) }
	case '?', 'h':
		return func(context.Context) { k.help() }
	case '\n': // a gap between what was read and what comes
		return func(context.Context) { k.print("\n") }
	}
	return nil
}

// print writes to the terminal. When that is gone there is nobody to tell.
func (k *keys) print(text string) { _ = k.s.a.printBytes([]byte(text)) }

func (k *keys) withLast(do func(context.Context, *seeing)) func(context.Context) {
	return func(ctx context.Context) {
		k.mu.Lock()
		x := k.seeing
		k.mu.Unlock()
		if x == nil {
			k.s.a.note("nothing was delivered yet")
			return
		}
		do(ctx, x)
	}
}

func (k *keys) help() {
	for _, line := range []string{
		"keys, for the last delivery:",
		"  r  replay it to the receiver of --forward-to",
		"  p  print it whole",
		"  c  print it as a curl command",
		"  q  quit, as Ctrl-C does",
		"  ?  this list",
	} {
		k.s.a.note("%s", line)
	}
}

// replay sends a delivery once more to where it was, or would be, forwarded.
func (k *keys) replay(ctx context.Context, x *seeing) {
	target := k.s.targetOf(x)
	if target == "" {
		k.s.a.note("nothing to replay it to: there is no --forward-to")
		return
	}
	if !k.begin() {
		k.s.a.note("a replay is under way")
		return
	}
	k.work.Go(func() {
		defer k.end()
		k.s.a.note("%s", k.s.replay(ctx, x, target))
	})
}

func (k *keys) begin() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	was := k.replaying
	k.replaying = true
	return !was
}

func (k *keys) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.replaying = false
}

// targetOf is where a delivery is forwarded to, empty when it is not.
func (s *listening) targetOf(x *seeing) string {
	if x.Target != "" {
		return x.Target
	}
	return s.o.forward
}

// replay sends a delivery and says what came of it.
func (s *listening) replay(ctx context.Context, x *seeing, target string) string {
	d := x.Delivery
	sender := deliver.New(deliver.Options{Timeout: s.a.settings.Timeout})
	defer sender.Close()
	r := sender.Send(ctx, deliver.Request{URL: target, Headers: deliver.Resendable(d.Headers), Body: d.Body}, nil)
	text := "replayed " + tagOf(d.ID)
	if slices.ContainsFunc(d.Headers, func(h event.Header) bool { return h.Value == event.Redacted }) {
		text += " without its secret headers"
	}
	if u, err := url.Parse(target); err == nil {
		text += " to " + shownURL(u)
	}
	text += ": "
	if r.Status == 0 {
		return text + r.Err.Error()
	}
	return text + statusWord(r.Status) + " in " + render.Latency(r.Latency)
}

// asCurl is the command that sends a delivery to where it is forwarded to, or to
// where receivers usually are. Its secret headers are left out.
func (s *listening) asCurl(x *seeing) string {
	u, err := url.Parse(s.targetOf(x))
	if err != nil || u.Host == "" {
		return curl.Command(receiverURL, x.Delivery)
	}
	d := *x.Delivery
	d.URL = u.RequestURI()
	return curl.Command(u.Scheme+"://"+u.Host, &d)
}

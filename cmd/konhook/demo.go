package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/mock"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/sample"
	"github.com/konhook/konhook/pkg/schema"
)

func newDemoCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "Run the whole loop once, with nothing set up",
		Long: "demo does the whole job once: it starts a stand-in for the API and a receiver on free ports of\n" +
			"this machine, fetches an event of each type with a key, checks them, finds what is wrong with a\n" +
			"broken one, and replays them to the receiver. It needs no account and no network, and keeps nothing.",
		Example: "  konhook demo",
		Args:    noArguments,
		RunE:    func(cmd *cobra.Command, _ []string) error { return runDemo(cmd.Context(), a) },
	}
	return exits(cmd, exitOK, exitNo, exitUsage, exitMachine)
}

// demo is one run: real packages, joined by real sockets.
type demo struct {
	*app
	key        string
	mockURL    string
	receiveURL string
	events     []*event.Event
	received   chan listen.Observed
	writeErr   error
}

// runDemo runs the steps of the demonstration, in the order in which they are
// told.
func runDemo(ctx context.Context, a *app) error {
	ctx, stop := context.WithTimeout(ctx, time.Minute)
	defer stop()
	d := &demo{app: a, key: "demo" + strings.ReplaceAll(event.NewID(time.Now()), "-", "")[4:]}
	for _, step := range []func(context.Context) error{d.mock, d.fetch, d.validate, d.breakOne, d.listen, d.replay} {
		if err := step(ctx); err != nil {
			return err
		}
	}
	d.next()
	return d.writeErr
}

// say prints a line of the demonstration.
func (d *demo) say(format string, args ...any) {
	if d.writeErr == nil && !d.settings.Quiet {
		_, d.writeErr = fmt.Fprintf(d.out, format+"\n", args...)
	}
}

// step prints the head of a step.
func (d *demo) step(verb, format string, args ...any) {
	p := d.outPalette()
	d.say("%s %s", p.Accent(fmt.Sprintf("%-9s", verb)), fmt.Sprintf(format, args...))
}

// listener opens a free port of this machine.
func listener(ctx context.Context) (net.Listener, error) {
	var lc net.ListenConfig
	return lc.Listen(ctx, "tcp", "127.0.0.1:0")
}

// mock starts the stand-in for the API, with a sample of each type.
func (d *demo) mock(ctx context.Context) error {
	made := sample.New(uint64(time.Now().UnixNano()), time.Now())
	var events []*event.Event
	for _, t := range event.Types() {
		events = append(events, made.Generate(t))
	}
	l, err := listener(ctx)
	if err != nil {
		return err
	}
	server := &http.Server{
		Handler:           mock.New(mock.Options{Key: d.key, Events: events}),
		ReadHeaderTimeout: 5 * time.Second,
	}
	context.AfterFunc(ctx, func() { _ = server.Close() }) // nothing is in flight then
	go func() { _ = server.Serve(l) }()                   // ends with Close
	d.mockURL = "http://" + l.Addr().String() + mock.BasePath
	d.step("mock", "a stand-in for the API, at %s", d.mockURL)
	return nil
}

// fetch asks the stand-in for the last event of each type.
func (d *demo) fetch(ctx context.Context) error {
	key, _, err := api.ParseKey([]byte(d.key))
	if err != nil {
		return err
	}
	client, err := api.New(api.Options{BaseURL: d.mockURL, Key: key, UserAgent: userAgent()})
	if err != nil {
		return err
	}
	defer client.Close()
	d.step("fetch", "the last event of each type, with an API key")
	for _, t := range event.Types() {
		answer, err := client.Last(ctx, t)
		if err != nil {
			return err
		}
		d.events = append(d.events, answer.Event)
		at, _ := answer.Event.Occurred()
		d.say("          %-19s %7s  %s", t.Slug, render.Bytes(int64(len(answer.Event.Body))), d.outPalette().Dim(render.Ago(time.Since(at))))
	}
	return nil
}

// validate holds the events against their schemas.
func (d *demo) validate(context.Context) error {
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		return err
	}
	valid := 0
	for _, e := range d.events {
		if !schema.Invalid(v.Check(e)) {
			valid++
		}
	}
	d.step("validate", "%d of %d follow the schema", valid, len(d.events))
	if valid != len(d.events) {
		return codeError(exitNo, "invalid", errors.New("an event that was fetched is invalid"))
	}
	return nil
}

// breakOne makes the mistake that everybody makes and shows that it is found.
func (d *demo) breakOne(ctx context.Context) error {
	broken := bytes.Replace(d.events[0].Body, []byte(`"occuredAt"`), []byte(`"occurredAt"`), 1)
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		return err
	}
	d.say("          and one that was broken on purpose does not:")
	found := false
	for e, err := range event.ReadFrom(ctx, bytes.NewReader(broken), "broken.json", event.ReadOptions{}) {
		if err != nil {
			return err
		}
		for _, f := range v.Check(e) {
			if f.Severity == schema.Error {
				found = true
				d.finding(f)
			}
		}
	}
	if !found {
		return codeError(exitNo, "missed", errors.New("the broken event was not found"))
	}
	return nil
}

func (d *demo) finding(f schema.Finding) {
	p := d.outPalette()
	place := event.Place{File: f.File, Line: f.Line, Column: f.Column}
	d.say("    %s: %s", p.Bold(place.String()), p.Bad(render.CleanLine(f.Message)))
	if f.Hint != nil {
		d.say("    hint: %s", render.CleanLine(*f.Hint))
	}
}

// listen starts a receiver.
func (d *demo) listen(ctx context.Context) error {
	v, err := schema.NewValidator(schema.Options{})
	if err != nil {
		return err
	}
	d.received = make(chan listen.Observed, len(d.events))
	receiver, err := listen.New(listen.Options{
		Check: func(e *event.Event) listen.Verdict { return demoVerdict(!schema.Invalid(v.Check(e))) },
		On:    func(o listen.Observed) { d.received <- o },
		Limit: len(d.events),
	})
	if err != nil {
		return err
	}
	l, err := listener(ctx)
	if err != nil {
		return err
	}
	go func() { _ = receiver.Serve(ctx, l) }() // ends with the context
	d.receiveURL = "http://" + l.Addr().String() + "/webhook"
	d.step("listen", "a receiver, at %s", d.receiveURL)
	return nil
}

// demoVerdict is whether an event is valid.
type demoVerdict bool

func (v demoVerdict) Valid() bool { return bool(v) }

// replay sends the events to the receiver and shows what it got.
func (d *demo) replay(ctx context.Context) error {
	sender := deliver.New(deliver.Options{UserAgent: userAgent()})
	defer sender.Close()
	events := func(yield func(*event.Event, error) bool) {
		for _, e := range d.events {
			if !yield(e, nil) {
				return
			}
		}
	}
	target := func(e *event.Event) deliver.Request {
		return deliver.Request{URL: d.receiveURL, Headers: deliver.HeadersOf(e), Body: e.Body}
	}
	d.step("replay", "the %d events to the receiver, which saw:", len(d.events))
	summary, err := sender.Run(ctx, events, deliver.RunOptions{Target: target}, func(deliver.Result) {})
	if err != nil {
		return err
	}
	same := 0
	for _, sent := range d.events {
		select {
		case o := <-d.received:
			d.delivery(o)
			if bytes.Equal(o.Delivery.Body, sent.Body) {
				same++
			}
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	d.say("          %d sent, %d answered with 2xx, %d arrived byte for byte", summary.Sent, summary.OK, same)
	if summary.OK != len(d.events) || same != len(d.events) {
		return codeError(exitNo, "failed", errors.New("not every event arrived"))
	}
	return nil
}

func (d *demo) delivery(o listen.Observed) {
	p := d.outPalette()
	verdict := p.Good("valid")
	if o.Verdict == nil || !o.Verdict.Valid() {
		verdict = p.Bad("invalid")
	}
	took := ""
	if r := o.Delivery.Response; r != nil {
		took = render.Latency(r.Took)
	}
	d.say("          %s %-19s %d %8s %7s  %s", p.Dim(o.Delivery.At.Local().Format("15:04:05.000")), o.Delivery.Type,
		o.Status, took, render.Bytes(int64(len(o.Delivery.Body))), verdict)
}

// next tells what to type now.
func (d *demo) next() {
	d.say("\n%s", d.outPalette().Bold("Now with your own receiver, say on port 5000:"))
	d.say("  konhook sample | konhook replay --to http://localhost:5000/webhook")
	d.say("  konhook listen --forward-to http://localhost:5000/webhook")
	d.say("%s", d.outPalette().Bold("and with your own site and its key:"))
	d.say("  konhook login")
	d.say("  konhook fetch --all")
}

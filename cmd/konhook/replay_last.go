package main

import (
	"context"
	"errors"
	"time"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/event"
)

// lastEvents returns what fetches the events of --last. The error says that the
// API cannot be asked at all.
func (r *replay) lastEvents() (func(context.Context) ([]*event.Event, error), error) {
	if len(r.lastTypes) == 0 {
		return func(context.Context) ([]*event.Event, error) { return nil, nil }, nil
	}
	client, err := r.a.clientWith(clientFlags{cacert: r.cacert, maxWait: api.DefaultMaxWait}, func(say func()) { say() })
	if err != nil {
		return nil, err
	}
	return func(ctx context.Context) ([]*event.Event, error) {
		defer client.Close()
		return r.fetchLast(ctx, client)
	}, nil
}

// fetchLast asks for one event after the other. A type that has none, and that
// was named in full, is told; any other error ends it.
func (r *replay) fetchLast(ctx context.Context, client *api.Client) (events []*event.Event, err error) {
	var none *api.NoEventError
	for _, t := range r.lastTypes {
		answer, err := client.Last(ctx, t)
		switch {
		case errors.As(err, &none) && r.lastNamed[t]:
			r.a.tell(err)
		case errors.As(err, &none):
			r.a.note("note: %s", err)
		case err != nil:
			return nil, err
		case r.only == nil || r.only[answer.Event.Type]:
			answer.Event.Place = event.Place{File: "last:" + t.Slug}
			events = append(events, answer.Event)
			r.noteInvalid(answer.Event)
		}
	}
	if len(events) == 0 && none != nil && len(r.lastNamed) == 0 {
		r.a.tell(none)
	}
	return events, nil
}

// noteInvalid notes what is wrong with an event that the vendor itself has
// made, which is sent nevertheless.
func (r *replay) noteInvalid(e *event.Event) {
	if sent, err := r.edited(e, time.Now()); err == nil {
		if err := r.check.event(sent, false); err != nil {
			r.a.note("note: %s", err)
		}
	}
}

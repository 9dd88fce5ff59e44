// Package sample makes events: valid, realistic, and with every member that the
// vendor's documentation shows.
//
// What the documentation leaves open stays open here: an image and a
// courseElement are empty objects, for nobody says what is in them. Where it
// contradicts itself, as about the shape of userAttributes, both readings occur.
//
// People are invented and all addresses are of example.com.
package sample

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// Epoch is a time to make samples around that must not change from day to day.
var Epoch = time.Date(2026, time.January, 15, 9, 30, 0, 0, time.UTC)

// Generator makes events. It must not be used from several goroutines at once.
type Generator struct {
	random *rand.Rand
	now    time.Time
}

// New returns a generator. The same seed, time and order of calls give the same
// bytes, on every machine. The events happened in the hour before now.
func New(seed uint64, now time.Time) *Generator {
	source := rand.NewPCG(seed, seed^0x9e3779b97f4a7c15)
	return &Generator{random: rand.New(source), now: now} //nolint:gosec // samples are no secrets, and a seed must give the same
}

// Generate makes one event of the type, which must be a known one. Its body is
// JSON on one line.
func (g *Generator) Generate(t event.Type) *event.Event {
	return g.GenerateAt(t, g.before(g.now, time.Hour))
}

// GenerateAt is [Generator.Generate] for an event that happened at a given time.
func (g *Generator) GenerateAt(t event.Type, at time.Time) *event.Event {
	var text bytes.Buffer
	e := json.NewEncoder(&text)
	e.SetEscapeHTML(false)
	if err := e.Encode(envelope{OccuredAt: at.Unix(), Type: t.Name, Body: g.body(t, at)}); err != nil {
		panic("sample: " + err.Error()) // plain structs of strings and numbers
	}
	return event.New(bytes.TrimSuffix(text.Bytes(), []byte{'\n'}))
}

// Delivery makes the capture of an event: what a capture file would hold of it.
// The body may be any, such as that of an event of [Generator.Generate] that was
// changed.
func (g *Generator) Delivery(body []byte) *event.Delivery {
	d := event.NewDelivery(event.ViaSample, g.now, body)
	d.ID = g.id()
	return d
}

// id returns a UUID of version 7 (RFC 9562, section 5.7) whose random part
// depends on the seed, unlike that of [event.NewID].
func (g *Generator) id() string {
	high, low := g.random.Uint64(), g.random.Uint64()
	high = uint64(g.now.UnixMilli())<<16 | 7<<12 | high&0xfff
	low = 2<<62 | low>>2
	return fmt.Sprintf("%08x-%04x-%04x-%04x-%012x", high>>32, high>>16&0xffff, high&0xffff, low>>48, low&(1<<48-1))
}

// before returns a time at most so long before t, in whole seconds.
func (g *Generator) before(t time.Time, most time.Duration) time.Time {
	return t.Add(-g.upTo(most)).Truncate(time.Second)
}

// upTo returns a duration in whole seconds.
func (g *Generator) upTo(most time.Duration) time.Duration {
	return time.Duration(g.random.Int64N(int64(most/time.Second))) * time.Second
}

// chance is true in so many of a hundred cases.
func (g *Generator) chance(percent int) bool { return g.random.IntN(100) < percent }

func pick[T any](g *Generator, from []T) T { return from[g.random.IntN(len(from))] }

package main

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/go-json-experiment/json/jsontext"

	"github.com/konhook/konhook/pkg/curl"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// receiverURL is where the vendor's guides run a receiver.
const receiverURL = "http://127.0.0.1:5000"

// compact prints an event on one line, in columns.
func (s *showing) compact(e *event.Event) error {
	if s.a.settings.Quiet {
		return nil
	}
	return s.a.printBytes([]byte(summaryLine(e, s.a.outPalette()) + "\n"))
}

// head announces an event where a person sees both streams on one terminal.
func (s *showing) head(e *event.Event) {
	if s.a.outTTY && s.a.errTTY && s.o.format == "pretty" {
		s.a.note("%s", summaryLine(e, nil))
	}
}

// summaryLine says where an event stands, when it happened, what it is, how long
// it is and how to name it, and what a capture was answered.
func summaryLine(e *event.Event, p *render.Palette) string {
	name := e.Type.String()
	if typeName, ok := event.TypeName(e.Body); ok && !e.Type.Known() {
		name = render.Truncate(render.CleanLine(string(typeName)), 30)
	}
	at, id := "-", hash(e.Body)
	if occurred, ok := e.Occurred(); ok {
		at = occurred.UTC().Format(time.RFC3339)
	}
	if e.Delivery != nil {
		at, id = e.Delivery.At.UTC().Format(time.RFC3339), render.CleanLine(tagOf(e.Delivery.ID))
	}
	place := event.Place{File: e.Place.File, Line: e.Place.Line}
	columns := []string{
		p.Dim(render.CleanLine(place.String())), p.Dim(pad(at, len("2006-01-02T15:04:05Z"))), p.Accent(pad(name, 18)),
		fmt.Sprintf("%8s", render.Bytes(int64(len(e.Body)))), p.Dim(id),
	}
	if e.Delivery != nil {
		columns = append(columns, answer(e.Delivery, p)...)
	}
	return strings.Join(columns, "  ")
}

func pad(s string, cells int) string {
	return s + blank(cells-render.Width(s))
}

func hash(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:6])
}

// answer says how a delivery was answered, or why it was refused.
func answer(d *event.Delivery, p *render.Palette) (columns []string) {
	if r := d.Response; r != nil {
		text := "dropped"
		if r.Status > 0 {
			text = fmt.Sprintf("%d", r.Status)
		}
		colour := p.Bad
		if r.Status/100 == 2 {
			colour = p.Good
		}
		columns = append(columns, colour(text), p.Dim(render.Latency(r.Took)))
	}
	if d.Refused != "" {
		columns = append(columns, p.Bad("refused: "+render.CleanLine(d.Refused)))
	}
	return columns
}

// delivered returns the capture of an event, or makes one: as if it had been
// delivered when it happened.
func delivered(e *event.Event) *event.Delivery {
	if e.Delivery != nil {
		return e.Delivery
	}
	at, ok := e.Occurred()
	if !ok {
		at = time.Now()
	}
	return event.NewDelivery(event.ViaSample, at, e.Body)
}

// readable says why an event cannot be printed as JSON: a capture may hold
// anything.
func readable(e *event.Event) error {
	if e.Delivery == nil || jsontext.Value(e.Body).IsValid(jsontext.AllowDuplicateNames(true)) {
		return nil // what is no capture was read as JSON
	}
	err := codeError(exitNo, "syntax", fmt.Errorf("%s: the body of the capture is not JSON", e.Place))
	return hinted(err, "-f raw")
}

func (a *app) printCurl(d *event.Delivery) error {
	return a.printBytes([]byte(curl.Command(receiverURL, d)))
}

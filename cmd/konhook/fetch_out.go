package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/konhook/konhook/pkg/atomicfile"
	"github.com/konhook/konhook/pkg/capture"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/query"
	"github.com/konhook/konhook/pkg/render"
)

// fetchOutput is where fetched events go: standard output, a capture file, a
// folder.
type fetchOutput struct {
	a       *app
	o       fetchOptions
	several bool // more than one type was asked for
	query   *query.Query
	check   *fetchCheck
	file    *capture.File
	folder  *atomicfile.Folder
	values  [][]byte // what the one JSON document will hold
	endless bool     // what was printed last has no line break at its end
}

// newFetchOutput checks what was asked for. It opens nothing.
func newFetchOutput(a *app, o fetchOptions, asked int) (out *fetchOutput, err error) {
	out = &fetchOutput{a: a, o: o, several: asked > 1}
	if out.query, err = compileJQ(o.jq); err != nil {
		return nil, err
	}
	if out.query != nil && o.format == "capture" {
		return nil, usageError("-f json", "--jq: what it makes of an event is no capture")
	}
	out.check, err = newFetchCheck(a, o)
	return out, err
}

// open opens the files, before anything is asked for that could not be kept.
func (out *fetchOutput) open() (err error) {
	if out.o.saveDir != "" {
		if out.folder, err = atomicfile.OpenFolder(out.o.saveDir); err != nil {
			return err
		}
	}
	if out.o.save == "" {
		return nil
	}
	if out.file, err = capture.OpenWith(out.o.save, capture.Options{Command: "konhook fetch"}); err != nil {
		return errors.Join(asSaveError(err), out.close())
	}
	for _, n := range out.file.Repairs().Notes() {
		out.a.note("note: %s", n)
	}
	return nil
}

// put keeps one event and prints it.
func (out *fetchOutput) put(ctx context.Context, r *fetched) error {
	d := event.NewDelivery(event.ViaFetch, r.answer.At, r.answer.Event.Body)
	if r.answer.ContentType != "" {
		d.Headers = []event.Header{{Name: "Content-Type", Value: r.answer.ContentType}}
	}
	d.Valid, r.verdict = out.check.judge(r)
	if err := out.keep(r, d); err != nil {
		return err
	}
	if out.query != nil {
		return out.ask(ctx, r)
	}
	return out.print(d)
}

func (out *fetchOutput) keep(r *fetched, d *event.Delivery) error {
	if out.file != nil {
		if err := out.file.Append(d); err != nil {
			return err
		}
	}
	if out.folder != nil {
		path, changed, err := out.folder.Update(r.kind.Slug+".json", d.Body)
		if err == nil && !changed {
			r.unchanged = path
		}
		return err
	}
	return nil
}

// print prints an event in the format asked for.
func (out *fetchOutput) print(d *event.Delivery) error {
	switch out.o.format {
	case "pretty":
		return out.write(render.JSON(d.Body, out.a.outPalette()))
	case "json":
		out.values = append(out.values, bytes.TrimSpace(d.Body))
		return nil
	case "ndjson":
		return out.write(append(oneLine(d.Body), '\n'))
	case "capture":
		return out.a.printCapture(d)
	}
	return out.write(d.Body)
}

// oneLine returns a JSON value on one line, the bytes of its parts as they are.
func oneLine(body []byte) []byte {
	body = bytes.TrimSpace(body)
	if bytes.ContainsAny(body, "\r\n") {
		body = render.Minify(body)
	}
	return bytes.TrimSpace(slices.Clone(body))
}

// ask prints what the query makes of an event. A query that fails on one event
// may do better on the next.
func (out *fetchOutput) ask(ctx context.Context, r *fetched) error {
	for value, err := range out.query.Run(ctx, r.answer.Event.Body) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			out.a.tell(codeError(exitNo, "jq", fmt.Errorf("%s: --jq: %w", r.kind, err)))
			return nil
		}
		if err := out.printResult(value); err != nil {
			return err
		}
	}
	return nil
}

func (out *fetchOutput) printResult(value []byte) error {
	switch out.o.format {
	case "json":
		out.values = append(out.values, value)
		return nil
	case "pretty":
		return out.write(render.JSON(value, out.a.outPalette()))
	case "raw":
		return out.a.printBytes(out.a.forTerminal(unquoted(value)))
	}
	return out.write(append(slices.Clone(value), '\n'))
}

// write prints JSON. Events whose bytes are printed as they are still begin on a
// line of their own. On a terminal nothing in them may drive it.
func (out *fetchOutput) write(text []byte) error {
	if out.endless {
		text = append([]byte{'\n'}, text...)
	}
	if out.a.outTTY && out.o.format != "pretty" {
		text = render.Safe(text)
	}
	out.endless = !bytes.HasSuffix(text, []byte{'\n'})
	return out.a.printBytes(text)
}

// finish prints what was held back. Of json that is the one document: the value
// itself, or an array when several types were asked for or a query made several
// values.
func (out *fetchOutput) finish() error {
	if out.endless && (out.several || out.a.outTTY) {
		return out.write(nil)
	}
	if out.o.format != "json" {
		return nil
	}
	if !out.several && len(out.values) == 1 {
		return out.write(append(slices.Clone(out.values[0]), '\n'))
	}
	if !out.several && len(out.values) == 0 && out.query == nil {
		return nil // the event did not come: an error says why
	}
	text := append([]byte{'['}, bytes.Join(out.values, []byte(",\n"))...)
	return out.write(append(text, ']', '\n'))
}

// close gives up what was opened.
func (out *fetchOutput) close() (err error) {
	if out.file != nil {
		err = errors.Join(err, out.file.Close())
	}
	if out.folder != nil {
		err = errors.Join(err, out.folder.Close())
	}
	return err
}

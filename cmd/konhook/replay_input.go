package main

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"slices"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// replayInput is what a replay sends: files and streams in the order asked, then
// the last events of the API.
type replayInput struct {
	*replay
	files []replayFile
	last  []*event.Event

	passed   int  // events so far, those that are skipped too
	captured bool // one of them was a capture
}

// replayFile is a file that can be read twice, or a stream that cannot.
type replayFile struct {
	name   string
	stream bool
	// documents is how many the file held when it was checked. It may be the
	// capture that the receiver writes to: what is added while it is replayed
	// must not be replayed too.
	documents int
	lined     bool // each of them is a line, and sound
}

// sourcesOf returns the sources of a command line. With --last there need be
// none, and standard input is not one of them.
func (r *replay) sourcesOf(args []string) ([]string, error) {
	if len(r.lastTypes) == 0 {
		return r.a.sources(args, "replay week.ndjson --to "+urlWithoutSecret(r.to))
	}
	switch {
	case slices.Contains(args, event.Stdin):
		return nil, usageError("konhook replay - --to URL, and --last in a command of its own",
			"with --last standard input is not read")
	case slices.Contains(args, ""):
		return nil, emptySource("konhook replay --last " + r.lastTypes[0].Slug + " --to URL")
	}
	return args, nil
}

// open finds the files of the sources.
func (r *replay) open() (*replayInput, error) {
	names, err := event.Expand(r.sources)
	input := &replayInput{replay: r}
	for _, name := range names {
		input.files = append(input.files, replayFile{name: name, stream: isStream(name)})
	}
	return input, err
}

// isStream reports whether something can be read only once, as standard input
// and named pipes can.
func isStream(name string) bool {
	if name == event.Stdin {
		return true
	}
	info, err := os.Stat(name)
	return err == nil && !info.Mode().IsRegular()
}

// toldOfCheck is how many errors of the files are told one by one.
const toldOfCheck = 10

// isReady reports whether the next event never has to be waited for, and may be
// made long before it is sent.
func (in *replayInput) isReady() bool {
	return in.times == 0 && !in.now && !slices.ContainsFunc(in.files, func(f replayFile) bool { return f.stream })
}

// checkFiles reads all files once and tells what is wrong with them. The error,
// which prints nothing, says that there was something.
func (in *replayInput) checkFiles(ctx context.Context) error {
	var told []error
	more := 0
	for i := range in.files {
		if in.files[i].stream || in.isSound(ctx, &in.files[i]) {
			continue
		}
		for err := range in.faults(ctx, &in.files[i]) {
			switch {
			case ctx.Err() != nil:
				return context.Cause(ctx)
			case len(told) < toldOfCheck:
				told = append(told, err)
			default:
				more++
				in.a.code = worse(in.a.code, classify(err).code)
			}
		}
	}
	if len(told) == 0 {
		return nil
	}
	in.tellFaults(told, more)
	return in.a.outcome(true)
}

// isSound reports whether a file, which is sent unchanged, is surely without
// faults.
func (in *replayInput) isSound(ctx context.Context, file *replayFile) bool {
	if len(in.edits) > 0 || in.now || in.allowInvalid {
		return false
	}
	documents, lined, ok := in.check.sound(ctx, file.name)
	if ok {
		file.documents, file.lined = documents, lined
	}
	return ok
}

// tellFaults tells of errors, with one hint for all of them.
func (in *replayInput) tellFaults(faults []error, more int) {
	if more > 0 {
		faults = append(faults, codeError(exitNo, "invalid", fmt.Errorf("and %d more like these", more)))
	}
	last := len(faults) - 1
	for i, err := range faults {
		if i == last {
			err = withInvalidHint(err)
		}
		in.a.tell(err)
	}
	in.a.note("nothing was sent")
}

// faults reads a file and counts its documents.
func (in *replayInput) faults(ctx context.Context, file *replayFile) iter.Seq[error] {
	return func(yield func(error) bool) {
		for e, err := range event.Read(ctx, []string{file.name}, in.a.readOptions()) {
			file.documents = max(file.documents, documentOf(e, err))
			if _, err := in.take(e, err, true); err != nil && !yield(err) {
				return
			}
		}
	}
}

// documentOf is the number that an event, or what was to be one, has in its
// file.
func documentOf(e *event.Event, err error) int {
	var broken *event.SyntaxError
	switch {
	case e != nil:
		return e.Document
	case errors.As(err, &broken):
		return broken.Document
	}
	return 0
}

// events are all that is to be sent, as it is to be sent, behind what is skipped.
// The iteration ends with the first error.
func (in *replayInput) events(ctx context.Context) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for e, err := range in.all(ctx) {
			if ctx.Err() != nil { // not every source looks for itself
				e, err = nil, context.Cause(ctx)
			}
			if err == nil {
				in.passed++
				in.captured = in.captured || e.Delivery != nil
				if in.skip.has(in.passed) {
					continue
				}
			}
			if !yield(e, err) || err != nil {
				return
			}
		}
	}
}

func (in *replayInput) all(ctx context.Context) iter.Seq2[*event.Event, error] {
	return func(yield func(*event.Event, error) bool) {
		for _, file := range in.files {
			for e, err := range in.read(ctx, file) {
				e, err = in.take(e, err, file.stream)
				if (e != nil || err != nil) && (!yield(e, err) || err != nil) {
					return
				}
			}
		}
		for _, e := range in.last {
			if !yield(in.edited(e, time.Now())) {
				return
			}
		}
	}
}

// read reads a file again, no further than it was checked, or a stream.
func (in *replayInput) read(ctx context.Context, file replayFile) iter.Seq2[*event.Event, error] {
	options := in.a.readOptions()
	if file.stream {
		return event.Read(ctx, []string{file.name}, options)
	}
	options.Note = nil // all was said when it was checked
	options.Lined = file.lined
	return func(yield func(*event.Event, error) bool) {
		for e, err := range event.Read(ctx, []string{file.name}, options) {
			if documentOf(e, err) > file.documents || !yield(e, err) {
				return
			}
		}
	}
}

// take makes what is sent of what was read, nil for what is not to be sent.
func (in *replayInput) take(e *event.Event, err error, check bool) (*event.Event, error) {
	var broken *event.SyntaxError
	switch {
	case errors.As(err, &broken) && in.allowInvalid:
		return in.asItIs(broken, check), nil
	case errors.As(err, &broken):
		return nil, in.check.syntax(broken)
	case err != nil:
		return nil, err
	case in.only != nil && !in.only[e.Type]:
		return nil, nil
	}
	sent, err := in.edited(e, time.Now())
	if err != nil || !check || in.allowInvalid {
		return sent, err
	}
	return sent, in.check.event(sent, sent != e)
}

// asItIs makes an event of text that is not JSON, nil when --event is against it.
// check says that it is read for the first time.
func (in *replayInput) asItIs(broken *event.SyntaxError, check bool) *event.Event {
	e := event.New(broken.Body)
	e.Place, e.Document = broken.Place, broken.Document
	if in.only != nil && !in.only[e.Type] {
		return nil
	}
	if check && (len(in.edits) > 0 || in.now) {
		in.a.warn("%s: not JSON, sent unchanged", broken.Place)
	}
	return e
}

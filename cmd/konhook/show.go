package main

import (
	"bytes"
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/query"
	"github.com/konhook/konhook/pkg/redact"
)

type showOptions struct {
	format string
	events []string
	jq     string
	redact bool
}

func (o *showOptions) addFlags(fs *pflag.FlagSet) {
	enumFlag(fs, &o.format, "format", "f", "pretty", []string{"pretty", "compact", "json", "ndjson", "raw", "capture", "curl"}, "how to print them")
	fs.StringArrayVar(&o.events, "event", nil, "only events of the type `EVENT`, a pattern or a list; may be repeated")
	fs.StringVar(&o.jq, "jq", "", "print what the jq expression `EXPR` makes of each event")
	fs.BoolVar(&o.redact, "redact", false, "replace what tells of a person")
}

func newShowCommand(a *app) *cobra.Command {
	var o showOptions
	cmd := &cobra.Command{
		Use:   "show [SOURCE...]",
		Short: "Print or convert events and captures",
		Long: "show prints the events of files, folders, globs and standard input (-).\n\n" +
			"  pretty   indented JSON, with what could drive a terminal as escapes of JSON\n" +
			"  compact  one line for each event: where, when, what, how long, and the end of its id or its SHA-256\n" +
			"  json     the event, or an array when there are several\n" +
			"  ndjson   one event a line\n" +
			"  raw      the exact bytes\n" +
			"  capture  lines of a capture file; an event that is no capture becomes one\n" +
			"  curl     commands for a shell that send the same bytes to http://127.0.0.1:5000\n\n" +
			"With --redact, every value of a user but id, language, timezone, role, isBanned and fromApi is replaced,\n" +
			"and every email; of a capture also the sender's address, the URL and all headers but Content-Type. The\n" +
			"id of a user stays, and so does text such as the name of a group.\n\n" +
			"With --jq the members of objects come out sorted. With -f raw a string comes out without its quotes.",
		Example: "  konhook show week.ndjson --event 'user.*'\n" +
			"  konhook show week.ndjson --jq .body.user.email\n" +
			"  konhook show week.ndjson -f curl --event course.published | sh\n" +
			"  konhook fetch course.started | konhook show --redact",
		RunE: func(cmd *cobra.Command, args []string) error { return runShow(cmd.Context(), a, o, args) },
	}
	o.addFlags(cmd.Flags())
	return exits(cmd, exitOK, exitNo, exitUsage, exitMachine)
}

// runShow reads the sources and prints each event as it comes.
func runShow(ctx context.Context, a *app, o showOptions, args []string) error {
	s, err := newShowing(a, o)
	if err != nil {
		return err
	}
	sources, err := a.sources(args, "show week.ndjson")
	if err != nil {
		return err
	}
	for e, err := range event.Read(ctx, sources, a.readOptions()) {
		switch {
		case ctx.Err() != nil:
			return context.Cause(ctx)
		case err != nil:
			s.failed = true
			a.tell(err)
			continue
		}
		if err := s.event(ctx, e); err != nil {
			return err
		}
	}
	if err := s.end(); err != nil {
		return err
	}
	return a.outcome(false)
}

// showing is a run of the command.
type showing struct {
	a      *app
	o      showOptions
	types  []event.Type // nil: all, and unknown ones
	query  *query.Query
	out    jsonPrinter
	read   int  // events read
	shown  int  // events printed
	failed bool // something could not be read

	endless bool // raw: the last event has no line break at its end
}

func newShowing(a *app, o showOptions) (*showing, error) {
	s := &showing{a: a, o: o, out: jsonPrinter{a: a, format: o.format}}
	var err error
	if s.types, err = event.Select(o.events); err != nil {
		return nil, err
	}
	if len(o.events) > 0 && len(s.types) == 0 {
		return nil, usageError("konhook events", "--event: names no event")
	}
	if s.query, err = compileJQ(o.jq); err != nil {
		return nil, err
	}
	if s.query != nil && (o.format == "capture" || o.format == "curl") {
		return nil, usageError("-f json", "--jq: what it makes of an event is no event, so -f %s cannot print it", o.format)
	}
	return s, nil
}

// event prints one event, when it is wanted. What is wrong with it alone is told
// here; the error is one that ends the command.
func (s *showing) event(ctx context.Context, e *event.Event) error {
	s.read++
	if s.types != nil && !slices.Contains(s.types, e.Type) {
		return nil
	}
	s.shown++
	if s.o.redact {
		e = redacted(e)
	}
	if s.query != nil {
		return s.ask(ctx, e)
	}
	switch s.o.format {
	case "raw":
		return s.raw(e.Body)
	case "compact":
		return s.compact(e)
	case "capture":
		return s.a.printCapture(delivered(e))
	case "curl":
		return s.a.printCurl(delivered(e))
	}
	if err := readable(e); err != nil {
		s.a.tell(err)
		return nil
	}
	s.head(e)
	return s.out.print(e.Body)
}

// redacted returns e without what tells of a person. It keeps its place.
func redacted(e *event.Event) *event.Event {
	c := event.New(redact.Body(e.Body))
	c.Type, c.Place, c.Document = e.Type, e.Place, e.Document
	if e.Delivery != nil {
		c.Delivery = redact.Delivery(e.Unpacked())
	}
	return c
}

// ask prints what the query makes of an event.
func (s *showing) ask(ctx context.Context, e *event.Event) error {
	for value, err := range s.query.Run(ctx, e.Body) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err != nil {
			s.a.tell(codeError(exitNo, "jq", fmt.Errorf("%s: --jq: %w", e.Place, err)))
			return nil
		}
		if err := s.out.print(value); err != nil {
			return err
		}
	}
	return nil
}

// raw prints exact bytes. Several begin on a line each.
func (s *showing) raw(body []byte) error {
	body = s.a.forTerminal(body)
	if s.endless {
		body = append([]byte{'\n'}, body...)
	}
	s.endless = !bytes.HasSuffix(body, []byte{'\n'})
	return s.a.printBytes(body)
}

// end prints what completes the output, and says why there is none where a
// person may wonder.
func (s *showing) end() error {
	switch {
	case s.shown > 0 || s.failed:
	case s.read == 0:
		s.a.warn("nothing to show")
	default:
		s.a.note("note: of %s, none is of a type that --event names", many(s.read, "event", "events"))
	}
	if s.endless && (s.shown > 1 || s.a.outTTY) {
		return s.a.printBytes([]byte{'\n'})
	}
	return s.out.end()
}

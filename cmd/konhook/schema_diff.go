package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/drift"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

type diffOptions struct {
	format string
	redact bool
}

func (o *diffOptions) addFlags(fs *pflag.FlagSet) {
	enumFlag(fs, &o.format, "format", "f", "text", []string{"text", "json"}, "how to print the report")
	fs.BoolVar(&o.redact, "redact", false, "replace the strings and numbers of examples")
}

func newSchemaDiffCommand(a *app) *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff SOURCE...",
		Short: "Report what real events have that the schema does not know",
		Long: "diff compares the events of files, folders, globs and standard input (-) with what Konstantly documents,\n" +
			"and tells for each event and place how many are different, with an example:\n\n" +
			"  unknown  a field that is documented nowhere\n" +
			"  missing  a field that is documented as always there\n" +
			"  type     a value of another type\n" +
			"  value    a value of the right type that is out of bounds\n" +
			"  event    an event type that is new\n\n" +
			"A * in a place stands for any item of an array. As a nightly job it tells when Konstantly changes\n" +
			"something: it exits with 1 then.",
		Example: "  konhook fetch --all -f ndjson | konhook schema diff -\n" +
			"  konhook schema diff week.ndjson --redact\n" +
			"  konhook schema diff captures/ -f json | jq .differences",
		RunE: func(cmd *cobra.Command, args []string) error { return runSchemaDiff(cmd.Context(), a, o, args) },
	}
	o.addFlags(cmd.Flags())
	return exits(cmd, exitOK, exitNo, exitUsage, exitMachine)
}

// schemaDiff is a run of the command.
type schemaDiff struct {
	a          *app
	collector  *drift.Collector
	files      int
	unreadable int // documents and files
}

func runSchemaDiff(ctx context.Context, a *app, o diffOptions, args []string) error {
	collector, err := drift.New(drift.Options{Redact: o.redact})
	if err != nil {
		return err
	}
	sources, err := a.sources(args, "schema diff week.ndjson")
	if err != nil {
		return err
	}
	d := &schemaDiff{a: a, collector: collector}
	if err := d.read(ctx, sources); err != nil {
		return err
	}
	report := collector.Report()
	if o.format == "json" {
		err = d.printJSON(report)
	} else {
		err = d.printText(report)
	}
	if err != nil {
		return err
	}
	return a.outcome(len(report.Differences) > 0)
}

// read compares all events. What cannot be read is told, and keeps nothing else
// from being compared.
func (d *schemaDiff) read(ctx context.Context, sources []string) error {
	line := d.a.startProgress()
	defer line.stop()
	for _, source := range sources {
		found, err := event.Expand([]string{source})
		if err == nil && len(found) == 0 {
			d.a.warn("nothing to compare: %s holds no *.json, *.ndjson or *.jsonl", event.Place{File: source}.Name())
		}
		d.files += len(found)
	}
	for e, err := range event.Read(ctx, sources, d.a.readOptions()) {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		if err == nil {
			err = d.add(e)
		}
		if err != nil {
			d.failed(err)
		}
		line.set(progressState{done: int64(d.collector.Total().Events), unit: "events"})
	}
	if more := d.unreadable - maxUnreadable; more > 0 {
		d.a.warn("%s could not be read either: konhook validate lists them", many(more, "more", "more"))
	}
	return nil
}

// maxUnreadable is how many documents that cannot be read are told of.
const maxUnreadable = 10

func (d *schemaDiff) failed(err error) {
	if d.unreadable++; d.unreadable <= maxUnreadable {
		d.a.tell(err)
		return
	}
	d.a.code = worse(d.a.code, classify(err).code)
}

func (d *schemaDiff) add(e *event.Event) error {
	if err := d.collector.Add(e); err != nil {
		return codeError(exitNo, "syntax", fmt.Errorf("%s: %w", e.Place, err))
	}
	return nil
}

func (d *schemaDiff) printJSON(r drift.Report) error {
	type summary struct {
		Files       int `json:"files"`
		Events      int `json:"events"`
		Different   int `json:"different"`
		Differences int `json:"differences"`
		More        int `json:"more"`
		Unreadable  int `json:"unreadable"`
	}
	text, err := json.Marshal(struct {
		Konhook     int                     `json:"konhook"`
		Differences []drift.Difference      `json:"differences"`
		Events      map[string]drift.Events `json:"events"`
		Summary     summary                 `json:"summary"`
	}{1, r.Differences, r.Events, summary{d.files, r.Total.Events, r.Total.Different, len(r.Differences), r.More, d.unreadable}})
	if err != nil {
		return err
	}
	if d.a.outTTY {
		text = render.Safe(text)
	}
	return d.a.printBytes(append(text, '\n'))
}

// maxShownExample is how many cells an example takes, and what is documented.
const maxShownExample = 48

// maxDiffLines is how many differences text lists.
const maxDiffLines = 200

func (d *schemaDiff) printText(r drift.Report) error {
	if d.a.settings.Quiet {
		return nil
	}
	var b strings.Builder
	for i, x := range r.Differences[:min(len(r.Differences), maxDiffLines)] {
		if i == 0 || r.Differences[i-1].Event != x.Event {
			d.head(&b, x.Event, r.Events[x.Event])
		}
		d.line(&b, x)
	}
	if more := len(r.Differences) - maxDiffLines; more > 0 {
		fmt.Fprintf(&b, "and %s: -f json lists them\n", many(more, "more difference", "more differences"))
	}
	if r.More > 0 {
		fmt.Fprintf(&b, "and %s at further places\n", many(r.More, "difference", "differences"))
	}
	switch total := r.Total; {
	case total.Events == 0: // what the sources lack was told
		b.WriteString("no event was compared\n")
	case len(r.Differences) == 0:
		fmt.Fprintf(&b, "no difference in %s\n", many(total.Events, "event", "events"))
	default:
		fmt.Fprintf(&b, "%s, in %s of %s\n", many(len(r.Differences), "difference", "differences"),
			render.Count(total.Different), many(total.Events, "event", "events"))
	}
	return d.a.printBytes([]byte(b.String()))
}

// head is the line above the differences of one event.
func (d *schemaDiff) head(b *strings.Builder, name string, n drift.Events) {
	name = render.CleanLine(cmp.Or(name, "(no type)"))
	fmt.Fprintf(b, "%s  %s of %s different\n", d.a.outPalette().Bold(name), render.Count(n.Different), many(n.Events, "event", "events"))
}

// line is one difference.
func (d *schemaDiff) line(b *strings.Builder, x drift.Difference) {
	mark := d.a.outPalette().Bad
	if x.Kind == drift.Unknown {
		mark = d.a.outPalette().Warn
	}
	text := fmt.Sprintf("  %s %s", mark(fmt.Sprintf("%-8s", x.Kind)), render.CleanLine(cmp.Or(x.Pointer, "(the whole event)")))
	for _, part := range []string{found(x), expected(x)} {
		if part != "" {
			text += ", " + render.CleanLine(part)
		}
	}
	fmt.Fprintf(b, "%s  %s\n", text, d.a.outPalette().Dim(fmt.Sprintf("(%s, first %s)", many(x.Count, "event", "events"), render.CleanLine(x.First))))
}

// found says which values are there: their types, most of them first, and one of
// them.
func found(x drift.Difference) string {
	if len(x.Found) == 0 {
		return ""
	}
	types := slices.SortedFunc(maps.Keys(x.Found), func(a, b string) int {
		return cmp.Or(cmp.Compare(x.Found[b], x.Found[a]), cmp.Compare(a, b))
	})
	return strings.Join(types, " or ") + " such as " + render.Truncate(render.CleanLine(x.Example), maxShownExample)
}

func expected(x drift.Difference) string {
	if x.Expected == "" || x.Kind == drift.Event {
		return ""
	}
	return "documented as " + render.Truncate(render.CleanLine(x.Expected), maxShownExample)
}

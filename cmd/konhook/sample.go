package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/atomicfile"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/jsonset"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/sample"
)

type sampleOptions struct {
	count   int
	counted bool // count was given
	seed    uint64
	seeded  bool // seed was given
	set     []string
	invalid string
	saveDir string
	format  string
}

func (o *sampleOptions) addFlags(fs *pflag.FlagSet) {
	fs.IntVar(&o.count, "count", 0, "make `N` events in total, of the types in turn (default one of each type)")
	fs.Uint64Var(&o.seed, "seed", 0, "make the same events for the same `N`, with times that do not change (default at random)")
	fs.StringArrayVar(&o.set, "set", nil, "set a value of each event: `PATH=JSON`, PATH a JSON Pointer; may be repeated")
	addInvalidFlag(fs, &o.invalid)
	fs.StringVar(&o.saveDir, "save-dir", "", "write them into `DIR` as SLUG.json, or SLUG-N.json when there are several of a type, and print none")
	enumFlag(fs, &o.format, "format", "f", "pretty", []string{"pretty", "json", "ndjson", "capture"}, "how to print or write them")
}

func newSampleCommand(a *app) *cobra.Command {
	var o sampleOptions
	cmd := &cobra.Command{
		Use:   "sample [EVENT...]",
		Short: "Make valid, realistic events",
		Long: "sample makes events that follow the schema, with every member that the vendor documents. Without an\n" +
			"EVENT it makes one of each type. An EVENT may be a pattern, such as 'user.*', or all.\n\n" +
			"The events happened within the last hour, with --seed in the hour before " + sample.Epoch.Format(time.RFC3339) + ".\n" +
			"People are invented and addresses are of example.com. What is undocumented (a courseElement, an image)\n" +
			"is an empty object: give it members with --set.\n\n" +
			"--invalid makes events that are broken, each in one way: of the KIND named, or of all kinds in turn. The\n" +
			"kinds are those that probe sends:\n\n" + wrongsHelp(),
		Example: "  konhook sample course.published\n" +
			"  konhook sample --count 1000 -f ndjson | konhook validate\n" +
			"  konhook sample course.progress --set /body/progressValue=100\n" +
			"  konhook sample user.created -f capture > users.ndjson\n" +
			"  konhook sample user.created --invalid=no-name | konhook validate",
		ValidArgsFunction: completeEvents,
		RunE: func(cmd *cobra.Command, args []string) error {
			o.counted, o.seeded = cmd.Flags().Changed("count"), cmd.Flags().Changed("seed")
			return runSample(cmd.Context(), a, o, args)
		},
	}
	o.addFlags(cmd.Flags())
	completeWrongs(cmd)
	return exits(cmd, exitOK, exitUsage, exitMachine)
}

// runSample makes the events one after the other and hands each on at once.
func runSample(ctx context.Context, a *app, o sampleOptions, args []string) error {
	s, err := newSampling(a, o, args)
	if err != nil {
		return err
	}
	if o.saveDir != "" {
		if s.folder, err = atomicfile.OpenFolder(o.saveDir); err != nil {
			return err
		}
		defer func() { _ = s.folder.Close() }() // each file was closed already
	}
	for i := range s.count {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		body, err := s.makeAt(i)
		if err != nil {
			return err
		}
		if err := s.put(i, body); err != nil {
			return err
		}
	}
	if s.folder != nil {
		a.note("wrote %s to %s", many(s.count, "event", "events"), o.saveDir)
		return nil
	}
	return s.out.end()
}

// sampling is a run of the command.
type sampling struct {
	a         *app
	types     []event.Type
	count     int
	generator *sample.Generator
	set       []assignment
	wrongs    []sample.Wrong // none: sound events
	out       jsonPrinter
	folder    *atomicfile.Folder // nil: standard output
}

type assignment struct {
	pointer string
	value   []byte
}

func newSampling(a *app, o sampleOptions, args []string) (*sampling, error) {
	s := &sampling{a: a, out: jsonPrinter{a: a, format: o.format}, count: o.count}
	var err error
	if len(args) == 0 {
		args = []string{"all"}
	}
	if s.types, err = event.Select(args); err != nil {
		return nil, kindForEvent(o.invalid, args, err)
	}
	switch {
	case len(s.types) == 0:
		return nil, usageError("konhook events", "no event is named")
	case !o.counted:
		s.count = 0 // as many as there are, see below
	case o.count < 1:
		return nil, usageError("--count 1", "--count %d: at least one event must be made", o.count)
	}
	for _, text := range o.set {
		pointer, value, err := jsonset.ParseAssignment(text)
		if err != nil {
			return nil, usageError("--set /body/course/name=Safety", "--set: %s", err)
		}
		s.set = append(s.set, assignment{pointer, value})
	}
	if s.wrongs, err = selectWrongs(o.invalid, o.format); err != nil {
		return nil, err
	}
	if !o.counted {
		s.count = max(len(s.types), len(s.wrongs))
	}
	seed, now := o.seed, sample.Epoch
	if !o.seeded {
		seed, now = rand.Uint64(), time.Now() //nolint:gosec // samples are no secrets
	}
	if err := s.rehearse(sample.New(seed, now)); err != nil {
		return nil, err
	}
	s.generator = sample.New(seed, now)
	return s, nil
}

// rehearse makes one event of each type, and of each type and kind that go
// together, so that a --set that does not fit is told of before anything is
// printed or written.
func (s *sampling) rehearse(g *sample.Generator) error {
	s.generator = g
	for i := range min(s.count, s.period()) {
		if _, err := s.makeAt(i); err != nil {
			return err
		}
	}
	return nil
}

// typeAt returns the type of the event with the number i, from 0.
func (s *sampling) typeAt(i int) event.Type { return s.types[i%len(s.types)] }

// makeAt makes the body of the event with the number i, from 0.
func (s *sampling) makeAt(i int) ([]byte, error) {
	body, err := s.make(s.typeAt(i))
	if err != nil || len(s.wrongs) == 0 {
		return body, err
	}
	w := s.wrongs[i%len(s.wrongs)]
	broken, err := w.Break(body)
	if err != nil {
		return nil, usageError("--invalid="+w.Name+" without --set", "--invalid of a %s event: %s", s.typeAt(i), err)
	}
	return broken, nil
}

// make makes the body of one event.
func (s *sampling) make(t event.Type) ([]byte, error) {
	body := s.generator.Generate(t).Body
	for _, a := range s.set {
		changed, err := jsonset.Set(body, a.pointer, a.value)
		if err != nil {
			return nil, usageError("konhook sample "+t.Slug, "--set %s in a %s event: %s", a.pointer, t, err)
		}
		body = changed
	}
	return body, nil
}

// put prints the event with the number i, from 0, or writes its file.
func (s *sampling) put(i int, body []byte) error {
	switch {
	case s.folder == nil && s.out.format == "capture":
		return s.a.printCapture(s.generator.Delivery(body))
	case s.folder == nil && len(s.wrongs) > 0 && !s.wrongs[i%len(s.wrongs)].IsJSON():
		return s.a.printBytes(s.a.forTerminal(append(body, '\n')))
	case s.folder == nil:
		return s.out.print(body)
	}
	_, err := s.folder.Put(s.fileName(i), s.file(i, body))
	return err
}

// fileName returns SLUG.json, or SLUG-KIND.json for a broken event, with -N
// before the dot when there are several of the same.
func (s *sampling) fileName(i int) string {
	name := s.typeAt(i).Slug
	if len(s.wrongs) > 0 {
		name += "-" + s.wrongs[i%len(s.wrongs)].Name
	}
	if n := s.period(); i%n+n < s.count {
		name += fmt.Sprintf("-%d", i/n+1)
	}
	return name + ".json"
}

// period is after how many events the same type comes with the same kind again.
func (s *sampling) period() int {
	n := len(s.types)
	for len(s.wrongs) > 0 && n%len(s.wrongs) != 0 {
		n += len(s.types)
	}
	return n
}

// file returns what the file of one event holds.
func (s *sampling) file(i int, body []byte) []byte {
	switch {
	case s.out.format == "capture":
		return s.generator.Delivery(body).AppendJSON(nil)
	case len(s.wrongs) > 0 && !s.wrongs[i%len(s.wrongs)].IsJSON():
		return body
	case s.out.format == "pretty":
		return render.JSON(body, nil)
	}
	return append(render.Minify(body), '\n')
}

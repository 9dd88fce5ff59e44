package main

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/render"
)

type doctorOptions struct {
	format string
	client clientFlags
}

func (o *doctorOptions) addFlags(fs *pflag.FlagSet) {
	enumFlag(fs, &o.format, "format", "f", "text", []string{"text", "json"}, "how to print the report")
	o.client.addTLSFlags(fs)
}

func newDoctorCommand(a *app) *cobra.Command {
	var (
		o     doctorOptions
		wrong error // with the settings
	)
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Find out what is wrong with the setup",
		Long: "doctor looks at the settings and where they come from, at the key, at the way to the API, and at what\n" +
			"of this machine matters: the port of listen, completion, the terminal. Each line is ok, a warning or a\n" +
			"failure, and says what to do. It sends one request. The exit code is that of the worst failure.",
		Example: "  konhook doctor\n" +
			"  konhook doctor -f json | jq '.checks[] | select(.outcome != \"ok\")'",
		Args: noArguments,
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			wrong = a.prepare(cmd) // is for the report
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error { return runDoctor(cmd.Context(), a, o, wrong) },
	}
	o.addFlags(cmd.Flags())
	return exits(cmd, exitOK, exitUsage, exitKey, exitRemote, exitMachine)
}

// The outcomes of a check.
const (
	checkOK      = "ok"
	checkWarning = "warning"
	checkFailure = "failure"
)

// checked is one line of the report.
type checked struct {
	Name    string  `json:"name"`
	Outcome string  `json:"outcome"`
	Message string  `json:"message"`
	Hint    *string `json:"hint"`
}

// doctor is a run of the command.
type doctor struct {
	a      *app
	o      doctorOptions
	checks []checked
	counts map[string]int
	failed error // to print
}

func runDoctor(ctx context.Context, a *app, o doctorOptions, wrong error) error {
	d := &doctor{a: a, o: o, counts: map[string]int{}}
	if wrong != nil {
		d.fail("configuration", wrong)
	} else {
		d.settings()
		d.api(ctx)
	}
	d.machine(ctx)
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err := d.end(); err != nil {
		return err
	}
	return a.outcome(false)
}

func (d *doctor) ok(name, format string, args ...any) {
	d.add(checked{Name: name, Outcome: checkOK, Message: fmt.Sprintf(format, args...)})
}

func (d *doctor) warn(name, hint, format string, args ...any) {
	d.add(checked{Name: name, Outcome: checkWarning, Message: fmt.Sprintf(format, args...), Hint: &hint})
}

// fail adds an error as a failure, with its exit code and its hint.
func (d *doctor) fail(name string, err error) {
	what := classify(err)
	hint := cmp.Or(what.hint, "konhook doctor -v, which shows the request and its answer")
	c := checked{Name: name, Outcome: checkFailure, Message: what.Error(), Hint: &hint}
	d.a.code = worse(d.a.code, what.code)
	d.add(c)
}

// add adds a line to the report, which people see at once.
func (d *doctor) add(c checked) {
	c.Message = render.CleanLine(d.a.withoutKey(c.Message))
	if c.Hint != nil {
		hint := render.CleanLine(*c.Hint)
		c.Hint = &hint
	}
	d.checks = append(d.checks, c)
	d.counts[c.Outcome]++
	if d.o.format == "text" && !d.a.settings.Quiet && d.failed == nil {
		d.failed = d.a.printBytes([]byte(d.line(c)))
	}
}

func (d *doctor) line(c checked) string {
	p := d.a.outPalette()
	mark := map[string]func(string) string{checkOK: p.Good, checkWarning: p.Warn, checkFailure: p.Bad}[c.Outcome]
	line := fmt.Sprintf("%s %-14s %s\n", mark(fmt.Sprintf("%-8s", c.Outcome)), c.Name, c.Message)
	if c.Hint != nil && *c.Hint != "" {
		line += strings.Repeat(" ", 24) + p.Dim("try:") + " " + *c.Hint + "\n"
	}
	return line
}

// end prints the summary, or the whole report for machines.
func (d *doctor) end() error {
	switch {
	case d.failed != nil:
		return d.failed
	case d.o.format == "json":
		return d.printJSON()
	case d.a.settings.Quiet:
		return nil
	}
	return d.a.printBytes([]byte(fmt.Sprintf("%d ok, %s, %s\n", d.counts[checkOK],
		many(d.counts[checkWarning], "warning", "warnings"), many(d.counts[checkFailure], "failure", "failures"))))
}

func (d *doctor) printJSON() error {
	type summary struct {
		OK      int `json:"ok"`
		Warning int `json:"warning"`
		Failure int `json:"failure"`
		Exit    int `json:"exit"`
	}
	text, err := json.Marshal(struct {
		Konhook int       `json:"konhook"`
		Checks  []checked `json:"checks"`
		Summary summary   `json:"summary"`
	}{1, d.checks, summary{d.counts[checkOK], d.counts[checkWarning], d.counts[checkFailure], d.a.code}})
	if err != nil {
		return err
	}
	return d.a.printBytes(append(text, '\n'))
}

package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/sample"
)

// everyKind is the value of --invalid without one.
const everyKind = "all"

// addInvalidFlag adds --invalid[=KIND].
func addInvalidFlag(fs *pflag.FlagSet, kind *string) {
	fs.StringVar(kind, "invalid", "", "make broken events: of the `KIND`, or of each kind in turn")
	fs.Lookup("invalid").NoOptDefVal = everyKind
}

// selectWrongs returns the kinds that --invalid names, none for sound events.
// One document of JSON can only hold those that are JSON themselves.
func selectWrongs(kind, format string) ([]sample.Wrong, error) {
	switch kind {
	case "":
		return nil, nil
	case everyKind:
		var all []sample.Wrong
		for _, w := range sample.Wrongs() {
			if format != "json" || w.IsJSON() {
				all = append(all, w)
			}
		}
		return all, nil
	}
	w, ok := sample.LookupWrong(kind)
	switch {
	case !ok:
		return nil, usageError("konhook sample --help", "--invalid: %s", unknownWord("kind", kind, wrongNames()))
	case format == "json" && !w.IsJSON():
		return nil, usageError("-f ndjson or -f capture", "--invalid=%s: is no JSON, which -f json has to be", kind)
	}
	return []sample.Wrong{w}, nil
}

// kindForEvent explains an unknown event that is a kind: the value of a flag that
// needs none goes behind =.
func kindForEvent(invalid string, args []string, err error) error {
	for _, arg := range args {
		if _, isKind := sample.LookupWrong(arg); isKind && invalid == everyKind {
			return usageError("--invalid="+arg, "--invalid %s: the kind goes behind =", arg)
		}
	}
	return err
}

func wrongNames() []string {
	var names []string
	for _, w := range sample.Wrongs() {
		names = append(names, w.Name)
	}
	return names
}

// wrongsHelp lists the kinds, a line each.
func wrongsHelp() string {
	var lines []string
	for _, w := range sample.Wrongs() {
		lines = append(lines, fmt.Sprintf("  %-18s %s", w.Name, w.About))
	}
	return strings.Join(lines, "\n")
}

// completeWrongs offers the kinds for --invalid.
func completeWrongs(cmd *cobra.Command) {
	var words []string
	for _, w := range sample.Wrongs() {
		words = append(words, w.Name+"\t"+w.About)
	}
	complete := cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc("invalid", complete); err != nil {
		panic(err) // the flag is there: it was added with the others
	}
}

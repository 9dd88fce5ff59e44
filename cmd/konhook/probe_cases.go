package main

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/konhook/konhook/pkg/probe"
)

// selectCases returns the cases that words name, by names, patterns or lists of
// them, in the order in which they are tried. No word: all.
func selectCases(words []string) ([]probe.Case, error) {
	all := probe.Cases()
	if len(words) == 0 {
		return all, nil
	}
	wanted := map[string]bool{}
	for word := range strings.SplitSeq(strings.Join(words, ","), ",") {
		word = strings.ToLower(strings.TrimSpace(word))
		found := false
		for _, c := range all {
			if ok, err := path.Match(word, c.Name); ok && err == nil {
				found, wanted[c.Name] = true, true
			}
		}
		if !found {
			return nil, unknownCase(word, all)
		}
	}
	return slices.DeleteFunc(all, func(c probe.Case) bool { return !wanted[c.Name] }), nil
}

func unknownCase(word string, all []probe.Case) error {
	if word == "" {
		return usageError("konhook probe --list", "--case: a name is empty")
	}
	var names []string
	for _, c := range all {
		names = append(names, c.Name)
	}
	return usageError("konhook probe --list", "--case: %s", unknownWord("case", word, names))
}

// completeCases offers the names for --case.
func completeCases(cmd *cobra.Command) {
	var words []string
	for _, c := range probe.Cases() {
		words = append(words, c.Name+"\t"+c.Sends)
	}
	complete := cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)
	if err := cmd.RegisterFlagCompletionFunc("case", complete); err != nil {
		panic(err) // the flag is there: it was added with the others
	}
}

// listCases prints the cases: a line each, or in full those that were asked for
// by name.
func (a *app) listCases(cases []probe.Case, o probeOptions, args []string) error {
	switch {
	case len(args) > 1:
		return usageError(probeHint, "one receiver at a time: %q is the second", args[1])
	case o.format == "junit":
		return usageError("-f json", "--list: is no report of tests: text or json")
	case o.format == "json":
		return a.listCasesJSON(cases, o)
	case a.settings.Quiet:
		return nil
	}
	var b strings.Builder
	for i, c := range cases {
		if len(o.cases) > 0 {
			if i > 0 {
				b.WriteByte('\n')
			}
			b.WriteString(a.caseInFull(c, o))
			continue
		}
		lines := folded(c.Sends, a.width-listCells)
		fmt.Fprintf(&b, "%s  %-6s  %s\n", a.outPalette().Accent(fmt.Sprintf("%-19s", c.Name)), c.Level,
			strings.Join(lines, "\n"+strings.Repeat(" ", listCells)))
	}
	return a.printBytes([]byte(b.String()))
}

// caseInFull is all that there is to say of a case.
func (a *app) caseInFull(c probe.Case, o probeOptions) string {
	p := a.outPalette()
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", p.Bold(c.Name), c.Level)
	for _, part := range []struct{ name, text string }{
		{"sends", c.Sends}, {"expects", c.ExpectsWithin(o.maxLatency)}, {"why", c.Why}, {"mend", c.Mend},
	} {
		b.WriteString(labelled(p, part.name, part.text, a.width, 2))
	}
	return b.String()
}

// listCells are those of the columns before the text of a list.
const listCells = 29

func (a *app) listCasesJSON(cases []probe.Case, o probeOptions) error {
	type row struct {
		Name    string      `json:"name"`
		Level   probe.Level `json:"level"`
		Sends   string      `json:"sends"`
		Expects string      `json:"expects"`
		Why     string      `json:"why"`
		Mend    string      `json:"mend"`
		Signed  bool        `json:"signed"`
	}
	var rows []row
	for _, c := range cases {
		rows = append(rows, row{c.Name, c.Level, c.Sends, c.ExpectsWithin(o.maxLatency), c.Why, c.Mend, c.Signed})
	}
	enc := json.NewEncoder(a.out)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	return enc.Encode(map[string]any{"konhook": 1, "cases": rows})
}

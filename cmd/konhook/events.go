package main

import (
	"encoding/json"

	"github.com/spf13/cobra"

	"github.com/konhook/konhook/pkg/event"
)

func newEventsCommand(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "events",
		Short: "List the types of event",
		Long: "events lists the types of event that Konstantly sends. The first column is the name in the path of\n" +
			"the API, the second the one in a payload. Commands take either, in any letter case.",
		Example: "  konhook events\n" +
			"  konhook events -f json | jq -r .[].event",
		Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return a.printEvents(format) },
	}
	enumFlag(cmd.Flags(), &format, "format", "f", "text", []string{"text", "json"}, "how to print them")
	return exits(cmd, exitOK, exitUsage, exitMachine)
}

func (a *app) printEvents(format string) error {
	if format == "json" {
		return a.printEventsJSON()
	}
	if a.settings.Quiet {
		return nil
	}
	var rows [][]string
	for _, t := range event.Types() {
		rows = append(rows, []string{t.Slug, t.Name, t.Description})
	}
	return a.printLines(columns(rows))
}

func (a *app) printEventsJSON() error {
	type row struct {
		Event       string `json:"event"`
		Type        string `json:"type"`
		Description string `json:"description"`
	}
	var rows []row
	for _, t := range event.Types() {
		rows = append(rows, row{t.Slug, t.Name, t.Description})
	}
	enc := json.NewEncoder(a.out)
	enc.SetIndent("", "  ")
	return enc.Encode(rows)
}

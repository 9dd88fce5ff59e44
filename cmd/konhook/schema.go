package main

import (
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/atomicfile"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/schema"
)

type schemaOptions struct {
	all bool
	dir string
}

func (o *schemaOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.all, "all", false, "write the schemas of all events into the folder of --output")
	fs.StringVarP(&o.dir, "output", "o", "", "write SLUG.schema.json for each event, and event.schema.json, into `DIR`")
}

func newSchemaCommand(a *app) *cobra.Command {
	var o schemaOptions
	cmd := &cobra.Command{
		Use:   "schema [EVENT]",
		Short: "Print the JSON Schema of an event",
		Long: "schema prints the JSON Schema (draft 2020-12) of an event, and without EVENT the one that covers all\n" +
			"of them. It is what validate checks against, and refers to nothing outside itself. schema diff tells\n" +
			"where real events are not what it says.",
		Example: "  konhook schema course.published > course.published.schema.json\n" +
			"  konhook schema --all -o schemas/\n" +
			"  konhook schema diff week.ndjson",
		ValidArgsFunction: func(cmd *cobra.Command, args []string, word string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return completeEvents(cmd, args, word)
		},
		RunE: func(_ *cobra.Command, args []string) error { return runSchema(a, o, args) },
	}
	o.addFlags(cmd.Flags())
	cmd.AddCommand(newSchemaDiffCommand(a))
	return exits(cmd, exitOK, exitUsage, exitMachine)
}

func runSchema(a *app, o schemaOptions, args []string) error {
	switch {
	case o.all && o.dir == "":
		return usageError("konhook schema --all -o schemas/", "--all: which folder? --output is missing")
	case !o.all && o.dir != "":
		return usageError("konhook schema --all -o "+o.dir, "--output: is for --all")
	case o.all && len(args) > 0:
		return usageError("konhook schema --all -o schemas/", "--all takes no argument: %q", args[0])
	case o.all:
		return writeSchemas(a, o.dir)
	case len(args) > 0 && misspelt(args[0], "diff"):
		return usageError("konhook schema diff", "%s", unknownWord("command", args[0], []string{"diff"}))
	case len(args) > 1:
		return usageError("konhook schema --all -o schemas/", "one event at a time: %q is the second", args[1])
	case len(args) == 0:
		_, err := a.out.Write(schema.EventDocument())
		return err
	}
	t, err := event.ParseType(args[0])
	if err != nil {
		return err
	}
	_, err = a.out.Write(schema.Document(t))
	return err
}

// misspelt reports whether a word was probably meant to be another, and no event.
func misspelt(word, name string) bool {
	_, err := event.ParseType(word)
	return err != nil && nearestWord(word, []string{name}) != ""
}

// The permissions of schemas: they are made to be shared.
const (
	schemaFilePerm   = 0o644
	schemaFolderPerm = 0o755
)

// writeSchemas writes all schemas into a folder, each whole or not at all.
func writeSchemas(a *app, dir string) error {
	if err := os.MkdirAll(dir, schemaFolderPerm); err != nil {
		return err
	}
	for _, t := range append(event.Types(), event.Type{Slug: "event"}) {
		text := schema.EventDocument()
		if t.Name != "" {
			text = schema.Document(t)
		}
		if err := atomicfile.Write(filepath.Join(dir, t.Slug+".schema.json"), text, schemaFilePerm); err != nil {
			return err
		}
	}
	a.note("wrote %s to %s", many(len(event.Types())+1, "schema", "schemas"), dir)
	return nil
}

package main

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:    "help [COMMAND]",
		Short:  "Print the help of a command",
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			found, rest, err := cmd.Root().Find(args)
			if err != nil || len(rest) > 0 {
				return unknownCommand(found, rest[0])
			}
			return found.Help()
		},
	}
}

// printHelp writes the help of a command to standard output. cobra's own goes
// through text/template, which would be a fifth of the program.
func (a *app) printHelp(cmd *cobra.Command, _ []string) {
	a.peekColour(cmd.Flags())
	var b strings.Builder
	if text := cmd.Long; text != "" {
		fmt.Fprintf(&b, "%s\n\n", reflow(text, a.width))
	} else {
		fmt.Fprintf(&b, "%s\n\n", cmd.Short)
	}
	title := a.outPalette().Bold
	fmt.Fprintf(&b, "%s\n", title("Usage"))
	if cmd.HasAvailableSubCommands() {
		fmt.Fprintf(&b, "  %s COMMAND [flags]\n", cmd.CommandPath())
	}
	if !cmd.HasAvailableSubCommands() || strings.Contains(cmd.Use, " ") { // it does something by itself, too
		fmt.Fprintf(&b, "  %s\n", cmd.UseLine())
	}
	if cmd.Example != "" {
		fmt.Fprintf(&b, "\n%s\n%s\n", title("Examples"), cmd.Example)
	}
	helpCommands(&b, cmd, title)
	helpFlags(&b, title("Flags"), cmd.LocalNonPersistentFlags(), a.width)
	if cmd.HasParent() {
		helpFlags(&b, title("Global flags"), cmd.InheritedFlags(), a.width)
	} else {
		helpFlags(&b, title("Global flags"), cmd.PersistentFlags(), a.width)
	}
	helpExits(&b, title("Exit codes"), cmd.Annotations)
	if _, err := io.WriteString(a.out, b.String()); err != nil && !errors.Is(err, errStdoutClosed) {
		a.tell(err)
	}
}

func helpCommands(b *strings.Builder, cmd *cobra.Command, title func(string) string) {
	groups := cmd.Groups()
	if len(groups) == 0 && cmd.HasAvailableSubCommands() {
		groups = []*cobra.Group{{Title: "Commands"}}
	}
	for _, g := range groups {
		fmt.Fprintf(b, "\n%s\n", title(g.Title))
		for _, c := range cmd.Commands() {
			if c.GroupID == g.ID && c.IsAvailableCommand() {
				fmt.Fprintf(b, "  %-12s %s\n", c.Name(), c.Short)
			}
		}
	}
}

func helpFlags(b *strings.Builder, title string, fs *pflag.FlagSet, width int) {
	if !fs.HasAvailableFlags() {
		return
	}
	text := fs.FlagUsagesWrapped(width)
	fs.VisitAll(func(f *pflag.Flag) { text = inOurForm(text, f) })
	fmt.Fprintf(b, "\n%s\n%s", title, text)
}

// inOurForm writes a default without quotes, and a value that may be left out as
// people write it: --invalid[=KIND].
func inOurForm(text string, f *pflag.Flag) string {
	if f.Value.Type() != "string" {
		return text
	}
	if f.NoOptDefVal != "" {
		name, _ := pflag.UnquoteUsage(f)
		theirs := "--" + f.Name + " " + name + "[=" + strconv.Quote(f.NoOptDefVal) + "]"
		text = strings.ReplaceAll(text, theirs, pad("--"+f.Name+"[="+name+"]", len(theirs)))
	}
	return strings.ReplaceAll(text, strconv.Quote(f.DefValue)+")", f.DefValue+")")
}

func helpExits(b *strings.Builder, title string, notes map[string]string) {
	codes := notes[exitsKey]
	if codes == "" {
		return
	}
	fmt.Fprintf(b, "\n%s\n", title)
	for word := range strings.SplitSeq(codes, ",") {
		if code, err := strconv.Atoi(word); err == nil {
			fmt.Fprintf(b, "  %-3d %s\n", code, exitMeanings[code])
		}
	}
	if text := notes[exitsOfCommandKey]; text != "" {
		fmt.Fprintf(b, "  N   %s\n", text)
	}
	fmt.Fprintf(b, "  %-3d a bug in konhook; %d interrupted, %d terminated\n", exitBug, exitInterrupted, exitTerminated)
}

package main

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// commands lists every command, by group, in the order of the help.
func commands(a *app) []*cobra.Command {
	return []*cobra.Command{
		grouped("jobs", newListenCommand(a)),
		grouped("jobs", newWatchCommand(a)),
		grouped("jobs", newFetchCommand(a)),
		grouped("jobs", newReplayCommand(a)),
		grouped("jobs", newValidateCommand(a)),
		grouped("jobs", newProbeCommand(a)),
		grouped("tools", newDemoCommand(a)),
		grouped("tools", newShowCommand(a)),
		grouped("tools", newSampleCommand(a)),
		grouped("tools", newMockCommand(a)),
		grouped("tools", a.anyProfile(newEventsCommand(a))),
		grouped("tools", newSchemaCommand(a)),
		grouped("setup", newLoginCommand(a)),
		grouped("setup", newLogoutCommand(a)),
		grouped("setup", a.anyFile(newConfigCommand(a))),
		grouped("setup", newDoctorCommand(a)),
		grouped("setup", a.anyProfile(newCompletionCommand(a))),
		grouped("setup", a.anyProfile(newVersionCommand(a))),
	}
}

func grouped(group string, cmd *cobra.Command) *cobra.Command {
	cmd.GroupID = group
	return cmd
}

// newRootCommand puts the program together.
func newRootCommand(a *app) *cobra.Command {
	root := &cobra.Command{
		Use:   "konhook",
		Short: "Work with the webhooks of Konstantly",
		Long: "konhook fetches, shows, checks, replays and receives the webhook events of Konstantly.\n" +
			"Everything happens on this machine: no account, no cloud, no telemetry.",
		Example: "  konhook demo                        the whole loop, with nothing set up\n" +
			"  konhook listen --save week.ndjson   show and keep what is delivered\n" +
			"  konhook replay week.ndjson --to http://localhost:5000/webhook",
		SilenceErrors: true,
		SilenceUsage:  true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownCommand(cmd, args[0])
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error {
			if !cmd.HasParent() { // it prints the help
				return a.prepareAnyFile(cmd)
			}
			return a.prepare(cmd)
		},
	}
	root.AddGroup(&cobra.Group{ID: "jobs", Title: "Jobs"}, &cobra.Group{ID: "tools", Title: "Tools"}, &cobra.Group{ID: "setup", Title: "Setup"})
	root.CompletionOptions.DisableDefaultCmd = true
	root.SetHelpCommand(a.anyFile(newHelpCommand()))
	root.SetFlagErrorFunc(flagError)
	root.SetHelpFunc(a.printHelp)
	root.SetUsageFunc(func(*cobra.Command) error { return nil })
	addGlobalFlags(root.PersistentFlags())
	root.AddCommand(commands(a)...)
	completeWords(root)
	refuseEmpty(root)
	return exits(root, exitOK, exitUsage, exitMachine)
}

// completeWords offers the words of every flag that takes one of a few.
func completeWords(cmd *cobra.Command) {
	offer := func(f *pflag.Flag) {
		if words, ok := f.Value.(*enumValue); ok {
			complete := cobra.FixedCompletions(words.allowed, cobra.ShellCompDirectiveNoFileComp)
			_ = cmd.RegisterFlagCompletionFunc(f.Name, complete) // the flag is there
		}
	}
	cmd.Flags().VisitAll(offer)
	cmd.PersistentFlags().VisitAll(offer)
	for _, sub := range cmd.Commands() {
		completeWords(sub)
	}
}

// refuseEmpty makes an empty value a wrong use, with every command: most often it is
// that of a variable which is not set, and a file that was to be written would not be.
func refuseEmpty(cmd *cobra.Command) {
	if prepare := cmd.PersistentPreRunE; prepare != nil {
		cmd.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
			if err := checkFilled(cmd.Flags()); err != nil {
				return err
			}
			return prepare(cmd, args)
		}
	}
	for _, sub := range cmd.Commands() {
		refuseEmpty(sub)
	}
}

// prepare runs before every command: it decodes the settings.
func (a *app) prepare(cmd *cobra.Command) error {
	if f := cmd.Flags().Lookup("format"); f != nil {
		a.format = f.Value.String()
	}
	s, err := loadSettings(cmd.Context(), cmd.Flags())
	a.settings = s
	return err
}

func unknownCommand(cmd *cobra.Command, name string) error {
	var names []string
	for _, c := range cmd.Commands() {
		if !c.Hidden {
			names = append(names, c.Name())
		}
	}
	if slices.Contains(names, name) {
		return usageError(cmd.CommandPath()+" "+name, "%s: a command goes before --", name)
	}
	hint := cmd.CommandPath() + " --help"
	if near := nearestWord(name, names); near != "" {
		hint = cmd.CommandPath() + " " + near
	}
	return usageError(hint, "%s", unknownWord("command", name, names))
}

// flagError is told of flags that cannot be parsed.
func flagError(cmd *cobra.Command, err error) error {
	// What is wrong with these is not repeated: the key may be in it.
	if text := err.Error(); strings.HasPrefix(text, "unknown flag: --api-key") ||
		strings.Contains(text, " in -api-key") || strings.Contains(text, `for "--with-key" flag`) {
		return usageError("konhook login, or --api-key-file FILE, or KONHOOK_API_KEY in the environment",
			"the key is not taken from the command line: other users could read it in the list of processes")
	}
	var (
		unknown *pflag.NotExistError
		missing *pflag.ValueRequiredError
		wrong   *pflag.InvalidValueError
	)
	switch {
	case errors.As(err, &unknown):
		return unknownFlag(cmd, unknown)
	case errors.As(err, &missing):
		f := missing.GetFlag()
		value, _ := pflag.UnquoteUsage(f)
		if words, ok := f.Value.(*enumValue); ok {
			value = strings.Join(words.allowed, "|")
		}
		return usageError("--"+f.Name+" "+value, "--%s: its value is missing", f.Name)
	case errors.As(err, &wrong):
		hint := cmp.Or(betterValue(wrong), cmd.CommandPath()+" --help")
		return usageError(hint, "--%s: %s", wrong.GetFlag().Name, wrongValue(wrong))
	}
	return usageError(cmd.CommandPath()+" --help", "%s", err)
}

// unknownFlag names the flag, or the command, that was probably meant.
func unknownFlag(cmd *cobra.Command, err *pflag.NotExistError) error {
	name, help := err.GetSpecifiedName(), cmd.CommandPath()+" --help"
	if group := err.GetSpecifiedShortnames(); group != "" {
		if word, _, _ := strings.Cut(group, "="); cmd.Flags().Lookup(word) != nil {
			return usageError("--"+word, "unknown flag -%s: did you mean --%s?", word, word)
		}
		return usageError(help, "unknown flag: -%s", name)
	}
	for _, sub := range cmd.Commands() {
		if sub.Name() == name {
			return usageError(sub.CommandPath(), "unknown flag: --%s", name)
		}
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := nearestWord(name, names); near != "" {
		return usageError("--"+near, "unknown flag --%s: did you mean --%s?", name, near)
	}
	return usageError(help, "unknown flag: --%s", name)
}

// noArguments refuses arguments with an error of our own.
func noArguments(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usageError(cmd.CommandPath()+" --help", "%s takes no argument: %q", cmd.Name(), args[0])
	}
	return nil
}

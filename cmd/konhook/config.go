package main

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/konhook/konhook/pkg/render"
)

func newConfigCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Read and change the settings",
		Long: "config reads and changes the configuration file. A setting comes from a flag, else from the\n" +
			"environment (KONHOOK_SITE, KONHOOK_API_KEY, ...), else from the profile, else from the rest of the\n" +
			"file. With --profile NAME, set and unset change the settings of that profile.\n\n" + settingsHelp(),
		Example: "  konhook config set site acme\n" +
			"  konhook config set api-key-file ~/.konstantly-key\n" +
			"  konhook config set site acme-test --profile test\n" +
			"  konhook config list",
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			return unknownCommand(cmd, args[0])
		},
	}
	var origins bool
	list := configVerb("list", "Print all settings", 0, func([]string) error { return a.listConfig(origins) })
	list.Flags().BoolVar(&origins, "show-origin", false, "say where each setting comes from")
	set := configVerb("set KEY VALUE", "Write a setting to the file; VALUE - reads it from standard input", 2,
		func(args []string) error { return a.setConfig(args[0], args[1]) })
	unset := configVerb("unset KEY", "Remove a setting from the file", 1, func(args []string) error { return a.unsetConfig(args[0]) })
	for _, c := range []*cobra.Command{set, unset} {
		c.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.prepareEdit(cmd) }
	}
	get := configVerb("get KEY", "Print one setting", 1, func(args []string) error { return a.getConfig(args[0]) })
	for _, c := range []*cobra.Command{get, list} {
		c.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.prepareShow(cmd) }
	}
	cmd.AddCommand(
		get, set, unset, list,
		configVerb("path", "Print where the configuration file is", 0, func([]string) error { return a.printConfigPath() }),
	)
	return exits(cmd, exitOK, exitNo, exitUsage, exitMachine)
}

// configExamples are those of the commands below config.
func configExamples(verb string) string {
	return map[string]string{
		"get": "  konhook config get site\n" +
			"  konhook config get timeout --profile test",
		"set": "  konhook config set site acme\n" +
			"  konhook config set api-key - < key.txt\n" +
			"  konhook config set timeout 1m --profile test",
		"unset": "  konhook config unset timeout\n" +
			"  konhook config unset base-url --profile test",
		"list": "  konhook config list\n" +
			"  konhook config list --show-origin --profile test",
		"path": "  konhook config path\n" +
			"  cp \"$(konhook config path)\" backup.yaml",
	}[verb]
}

// configVerb makes one of the commands below config; it takes n arguments.
func configVerb(use, short string, n int, run func(args []string) error) *cobra.Command {
	cmd := &cobra.Command{Use: use, Short: short, RunE: func(_ *cobra.Command, args []string) error { return run(args) }}
	cmd.Args = func(cmd *cobra.Command, args []string) error {
		if len(args) != n {
			return usageError("konhook config "+use, "%s: takes %s, not %d", strings.TrimPrefix(cmd.CommandPath(), "konhook "), many(n, "argument", "arguments"), len(args))
		}
		return nil
	}
	cmd.Example = configExamples(cmd.Name())
	if n > 0 {
		cmd.Long = short + ".\n\n" + settingsHelp()
		cmd.ValidArgsFunction = func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			return settingWords(args), cobra.ShellCompDirectiveNoFileComp
		}
	}
	if cmd.Name() == "get" {
		return exits(cmd, exitOK, exitNo, exitUsage, exitMachine)
	}
	return exits(cmd, exitOK, exitUsage, exitMachine)
}

func settingWords(args []string) (words []string) {
	for _, row := range settingsTable() {
		if row.inFile && len(args) == 0 {
			words = append(words, row.name+"\t"+row.usage)
		}
	}
	return words
}

func settingsHelp() string {
	var b strings.Builder
	b.WriteString("Settings:\n")
	for _, row := range settingsTable() {
		if row.inFile {
			fmt.Fprintf(&b, "  %-14s%s\n", row.name, row.usage)
		}
	}
	return strings.TrimRight(b.String(), "\n")
}

// settingText returns what people are shown of a setting: never the key.
func (a *app) settingText(name string) string {
	s := &a.settings
	switch name {
	case profileKey:
		return a.shownProfile()
	case "site":
		return s.Site
	case "base-url":
		return s.BaseURL
	case "api-key":
		text, _ := a.keyText()
		return text
	case "api-key-file":
		return s.APIKeyFile
	case "keyring":
		return s.Keyring
	case "routes":
		return s.Routes
	case "timeout":
		return s.Timeout.String()
	case "color":
		return s.Color
	case "quiet":
		return fmt.Sprint(s.Quiet)
	case "verbose":
		return fmt.Sprint(s.Verbose)
	}
	return ""
}

// settingOrigin returns where a setting is from.
func (a *app) settingOrigin(name string) string {
	if name == "api-key" {
		_, from := a.keyText()
		return from
	}
	return a.settings.origins[name].name
}

func (a *app) getConfig(key string) error {
	if _, err := knownSetting(key); err != nil && key != profileKey {
		return err
	}
	text := a.settingText(key)
	if text == "" {
		value := "VALUE"
		if key == "api-key" {
			value = "- < FILE"
		}
		return hinted(codeError(exitNo, "not_set", fmt.Errorf("%s: not set", key)), a.setCommand(key, value))
	}
	return a.printLine(text)
}

func (a *app) printLine(text string) error {
	if a.settings.Quiet {
		return nil
	}
	_, err := fmt.Fprintln(a.out, render.CleanLine(text))
	return err
}

func knownSetting(key string) (setting, error) {
	row, err := fileSetting(key)
	if err == nil {
		return row, nil
	}
	hint := "konhook config --help"
	if name, below := strings.CutPrefix(key, profilesKey+"."); below {
		dot := strings.LastIndexByte(name, '.')
		if _, err := fileSetting(name[dot+1:]); err == nil && dot > 0 {
			hint = "--profile " + shellWord(name[:dot]) + " " + name[dot+1:]
		}
	}
	return row, usageError(hint, "%s", err)
}

func (a *app) listConfig(origins bool) error {
	if a.settings.Quiet {
		return nil
	}
	rows := [][]string{{profileKey, a.settingText(profileKey), a.settings.file.path}}
	for _, row := range settingsTable() {
		if row.inFile {
			text, from := a.settingText(row.name), a.settingOrigin(row.name)
			if origins {
				text = strings.TrimSuffix(text, ", from "+from) // which stands beside it
			}
			rows = append(rows, []string{row.name, text, from})
		}
	}
	for i, r := range rows {
		if r[1] == "" {
			r[1], r[2] = "-", "not set"
		}
		for c := range r {
			r[c] = render.CleanLine(r[c])
		}
		if !origins {
			rows[i] = r[:2]
		}
	}
	return a.printLines(columns(rows))
}

func (a *app) printConfigPath() error {
	path, err := a.configPlace()
	if err != nil {
		return err
	}
	return a.printLine(path)
}

package main

import (
	"cmp"

	"github.com/spf13/cobra"
)

func newCompletionCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "completion SHELL",
		Short: "Print the completion script of a shell",
		Long: "completion prints a script that lets a shell complete commands, flags and event names.\n" +
			"SHELL is bash, zsh, fish or powershell.",
		Example: "  mkdir -p ~/.local/share/bash-completion/completions\n" +
			"  konhook completion bash > ~/.local/share/bash-completion/completions/konhook\n" +
			"  konhook completion zsh > \"${fpath[1]}/_konhook\"\n" +
			"  mkdir -p ~/.config/fish/completions\n" +
			"  konhook completion fish > ~/.config/fish/completions/konhook.fish",
		ValidArgs: []string{"bash", "zsh", "fish", "powershell"},
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError("konhook completion bash", "which shell? name one: bash, zsh, fish or powershell")
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, args []string) error { return a.printCompletion(cmd.Root(), args[0]) },
	}
	return exits(cmd, exitOK, exitUsage, exitMachine)
}

func (a *app) printCompletion(root *cobra.Command, shell string) error {
	switch shell {
	case "bash":
		return root.GenBashCompletionV2(a.out, true)
	case "zsh":
		return root.GenZshCompletion(a.out)
	case "fish":
		return root.GenFishCompletion(a.out, true)
	case "powershell":
		return root.GenPowerShellCompletionWithDesc(a.out)
	}
	words := []string{"bash", "zsh", "fish", "powershell"}
	return usageError("konhook completion "+cmp.Or(nearestWord(shell, words), words[0]), "unknown shell: %s", notAmong(shell, words))
}

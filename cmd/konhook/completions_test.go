//go:build unix

package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const completions = "../../completions"

// TestCompletionsAreFresh compares the scripts in the repository with what the
// program writes. completions/generate.sh mends a difference.
func TestCompletionsAreFresh(t *testing.T) {
	tests := []struct{ shell, file string }{
		{"bash", "konhook.bash"},
		{"zsh", "_konhook"},
		{"fish", "konhook.fish"},
		{"powershell", "konhook.ps1"},
	}
	for _, tt := range tests {
		t.Run(tt.shell, func(t *testing.T) {
			t.Parallel()
			got, err := os.ReadFile(filepath.Join(completions, tt.file))
			if err != nil {
				t.Fatal(err)
			}
			want, err := exec.CommandContext(t.Context(), "konhook", "completion", tt.shell).Output()
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("the program's (-) and %s (+):\n%s", tt.file, diff)
			}
		})
	}
}

// TestCompletionsInShells types lines into real shells that have loaded the
// scripts of the repository, and looks for a word among what they offer.
func TestCompletionsInShells(t *testing.T) {
	shells := []struct {
		name    string
		args    []string
		missing func(*testing.T)
	}{
		{"bash", []string{"--norc", "-c", bashScript, "bash"}, needBashCompletion},
		{"zsh", []string{"-f", "-c", zshScript, "zsh"}, nil},
		{"fish", []string{"--no-config", "-c", fishScript}, nil},
	}
	lines := []struct{ typed, want string }{
		{"konhook validate --format gith", "github"},
		{"konhook fe", "fetch"},
		{"konhook fetch cour", "course.published"},
		{"konhook validate --as group", "group.user.created"},
	}
	folder, err := filepath.Abs(completions)
	if err != nil {
		t.Fatal(err)
	}
	for _, shell := range shells {
		t.Run(shell.name, func(t *testing.T) {
			t.Parallel()
			path := needProgram(t, shell.name)
			if shell.missing != nil {
				shell.missing(t)
			}
			for _, line := range lines {
				out := typeInto(t, path, slices.Concat(shell.args, []string{folder, line.typed}))
				if !strings.Contains(out, line.want) {
					t.Errorf("%q does not offer %q, but:\n%q", line.typed, line.want, out)
				}
			}
		})
	}
}

const bashCompletion = "/usr/share/bash-completion/bash_completion"

func needBashCompletion(t *testing.T) {
	t.Helper()
	_, err := os.Stat(bashCompletion)
	need(t, err == nil, "bash-completion")
}

// typeInto runs a shell and returns what it printed within a bounded time.
func typeInto(t *testing.T, shell string, args []string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, shell, args...)
	home := t.TempDir()
	cmd.Env = append(os.Environ(), "HOME="+home, "XDG_CONFIG_HOME="+home, "XDG_DATA_HOME="+home, "TERM=xterm")
	cmd.WaitDelay = patience
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Errorf("%v: %v\n%s", cmd, err, stderr.String())
	}
	return string(out)
}

// The scripts take the folder of the completions and the line that is typed.
const (
	// Bash hands the words to the function of the script and takes the answer
	// out of a variable, and so does this.
	bashScript = `
source ` + bashCompletion + `
source "$1/konhook.bash"
COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=9
read -ra COMP_WORDS <<<"$2"
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
__start_konhook
printf '%s\n' "${COMPREPLY[@]}"
`
	// Zsh completes in its line editor only, so this types into one: the line,
	// two tabs, the key that clears the line, and a command that ends the wait.
	zshScript = `
zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell "fpath=(${(qq)1} \$fpath)"
zpty -w shell "autoload -Uz compinit && compinit -D -u; LISTMAX=0 PROMPT='rea''dy> '"
zpty -r -m shell seen '*ready> *' || exit 1
zpty -w -n shell "$2"$'\t\t\025'
zpty -w shell "echo do''ne"
zpty -r -m shell seen $'*done\r*'
print -r -- "${(V)seen}"
zpty -d shell
`
	fishScript = `
source $argv[1]/konhook.fish
complete -C $argv[2]
`
)

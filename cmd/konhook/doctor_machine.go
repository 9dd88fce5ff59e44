package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
)

// listenAddr is where listen listens unless told otherwise.
const listenAddr = "127.0.0.1:8910"

// machine tells of what else matters on this machine.
func (d *doctor) machine(ctx context.Context) {
	if l, err := listenOn(ctx, listenAddr); err == nil {
		l.Close()
		d.ok("port", "%s, that of listen, is free", listenAddr)
	} else {
		d.warn("port", classify(err).hint, "%s, unless that is a listen of yours", err)
	}
	d.completion(os.Getenv("SHELL"))
	d.terminal()
}

// completion tells whether the shell of the user completes commands.
func (d *doctor) completion(shell string) {
	name := filepath.Base(shell)
	scripts, start, install := completionPlaces(name)
	if install == "" {
		d.ok("completion", "none for this shell: bash, zsh, fish and powershell have one")
		return
	}
	for _, path := range scripts {
		if _, err := os.Stat(path); err == nil {
			d.ok("completion", "%s", path)
			return
		}
	}
	if text, err := os.ReadFile(start); err == nil && bytes.Contains(text, []byte("konhook completion")) {
		d.ok("completion", "in %s", start)
		return
	}
	d.warn("completion", install, "not found for %s", name)
}

// completionPlaces returns where the script for a shell may be, the file that the
// shell starts with, and how to install the script, empty for other shells.
func completionPlaces(shell string) (scripts []string, start, install string) {
	home, _ := os.UserHomeDir() // empty with an error
	data := os.Getenv("XDG_DATA_HOME")
	if data == "" {
		data = filepath.Join(home, ".local", "share")
	}
	config := filepath.Dir(filepath.Dir(configPath()))
	prefixes := []string{"/usr", "/usr/local", "/opt/homebrew"}
	switch shell {
	case "bash":
		scripts = []string{filepath.Join(data, "bash-completion", "completions", "konhook"), "/etc/bash_completion.d/konhook"}
		for _, prefix := range prefixes {
			scripts = append(scripts, prefix+"/share/bash-completion/completions/konhook", prefix+"/etc/bash_completion.d/konhook")
		}
		return scripts, filepath.Join(home, ".bashrc"), intoFile("konhook completion bash", scripts[0])
	case "zsh":
		for _, folder := range filepath.SplitList(os.Getenv("FPATH")) {
			scripts = append(scripts, filepath.Join(folder, "_konhook"))
		}
		for _, prefix := range prefixes {
			scripts = append(scripts, prefix+"/share/zsh/site-functions/_konhook", prefix+"/share/zsh/vendor-completions/_konhook")
		}
		for _, folder := range []string{".zfunc", ".zsh/completions", ".zsh/completion"} {
			scripts = append(scripts, filepath.Join(home, folder, "_konhook"))
		}
		return scripts, filepath.Join(home, ".zshrc"), `konhook completion zsh > "${fpath[1]}/_konhook"`
	case "fish":
		scripts = []string{filepath.Join(config, "fish", "completions", "konhook.fish")}
		for _, prefix := range prefixes {
			scripts = append(scripts, prefix+"/share/fish/vendor_completions.d/konhook.fish")
		}
		return scripts, filepath.Join(config, "fish", "config.fish"), intoFile("konhook completion fish", scripts[0])
	}
	return nil, "", ""
}

// intoFile is a line for a shell that writes what a command prints into a file,
// whose folder may not be there yet.
func intoFile(command, path string) string {
	line := command + " > " + shellWord(path)
	if folder := filepath.Dir(path); !isFolder(folder) {
		line = "mkdir -p " + shellWord(folder) + " && " + line
	}
	return line
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir()
}

// terminal tells what is known of the terminal and why there is colour or not.
func (d *doctor) terminal() {
	a := d.a
	var parts []string
	if a.outTTY {
		cells, _ := a.screen()
		parts = append(parts, "standard output is a terminal of "+many(cells, "column", "columns"))
	} else {
		parts = append(parts, "standard output is no terminal")
	}
	on := "no colour"
	if a.colour(a.settings.Color, a.outTTY) {
		on = "colour"
	}
	parts = append(parts, on+a.colourReason())
	d.ok("terminal", "%s", strings.Join(parts, ", "))
}

// colourReason says what decides about colour where that is not the terminal.
func (a *app) colourReason() string {
	switch {
	case a.settings.Color != "auto":
		return " as color is " + a.settings.Color
	case os.Getenv("NO_COLOR") != "":
		return " as NO_COLOR is set"
	case os.Getenv("CLICOLOR_FORCE") != "" && os.Getenv("CLICOLOR_FORCE") != "0":
		return " as CLICOLOR_FORCE is set"
	case os.Getenv("TERM") == "dumb":
		return " as TERM is dumb"
	}
	return ""
}

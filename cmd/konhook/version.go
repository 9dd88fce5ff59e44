package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// version and commit are set by the linker when a release is built.
var version, commit string

// release returns the version, and the commit it was built from, as far as they
// are known.
func release() (v, c string) {
	v, c = version, commit
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v, c
	}
	if v == "" && info.Main.Version != "(devel)" {
		v = info.Main.Version
	}
	for _, s := range info.Settings {
		if s.Key == "vcs.revision" && c == "" {
			c = s.Value
		}
	}
	if v == "" {
		v = "devel"
	}
	return v, c
}

// userAgent is how konhook names itself to the API and to receivers.
func userAgent() string {
	v, _ := release()
	return "konhook/" + v
}

func newVersionCommand(a *app) *cobra.Command {
	var format string
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the version",
		Args:  noArguments,
		RunE:  func(*cobra.Command, []string) error { return a.printVersion(format) },
	}
	enumFlag(cmd.Flags(), &format, "format", "f", "text", []string{"text", "json"}, "how to print it")
	return exits(cmd, exitOK, exitUsage, exitMachine)
}

func (a *app) printVersion(format string) error {
	v, c := release()
	if format == "json" {
		return json.NewEncoder(a.out).Encode(struct {
			Version string `json:"version"`
			Commit  string `json:"commit"`
			Go      string `json:"go"`
		}{v, c, runtime.Version()})
	}
	if a.settings.Quiet {
		return nil
	}
	if c != "" {
		c = " (" + c[:min(len(c), 12)] + ")"
	}
	_, err := fmt.Fprintf(a.out, "konhook %s%s, %s\n", v, c, runtime.Version())
	return err
}

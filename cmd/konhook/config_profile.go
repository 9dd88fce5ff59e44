package main

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/render"
)

// profileError says that the configuration file has no profile of a name, and which
// it has.
type profileError struct {
	name  string
	names []string // of those that are there
	path  string   // of the file
}

func (e *profileError) Error() string {
	has := "none"
	if len(e.names) > 0 {
		has = render.Truncate(render.CleanLine(strings.Join(e.names, ", ")), maxShownProfiles)
	}
	return fmt.Sprintf("profile %q: not in %s, which has %s", e.name, e.path, has)
}

// maxShownProfiles is how many cells the names of all profiles take.
const maxShownProfiles = 120

// unknownProfile is a profileError that says what to do, unless the file has the
// profile. wanted is what asks for one, up to its name: --profile,
// KONHOOK_PROFILE=, or the command that writes it into the file.
func (f *configFile) unknownProfile(name, wanted, otherwise string) error {
	names := f.profiles()
	if slices.Contains(names, strings.ToLower(name)) {
		return nil
	}
	if near := nearestWord(name, names); near != "" {
		otherwise = wanted + shellWord(near) + ", or " + otherwise
	}
	return &exitError{exitUsage, "usage", &profileError{name, names, f.path}, otherwise, false}
}

// makes is what to do for a profile to be there.
func (f *configFile) makes(profile string) string {
	return "konhook config set site NAME --profile " + shellWord(profile) + f.flag() + ", which makes it"
}

// chooseProfile returns the profile that a flag, the environment or the file asks
// for, empty for none.
func chooseProfile(fs *pflag.FlagSet, file *configFile) (string, error) {
	name, flag := choice(fs, "profile"), fs.Lookup("profile")
	var err error
	switch {
	case name != "" && flag != nil && flag.Changed:
		err = file.unknownProfile(name, "--profile ", file.makes(name))
	case name != "":
		err = file.unknownProfile(name, variableOf("profile")+"=", "unset "+variableOf("profile"))
	case file.defaultProfile() != "":
		name = file.defaultProfile()
		err = file.unknownProfile(name, "konhook config set"+file.flag()+" profile ", "konhook config unset profile"+file.flag())
	}
	if err != nil {
		return "", err
	}
	return strings.ToLower(name), nil
}

// anyProfile makes a command work that reads nothing of a profile, whether there is
// the one that is asked for or not.
func (a *app) anyProfile(cmd *cobra.Command) *cobra.Command {
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.prepareAnyProfile(cmd) }
	return cmd
}

// anyFile does the same for one that reads nothing of the configuration file.
func (a *app) anyFile(cmd *cobra.Command) *cobra.Command {
	cmd.PersistentPreRunE = func(cmd *cobra.Command, _ []string) error { return a.prepareAnyFile(cmd) }
	return cmd
}

func (a *app) prepareAnyProfile(cmd *cobra.Command) error {
	var unknown *profileError
	if err := a.prepare(cmd); !errors.As(err, &unknown) {
		return err
	}
	return nil
}

// prepareAnyFile is prepareAnyProfile for what works without the file, too, whatever
// is wrong with that.
func (a *app) prepareAnyFile(cmd *cobra.Command) error {
	if err := a.prepareAnyProfile(cmd); err == nil || isCancel(err) {
		return err
	}
	a.settings = defaultSettings()
	a.settings.file = &configFile{path: cmp.Or(choice(cmd.Flags(), "config"), configPath())}
	return a.settings.layer(cmd.Flags())
}

// prepareShow is prepare for what shows the settings: a file that names a profile
// which it does not have is shown as it is.
func (a *app) prepareShow(cmd *cobra.Command) error {
	err := a.prepare(cmd)
	var unknown *profileError
	if !errors.As(err, &unknown) || choice(cmd.Flags(), "profile") != "" {
		return err
	}
	a.warn("%s: %s", err, classify(err).hint)
	return nil
}

// shownProfile is the profile that is used, or that would be if it were there.
func (a *app) shownProfile() string {
	return cmp.Or(a.settings.Profile, a.settings.file.defaultProfile())
}

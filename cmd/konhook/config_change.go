package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/atomicfile"
)

// prepareEdit is prepare for commands that mend the file: a profile that is not
// there yet is what they are for, and so is a setting that is wrong.
func (a *app) prepareEdit(cmd *cobra.Command) error {
	a.settings = defaultSettings()
	file, err := configToEdit(cmd.Context(), cmd.Flags())
	var wrong *settingError
	if errors.As(err, &wrong) {
		err = nil
	}
	a.settings.file = file
	a.settings.Profile = choice(cmd.Flags(), "profile")
	quiet := choice(cmd.Flags(), "quiet")
	a.settings.Quiet = quiet == "1" || quiet == "true"
	return err
}

// configToEdit is findConfig for a file that need not be there yet.
func configToEdit(ctx context.Context, flags *pflag.FlagSet) (*configFile, error) {
	file, err := findConfig(ctx, flags)
	if errors.Is(err, fs.ErrNotExist) {
		return &configFile{path: choice(flags, "config")}, nil
	}
	return file, err
}

// maxSetting is how long a setting may be that is read.
const maxSetting = 64 << 10

func (a *app) setConfig(key, value string) error {
	row, err := knownSetting(key)
	if err != nil && key == profileKey {
		row, err = setting{name: key, check: checkAnything}, nil
	}
	if err != nil {
		return err
	}
	if value == "-" && key != "api-key-file" {
		text, err := a.readStdin(maxSetting)
		if err != nil {
			return err
		}
		value = strings.TrimSpace(string(text))
	} else if key == "api-key" {
		return usageError(a.setCommand(key, "- < FILE"), "the key is not taken from the command line: other users could read it in the list of processes")
	}
	if key == "base-url" {
		row.check = checkSafe
	}
	if file := a.settings.file; key == profileKey && value != "" {
		if err := file.unknownProfile(value, "konhook config set"+file.flag()+" profile ", file.makes(value)); err != nil {
			return err
		}
	}
	if err := row.check(value); err != nil {
		hint := "konhook config --help"
		if better := betterSetting(key, value); better != "" {
			hint = a.setCommand(key, better)
		}
		return usageError(hint, "%s: %s", key, err)
	}
	return a.editConfig(func(text []byte) ([]byte, error) {
		return setYAML(text, a.settings.Profile, key, value)
	})
}

// setCommand returns the command that gives a setting a value where the one that runs
// looks for it: in the same file, for the same profile.
func (a *app) setCommand(key, value string) string {
	return (&settingError{profile: a.settings.Profile, key: key, better: value}).mend(a.settings.file.flag())
}

func (a *app) unsetConfig(key string) error {
	if _, err := knownSetting(key); err != nil && key != profileKey && !a.settings.file.has(a.settings.Profile, key) {
		return err
	}
	return a.editConfig(func(text []byte) ([]byte, error) { return unsetYAML(text, a.settings.Profile, key) })
}

// placeToWrite is configPlace for what changes the file. A link in its place is
// neither written through, to where nobody may have meant, nor replaced, which would
// leave the file that people keep elsewhere as it is.
func (a *app) placeToWrite() (string, error) {
	path, err := a.configPlace()
	if err != nil {
		return "", err
	}
	if info, err := os.Lstat(path); err == nil {
		switch mode := info.Mode(); {
		case mode&fs.ModeSymlink != 0:
			return "", isLink(path)
		case !mode.IsRegular() && !mode.IsDir(): // such as a pipe
			return "", hinted(codeError(exitUsage, "config", fmt.Errorf("%s: is no file, and cannot be changed", path)), "--config FILE")
		}
	}
	return path, nil
}

// isLink refuses a link, and says what it leads to.
func isLink(path string) error {
	target, err := filepath.EvalSymlinks(path)
	if err != nil { // it leads nowhere yet
		if target, err = os.Readlink(path); err == nil && !filepath.IsAbs(target) {
			target = filepath.Join(filepath.Dir(path), target)
		}
	}
	return hinted(codeError(exitUsage, "config", fmt.Errorf("%s: is a link to %s, and no link is written through", path, target)),
		"--config "+shellWord(target))
}

// configPlace returns where the configuration file is, or is to be.
func (a *app) configPlace() (string, error) {
	if path := a.settings.file.path; path != "" {
		return path, nil
	}
	return "", usageError("--config FILE", "no configuration file: this user has no home folder")
}

// editConfig writes a changed configuration file, whole or not at all. It does so
// whatever else is wrong in the file, and tells: of two wrong settings one has to
// be mended first.
func (a *app) editConfig(edit func([]byte) ([]byte, error)) error {
	path, err := a.placeToWrite()
	if err != nil {
		return err
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	text, err := edit(old)
	if err != nil {
		return codeError(exitUsage, "config", fmt.Errorf("%s: %w", path, err))
	}
	if !bytes.Equal(old, text) {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return err
		}
		if err := atomicfile.Write(path, text, 0o600); err != nil {
			return err
		}
		a.note("wrote %s", path)
	}
	a.warnOfWrong(text)
	return nil
}

// warnOfWrong says what is still wrong in a file with this text.
func (a *app) warnOfWrong(text []byte) {
	var wrong *settingError
	file := a.settings.file
	if _, err := parseConfig(text); errors.As(err, &wrong) {
		a.warn("%s is not right yet: %s; %s", file.path, wrong, cmp.Or(wrong.mend(file.flag()), "konhook config path tells where it is"))
	}
}

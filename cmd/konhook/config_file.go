package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/event"
)

// configFile is the configuration file: settings for every profile at its top
// level, those of one profile below "profiles", and the "profile" that is used
// when none is named. Names of profiles are the same in any letter case.
type configFile struct {
	path   string
	values map[string]any // nil when there is no file; nil values are those not given
}

const (
	profileKey  = "profile"
	profilesKey = "profiles"
)

// configPath returns where the configuration file is when nobody says so, and
// nothing for a user without a home.
func configPath() string {
	folder := os.Getenv("XDG_CONFIG_HOME")
	if !filepath.IsAbs(folder) {
		relative := folder != "" // is as good as none, says the specification
		var err error
		if folder, err = os.UserConfigDir(); err != nil && relative {
			folder = userFolder(".config")
		}
	}
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, "konhook", "config.yaml")
}

// userFolder returns a folder in the user's home, and nothing without one.
func userFolder(name string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return filepath.Join(home, name)
}

// findConfig reads the configuration file that a flag or the environment names,
// which must exist, or else the user's own, which need not.
func findConfig(ctx context.Context, flags *pflag.FlagSet) (*configFile, error) {
	path := choice(flags, "config")
	named := path != ""
	if !named {
		if path = configPath(); path == "" {
			return &configFile{}, nil
		}
	}
	file, err := readConfig(ctx, path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return &configFile{path: path}, nil
	}
	if err != nil {
		what := classify(err)
		what.code, what.id = exitUsage, "config"
		return file, what
	}
	return file, nil
}

// readConfig reads and checks a configuration file. With a settingError there is
// the file nevertheless, for what mends it.
func readConfig(ctx context.Context, path string) (*configFile, error) {
	text, err := readSmall(ctx, path, maxSmall)
	if err != nil {
		return nil, err
	}
	file, err := parseConfig(text)
	if file == nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	file.path = path
	if file.holdsKey() {
		if err := checkKeeper(path); err != nil {
			return nil, err
		}
	}
	var wrong *settingError
	if errors.As(err, &wrong) {
		return file, hinted(fmt.Errorf("%s: %w", path, err), wrong.mend(file.flag()))
	}
	return file, nil
}

// parseConfig reads and checks the text of a configuration file. Errors show none
// of the keys that are in it, wherever they have come to stand. With a settingError
// there is the file, too.
func parseConfig(text []byte) (*configFile, error) {
	root, err := parseYAML(text)
	if err != nil {
		return nil, err
	}
	var values map[string]any
	if root.Decode(&values) != nil {
		return nil, errors.New("is YAML, but no settings: write a KEY: VALUE on each line")
	}
	file := &configFile{values: inLowerCase(values)}
	if wrong := file.check(); wrong != nil {
		wrong.hide(text)
		return file, wrong
	}
	return file, nil
}

// inLowerCase returns a mapping with the names in lower case, as those of the
// mappings in it.
func inLowerCase(mapping map[string]any) map[string]any {
	lower := map[string]any{}
	for name, value := range mapping {
		switch below := value.(type) {
		case map[string]any:
			value = inLowerCase(below)
		case map[any]any: // which has names that are no text
			named := map[string]any{}
			for name, value := range below {
				named[fmt.Sprint(name)] = value
			}
			value = inLowerCase(named)
		}
		in := strings.ToLower(name)
		if _, there := lower[in]; there && name == in {
			continue // of the two that a merge may leave, and in whichever order they come
		}
		lower[in] = value
	}
	return lower
}

// withoutKeys returns a message about a configuration file without what follows
// api-key in its text: where a quote or a bracket is missing, that may have become
// a part of any other value.
func withoutKeys(text []byte, message string) string {
	const name = "api-key"
	for i := range text {
		if !bytes.EqualFold(text[i:min(i+len(name), len(text))], []byte(name)) {
			continue
		}
		line, _, _ := bytes.Cut(text[i+len(name):], []byte("\n"))
		for word := range strings.FieldsFuncSeq(string(line), func(r rune) bool { return strings.ContainsRune(" \t\r:'\"", r) }) {
			if len(word) >= 8 { // shorter ones are no keys but words
				message = strings.ReplaceAll(message, word, event.Redacted)
			}
		}
	}
	return message
}

func (f *configFile) holdsKey() bool {
	if f.values["api-key"] != nil {
		return true
	}
	return slices.ContainsFunc(f.profiles(), func(name string) bool { return f.profile(name)["api-key"] != nil })
}

// profiles returns the names of the profiles, in lower case and in order.
func (f *configFile) profiles() []string {
	profiles, _ := f.values[profilesKey].(map[string]any)
	return slices.Sorted(maps.Keys(profiles))
}

func (f *configFile) profile(name string) map[string]any {
	profiles, _ := f.values[profilesKey].(map[string]any)
	settings, _ := profiles[name].(map[string]any)
	return settings
}

func (f *configFile) defaultProfile() string {
	name, _ := f.values[profileKey].(string)
	return name
}

// flag returns what makes a command use this file, where it would use another.
func (f *configFile) flag() string {
	if f.path == configPath() {
		return ""
	}
	return " --config " + shellWord(f.path)
}

// merged returns the settings with those of a profile laid over the others.
func (f *configFile) merged(profile string) map[string]any {
	all := map[string]any{}
	for _, settings := range []map[string]any{f.values, f.profile(profile)} {
		for key, value := range settings {
			if value != nil { // a name with nothing behind it sets nothing
				all[key] = value
			}
		}
	}
	delete(all, profileKey)
	delete(all, profilesKey)
	return all
}

// origin says where in the file a setting is, if it is there.
func (f *configFile) origin(profile, key string) origin {
	switch {
	case f.profile(profile)[key] != nil:
		return origin{fromProfile, f.path + ", profile " + profile}
	case f.values[key] != nil:
		return origin{fromFile, f.path}
	}
	return origin{fromDefault, "default"}
}

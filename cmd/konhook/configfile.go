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
	"github.com/spf13/viper"
)

// configFile is the configuration file: settings for every profile at its top
// level, those of one profile below "profiles", and the "profile" that is used
// when none is named. Names of profiles are the same in any letter case.
type configFile struct {
	path   string
	values map[string]any // empty when there is no file
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
		folder, _ = os.UserConfigDir() // empty with an error
	}
	if folder == "" {
		return ""
	}
	return filepath.Join(folder, "konhook", "config.yaml")
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
		return nil, what
	}
	return file, nil
}

// readConfig reads and checks a configuration file.
func readConfig(ctx context.Context, path string) (*configFile, error) {
	text, err := readSmall(ctx, path, maxSmall)
	if err != nil {
		return nil, err
	}
	v := viper.NewWithOptions(viper.KeyDelimiter("::"))
	v.SetConfigType("yaml")
	if err := v.ReadConfig(bytes.NewReader(text)); err != nil {
		reason := strings.Join(strings.Fields(err.Error()), " ")
		return nil, fmt.Errorf("%s: %s", path, strings.TrimPrefix(reason, "While parsing config: "))
	}
	file := &configFile{path: path, values: v.AllSettings()}
	if err := file.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if file.holdsKey() {
		return file, checkKeeper(path)
	}
	return file, nil
}

// check refuses keys that nobody reads and values of a wrong type.
func (f *configFile) check() error {
	for _, key := range slices.Sorted(maps.Keys(f.values)) {
		value := f.values[key]
		switch key {
		case profileKey:
			if _, ok := value.(string); !ok {
				return fmt.Errorf("%s: must be the name of a profile", key)
			}
		case profilesKey:
			if err := checkProfiles(value); err != nil {
				return err
			}
		default:
			if err := checkValue(key, value); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkProfiles(value any) error {
	profiles, ok := value.(map[string]any)
	if !ok {
		return fmt.Errorf("%s: must hold profiles by name", profilesKey)
	}
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		settings, ok := profiles[name].(map[string]any)
		if !ok {
			return fmt.Errorf("%s: %s: must hold settings", profilesKey, name)
		}
		for _, key := range slices.Sorted(maps.Keys(settings)) {
			if err := checkValue(key, settings[key]); err != nil {
				return fmt.Errorf("%s: %s: %w", profilesKey, name, err)
			}
		}
	}
	return nil
}

func checkValue(key string, value any) error {
	row, err := fileSetting(key)
	if err != nil {
		return err
	}
	text, ok := value.(string)
	if !ok {
		return fmt.Errorf("%s: must be text: put it in quotes", key)
	}
	if err := row.check(text); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

// fileSetting finds a setting that the configuration file may hold.
func fileSetting(key string) (setting, error) {
	var names []string
	for _, row := range settingsTable() {
		if row.inFile && row.name == key {
			return row, nil
		}
		if row.inFile {
			names = append(names, row.name)
		}
	}
	key, _, assigned := strings.Cut(key, "=")
	near := nearestWord(key, names)
	if assigned {
		key += "=..." // what follows may be secret
	}
	return setting{}, fmt.Errorf("unknown key %q: did you mean %q", key, near)
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

// merged returns the settings with those of a profile laid over the others.
func (f *configFile) merged(profile string) map[string]any {
	all := map[string]any{}
	maps.Copy(all, f.values)
	delete(all, profileKey)
	delete(all, profilesKey)
	maps.Copy(all, f.profile(profile))
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

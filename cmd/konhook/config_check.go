package main

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// settingError is a setting of a configuration file that is wrong: its name, or
// its value.
type settingError struct {
	profile, key string // of no profile, and of no single setting, where they are empty
	better       string // value, empty where the setting is to be taken out
	why          string
}

func (e *settingError) Error() string { return e.why }

// mend returns the command that mends the file which flag names, nothing where
// that takes an editor.
func (e *settingError) mend(flag string) string {
	if e.profile != "" {
		flag = " --profile " + shellWord(e.profile) + flag
	}
	switch {
	case e.key == "":
		return ""
	case e.better == "" && strings.HasPrefix(e.key, "-"): // which is no flag
		return "konhook config unset" + flag + " -- " + shellWord(e.key)
	case e.better == "":
		return "konhook config unset " + shellWord(e.key) + flag
	}
	return "konhook config set" + flag + " " + e.key + " " + e.better
}

// hide takes out of the error what follows api-key in the text of the file.
func (e *settingError) hide(text []byte) {
	e.why = withoutKeys(text, e.why)
	if name := e.profile + "\n" + e.key; withoutKeys(text, name) != name || strings.Contains(e.key, "=") {
		e.key = ""
	}
}

// check refuses keys that nobody reads and values of a wrong type.
func (f *configFile) check() *settingError {
	for _, key := range slices.Sorted(maps.Keys(f.values)) {
		value := f.values[key]
		var wrong *settingError
		switch _, isText := value.(string); {
		case key == profilesKey:
			wrong = checkProfiles(value)
		case key != profileKey:
			wrong = checkValue(key, value)
		case value != nil && !isText:
			wrong = &settingError{key: key, why: key + ": must be the name of a profile"}
		}
		if wrong != nil {
			return wrong
		}
	}
	return nil
}

func checkProfiles(value any) *settingError {
	profiles, ok := value.(map[string]any)
	if !ok && value != nil {
		return &settingError{key: profilesKey, why: profilesKey + ": must hold profiles by name"}
	}
	for _, name := range slices.Sorted(maps.Keys(profiles)) {
		settings, ok := profiles[name].(map[string]any)
		if !ok && profiles[name] != nil {
			return &settingError{why: fmt.Sprintf("%s: %s: must hold settings", profilesKey, name)}
		}
		for _, key := range slices.Sorted(maps.Keys(settings)) {
			if wrong := checkValue(key, settings[key]); wrong != nil {
				wrong.profile, wrong.why = name, fmt.Sprintf("%s: %s: %s", profilesKey, name, wrong.why)
				return wrong
			}
		}
	}
	return nil
}

func checkValue(key string, value any) *settingError {
	row, err := fileSetting(key)
	if err != nil {
		return &settingError{key: key, why: err.Error()}
	}
	text, ok := value.(string)
	if number, isNumber := value.(int); isNumber && key != "api-key" {
		text = strconv.Itoa(number) // without quotes, it may be wrong in more ways than one
	}
	wrong := &settingError{key: key, better: cmp.Or(betterSetting(key, text), "VALUE")}
	if key == "api-key" {
		wrong.better = "- < FILE"
	}
	if err := row.check(text); err != nil && text != "" {
		wrong.why = fmt.Sprintf("%s: %s", key, err)
		return wrong
	}
	if !ok && value != nil {
		wrong.why = key + ": must be text: put it in quotes"
		return wrong
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
	word, _, assigned := strings.Cut(key, "=")
	if assigned {
		word += "=..." // what follows may be secret
	}
	return setting{}, errors.New(unknownWord("key", word, names))
}

// has reports whether there is a setting that can be taken out, whatever its name:
// all but the profiles as a whole.
func (f *configFile) has(profile, key string) bool {
	settings := f.values
	if profile != "" {
		settings = f.profile(strings.ToLower(profile))
	}
	value, found := settings[strings.ToLower(key)]
	_, several := value.(map[string]any)
	return found && (!several || profile != "" || !strings.EqualFold(key, profilesKey))
}

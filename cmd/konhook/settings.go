package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"
	"github.com/spf13/viper"

	"github.com/konhook/konhook/pkg/api"
)

// settings are all that can be set outside a command's own flags, read once.
type settings struct {
	Site       string
	BaseURL    string
	APIKey     string // the key itself: never printed
	APIKeyFile string
	Timeout    time.Duration // for one request and its answer
	Routes     string        // of listen, as --route takes them
	Keyring    string        // whether login may use that of the system
	Color      string
	Quiet      bool
	Verbose    bool

	// Profile is the profile that is used, empty for none.
	Profile string
	// file is the configuration file that was read, or would be.
	file *configFile
	// origins tells for each setting that has no default value where it is
	// from.
	origins map[string]origin
}

func defaultSettings() settings {
	return settings{Timeout: 30 * time.Second, Color: "auto", Keyring: "auto"}
}

// origin is where a setting comes from; a lower rank goes before a higher one.
type origin struct {
	rank int
	name string
}

const (
	fromFlag = iota
	fromEnvironment
	fromProfile
	fromFile
	fromDefault
)

// setting is a row of the table of settings.
type setting struct {
	name   string
	usage  string
	check  func(string) error
	inFile bool // whether the configuration file may hold it
}

// settingsTable lists the settings in the order in which config list shows them.
func settingsTable() []setting {
	return []setting{
		{"site", "sub-domain of konstant.ly that is yours", checkSite, true},
		{"base-url", "stands for all of https://SITE.konstant.ly/openapi/v1", checkURL, true},
		{"api-key", "the API key, better kept in a file of its own", checkAnything, true},
		{"api-key-file", "file that holds the API key, - for standard input", checkAnything, true},
		{"keyring", "where login keeps the key: auto, or never in the system's keyring", checkKeyring, true},
		{"timeout", "time for one request and its answer", checkDuration, true},
		{"routes", "where listen forwards to: EVENT=URL, with a space between two", checkRoutes, true},
		{"color", "auto, always or never", checkColour, true},
		{"quiet", "errors only on standard error", checkBool, false},
		{"verbose", "details on standard error", checkBool, false},
	}
}

// addGlobalFlags adds the flags that every command has.
func addGlobalFlags(fs *pflag.FlagSet) {
	d := defaultSettings()
	fs.String("site", "", "your site: the `NAME` in https://NAME.konstant.ly")
	fs.String("api-key-file", "", "`FILE` that holds the API key, - for standard input")
	fs.String("base-url", "", "`URL` instead of https://SITE.konstant.ly/openapi/v1")
	fs.String("profile", "", "use the settings of profile `NAME`")
	fs.String("config", "", "configuration `FILE` instead of the user's own")
	fs.Duration("timeout", d.Timeout, "`DUR` that one request and its answer may take")
	enumFlag(fs, new(string), "color", "", d.Color, []string{"auto", "always", "never"}, "colour")
	fs.BoolP("quiet", "q", false, "errors only on standard error, no text")
	fs.BoolP("verbose", "v", false, "details on standard error")
}

// loadSettings reads flags, environment and configuration file into one struct.
// fs are the flags of the command that runs. With a profileError the settings are
// those without a profile.
func loadSettings(ctx context.Context, fs *pflag.FlagSet) (settings, error) {
	s := defaultSettings()
	file, err := findConfig(ctx, fs)
	if err != nil {
		return s, err
	}
	s.file = file
	s.Profile, err = chooseProfile(fs, file)
	if wrong := s.layer(fs); wrong != nil {
		return s, wrong
	}
	return s, err
}

// layer lays flags and environment over the configuration file.
func (s *settings) layer(fs *pflag.FlagSet) error {
	v := viper.NewWithOptions(viper.KeyDelimiter("::"))
	s.origins = map[string]origin{}
	for _, row := range settingsTable() {
		if err := s.bind(v, fs, row); err != nil {
			return err
		}
	}
	if err := v.MergeConfigMap(s.file.merged(s.Profile)); err != nil {
		return codeError(exitUsage, "config", err)
	}
	s.take(v)
	if s.Timeout <= 0 {
		return usageError("--timeout 30s", "timeout: must be more than 0")
	}
	return nil
}

// take reads the settings by name. To have them decoded would bring in all that
// mapstructure can do, a hundred kilobytes of it.
func (s *settings) take(v *viper.Viper) {
	s.Site = v.GetString("site")
	s.BaseURL = v.GetString("base-url")
	s.APIKey = v.GetString("api-key")
	s.APIKeyFile = v.GetString("api-key-file")
	s.Timeout = v.GetDuration("timeout")
	s.Routes = v.GetString("routes")
	s.Keyring = cmp.Or(v.GetString("keyring"), s.Keyring) // no flag tells its default
	s.Color = v.GetString("color")
	s.Quiet = v.GetBool("quiet")
	s.Verbose = v.GetBool("verbose")
}

// bind ties one setting to its flag and its variable, and notes its origin.
func (s *settings) bind(v *viper.Viper, fs *pflag.FlagSet, row setting) error {
	if flag := fs.Lookup(row.name); flag != nil {
		if err := v.BindPFlag(row.name, flag); err != nil {
			return err
		}
		if flag.Changed {
			s.origins[row.name] = origin{fromFlag, "--" + row.name}
			return checkedAs("--"+row.name, "--"+row.name+" ", row, flag.Value.String())
		}
	}
	variable := variableOf(row.name)
	if err := v.BindEnv(row.name, variable); err != nil {
		return err
	}
	if value := os.Getenv(variable); value != "" {
		s.origins[row.name] = origin{fromEnvironment, variable}
		return checkedAs(variable, variable+"=", row, value)
	}
	s.origins[row.name] = s.file.origin(s.Profile, row.name)
	return nil
}

// checkedAs checks the value of a setting that comes from where, which is written
// better with set before it.
func checkedAs(where, set string, row setting, value string) error {
	err := row.check(value)
	if err == nil {
		return nil
	}
	err = codeError(exitUsage, "config", fmt.Errorf("%s: %w", where, err))
	if better := betterSetting(row.name, value); better != "" {
		return hinted(err, set+better)
	}
	return err
}

// betterSetting is the value that was probably meant, or one that can be meant.
func betterSetting(name, value string) string {
	switch site := siteOf(value); {
	case name == "site" && site != value:
		return site
	case name == "timeout" && isNumber(value):
		return value + "s"
	case name == "timeout":
		return "30s"
	}
	return ""
}

// isNumber reports whether a word is a whole number above 0.
func isNumber(word string) bool {
	return strings.Trim(word, "0123456789") == "" && strings.Trim(word, "0") != ""
}

func variableOf(name string) string {
	return "KONHOOK_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))
}

// choice returns what a flag or its variable says.
func choice(fs *pflag.FlagSet, name string) string {
	if flag := fs.Lookup(name); flag != nil && flag.Changed {
		return flag.Value.String()
	}
	return os.Getenv(variableOf(name))
}

// baseURL returns the URL of the API: base-url or the one of site, whichever was
// set nearer to the command line.
func (s *settings) baseURL() (string, error) {
	switch {
	case s.usesSite():
		return "https://" + strings.ToLower(s.Site) + ".konstant.ly/openapi/v1", nil
	case s.BaseURL != "":
		return strings.TrimRight(s.BaseURL, "/"), nil
	}
	return "", usageError("konhook login, or --site NAME for the NAME in https://NAME.konstant.ly", "no site: say which one to ask")
}

// usesSite reports whether site decides on the URL of the API, not base-url.
func (s *settings) usesSite() bool {
	return s.Site != "" && (s.BaseURL == "" || s.origins["site"].rank < s.origins["base-url"].rank)
}

// siteOf returns the site that a pasted address is of, the text itself for all
// else: acme for https://acme.konstant.ly/courses.
func siteOf(text string) string {
	name := strings.TrimPrefix(strings.TrimPrefix(strings.TrimSpace(text), "https://"), "http://")
	name, _, _ = strings.Cut(name, "/")
	if name, ok := strings.CutSuffix(strings.ToLower(name), ".konstant.ly"); ok && isLabel(name) {
		return name
	}
	return text
}

func checkSite(value string) error {
	if isLabel(value) {
		return nil
	}
	return fmt.Errorf("%q is no site: write NAME alone of https://NAME.konstant.ly", value)
}

// isLabel reports whether a word can be a part of a domain name, as RFC 1123
// has it. An expression for it would be compiled whenever the program starts.
func isLabel(word string) bool {
	other := func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') && r != '-'
	}
	return len(word) > 0 && len(word) <= 63 && !strings.ContainsFunc(word, other) && word[0] != '-' && word[len(word)-1] != '-'
}

func checkURL(value string) error {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return errors.New("not a URL that begins with https:// or http://")
	}
	if u.User != nil || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("a base URL has no user, no query and no fragment")
	}
	if !isPort(u.Port()) {
		return fmt.Errorf("%s is no port", u.Port())
	}
	return nil
}

// checkSafe is checkURL for a base URL that is to be kept: one that shows the key
// to the network would be refused whenever it is used.
func checkSafe(value string) error {
	u, err := url.Parse(value)
	if err == nil && u.Scheme == "http" && !api.Loopback(u.Hostname()) {
		return fmt.Errorf("plain http would show the API key to the network: write https://%s", u.Host)
	}
	return checkURL(value)
}

func checkDuration(value string) error {
	switch d, err := time.ParseDuration(value); {
	case err != nil:
		return fmt.Errorf("%q is no duration: write 500ms, 30s or 2m", value)
	case d <= 0:
		return fmt.Errorf("%q is no duration above 0: write 500ms, 30s or 2m", value)
	}
	return nil
}

func checkColour(value string) error {
	if words := []string{"auto", "always", "never"}; !slices.Contains(words, value) {
		return notAmong(value, words)
	}
	return nil
}

func checkKeyring(value string) error {
	if value != "auto" && value != "never" {
		return fmt.Errorf("%q is neither auto nor never", value)
	}
	return nil
}

func checkBool(value string) error {
	if !slices.Contains([]string{"true", "false", "1", "0"}, value) {
		return fmt.Errorf("%q is neither true nor false", value)
	}
	return nil
}

func checkAnything(string) error { return nil }

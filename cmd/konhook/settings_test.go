package main

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/spf13/pflag"
)

// TestSettingsAreTaken gives every setting of the table, and none.
func TestSettingsAreTaken(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	for _, row := range settingsTable() {
		t.Setenv(variableOf(row.name), "")
	}
	load := func() settings {
		fs := pflag.NewFlagSet("", pflag.ContinueOnError)
		addGlobalFlags(fs)
		s, err := loadSettings(t.Context(), fs)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	same := cmpopts.IgnoreUnexported(settings{})
	if diff := cmp.Diff(defaultSettings(), load(), same); diff != "" {
		t.Errorf("nothing is set: %s", diff)
	}
	values := map[string]string{
		"site": "school", "base-url": "http://127.0.0.1:1", "api-key": "k", "api-key-file": "key", "keyring": "never",
		"timeout": "90s", "routes": "course.*=http://127.0.0.1:2", "color": "never", "quiet": "1", "verbose": "true",
	}
	for _, row := range settingsTable() {
		if values[row.name] == "" {
			t.Fatalf("%s: no value to try", row.name)
		}
		t.Setenv(variableOf(row.name), values[row.name])
	}
	want := settings{
		Site: "school", BaseURL: "http://127.0.0.1:1", APIKey: "k", APIKeyFile: "key", Keyring: "never",
		Timeout: 90 * time.Second, Routes: "course.*=http://127.0.0.1:2", Color: "never", Quiet: true, Verbose: true,
	}
	if diff := cmp.Diff(want, load(), same); diff != "" {
		t.Errorf("all is set: %s", diff)
	}
}

func TestCheckSite(t *testing.T) {
	long := strings.Repeat("a", 63)
	for _, site := range []string{"a", "A9", "my-site", "0", "a--b", long} {
		if err := checkSite(site); err != nil {
			t.Errorf("%q: %v", site, err)
		}
	}
	for _, site := range []string{"", "-a", "a-", "-", "a.b", "a b", "a_b", "ä", "a\n", "https://a", long + "a"} {
		if checkSite(site) == nil {
			t.Errorf("%q is taken for a site", site)
		}
	}
}

// A name in another letter case goes before one that a merge brings in, each time.
func TestMergedNames(t *testing.T) {
	for range 100 {
		file, err := parseConfig([]byte("Site: acme\n<<: {site: other}\n"))
		if err != nil || file.values["site"] != "acme" {
			t.Fatalf("%v, %v", file, err)
		}
	}
}

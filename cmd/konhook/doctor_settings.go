package main

import (
	"errors"
	"os"
	"runtime"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/keystore"
)

// settings tells of the settings and of where they come from.
func (d *doctor) settings() {
	s := &d.a.settings
	d.configFile(s.file)
	if s.Profile != "" {
		d.ok("profile", "%s", s.Profile)
	}
	for _, row := range settingsTable() {
		from := s.origins[row.name]
		switch {
		case row.name == "api-key", row.name == "api-key-file", from.rank == fromDefault:
		case row.name == "site" && s.BaseURL != "" && !s.usesSite():
			d.ok(row.name, "%s, from %s; base-url goes before it", s.Site, from.name)
		case row.name == "base-url" && s.usesSite():
			d.ok(row.name, "%s, from %s; site goes before it", s.BaseURL, from.name)
		default:
			d.ok(row.name, "%s, from %s", d.a.settingText(row.name), from.name)
		}
	}
}

func (d *doctor) configFile(file *configFile) {
	switch {
	case file.path == "":
		d.warn("configuration", "--config FILE", "no place for a file: this user has no home folder")
	case file.values == nil:
		d.ok("configuration", "no file yet; it would be %s", file.path)
	case file.holdsKey() && othersMayRead(file.path):
		d.warn("configuration", "chmod 600 "+file.path, "%s holds an API key, and others may read it", file.path)
	default:
		d.ok("configuration", "%s", file.path)
	}
}

func othersMayRead(path string) bool {
	info, err := os.Stat(path)
	return err == nil && runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0
}

// key tells of the key, and returns it when there is one that can be sent.
func (d *doctor) key() (api.Key, bool) {
	text, from, err := d.a.rawKey()
	var key api.Key
	if err == nil {
		key, _, err = api.ParseKey(text)
	}
	if err != nil {
		d.fail("key", err)
		return api.Key{}, false
	}
	d.a.secret = key.Reveal()
	file := d.a.settings.APIKeyFile
	if keys := keysFile(); from == keys {
		file = keys
	}
	switch {
	case file == from && othersMayRead(file):
		d.warn("key", "chmod 600 "+file, "%s, which others may read", keySet(text, from))
	case utf8.RuneCountInString(key.Reveal()) != api.KeyLength:
		d.warn("key", "copy it again from Settings > API on your site", "%s; Konstantly's have %d", keySet(text, from), api.KeyLength)
	default:
		d.ok("key", "%s", keySet(text, from))
	}
	return key, true
}

// keyring tells whether login can use the keyring of the system.
func (d *doctor) keyring() {
	store := d.a.keyStore()
	err := store.Keyring(d.a.running)
	var broken *keystore.KeyringError
	switch {
	case err == nil:
		d.ok("key-store", "it answers; login keeps keys there")
	case errors.As(err, &broken) && store.File() == "":
		d.warn("key-store", "--api-key-file FILE", "%s; and this user has no home folder", broken.Reason)
	case errors.As(err, &broken) && broken.Absent:
		d.ok("key-store", "%s; login keeps keys in %s", broken.Reason, store.File())
	case errors.As(err, &broken):
		d.warn("key-store", "konhook config set keyring never", "%s; login keeps keys in %s", broken.Reason, store.File())
	}
}

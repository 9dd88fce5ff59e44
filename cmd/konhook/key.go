package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"net/url"
	"path/filepath"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/keystore"
)

// errNoKey says that there is no API key to be found anywhere.
var errNoKey = errors.New("no API key: none in --api-key-file, KONHOOK_API_KEY, the configuration, or kept by login")

// apiKey returns the key that the settings name, and notes what is odd about it.
func (a *app) apiKey() (api.Key, error) {
	text, from, err := a.rawKey()
	if err != nil {
		return api.Key{}, err
	}
	key, notes, err := api.ParseKey(text)
	for _, n := range notes {
		a.note("note: %s: %s", from, n)
	}
	if err != nil {
		return api.Key{}, fmt.Errorf("%s: %w", from, err)
	}
	a.secret = key.Reveal()
	return key, nil
}

// rawKey returns the API key as it stands in the place nearest to the command
// line, and the name of that place. What login has kept is the last.
func (a *app) rawKey() (key []byte, from string, err error) {
	s := &a.settings
	text, file := s.origins["api-key"], s.origins["api-key-file"]
	switch {
	case s.APIKeyFile != "" && (s.APIKey == "" || file.rank < text.rank):
		key, err = a.readKeyFile(s.APIKeyFile)
		return key, event.Place{File: s.APIKeyFile}.Name(), err
	case s.APIKey != "":
		return []byte(s.APIKey), text.name, nil
	}
	return a.keptKey()
}

// keptKey returns the key that login has kept for the API that is asked.
func (a *app) keptKey() (key []byte, from string, err error) {
	missing := &exitError{exitKey, "auth_missing", errNoKey, "konhook login, or --api-key-file FILE", false}
	account, err := a.settings.account()
	if err != nil {
		return nil, "", missing
	}
	text, place, err := a.keyStore().Get(a.running, account)
	var silent *keystore.KeyringError
	switch {
	case err == nil:
		return []byte(text), place.String(), nil
	case errors.As(err, &silent) && !silent.Absent:
		missing.err = fmt.Errorf("%w; %w", errNoKey, silent)
		return nil, "", missing
	case errors.Is(err, keystore.ErrNotFound):
		return nil, "", missing
	}
	return nil, "", err
}

// account is what keys are kept for: the host of the API, so that no other host
// is sent the key, whatever base-url says.
func (s *settings) account() (string, error) {
	base, err := s.baseURL()
	if err != nil {
		return "", err
	}
	u, err := url.Parse(base)
	if err != nil {
		return "", codeError(exitUsage, "config", errors.New("base-url: not a URL"))
	}
	host, port := strings.ToLower(strings.TrimSuffix(u.Hostname(), ".")), u.Port()
	if port == "" || u.Scheme == "https" && port == "443" || u.Scheme == "http" && port == "80" {
		return host, nil
	}
	return net.JoinHostPort(host, port), nil
}

// How long the keyring of the system may take: where there is a person, it may
// ask for a password.
const (
	keyringTimeout = 3 * time.Second
	personTimeout  = 30 * time.Second
)

// keyStore is where login keeps keys. Nothing is opened before it is used.
func (a *app) keyStore() *keystore.Store {
	o := keystore.Options{File: keysFile(), Keyring: a.keyring, Timeout: keyringTimeout}
	if a.settings.Keyring == "never" {
		o.Keyring = keystore.None()
	}
	if a.inTTY && a.errTTY {
		o.Timeout = personTimeout
		o.Slow = func() { a.note("waiting for the keyring, which may want to be unlocked") }
	}
	return keystore.New(o)
}

// keysFile is the file that holds keys where there is no keyring, empty for a
// user without a home. Neither a flag nor the current folder moves it.
func keysFile() string {
	config := configPath()
	if config == "" {
		return ""
	}
	return filepath.Join(filepath.Dir(config), "keys.json")
}

// maxKey is how long a file with a key may be.
const maxKey = 1 << 10

func (a *app) readKeyFile(name string) ([]byte, error) {
	var (
		key []byte
		err error
	)
	if name == "-" {
		key, err = a.readStdin(maxKey)
	} else {
		key, err = readSmall(a.running, name, maxKey)
	}
	if err == nil && name != "-" {
		return key, checkKeeper(name)
	}
	switch {
	case isCancel(err):
		return nil, err
	case err != nil:
		what := classify(err)
		return nil, &exitError{exitKey, "auth_unreadable", fmt.Errorf("API key: %w", what.err), "", false}
	}
	return key, nil
}

// keyText returns what people are shown of the key, never the key, and where it
// is from. Standard input is not read for it.
func (a *app) keyText() (text, from string) {
	if file := a.settings.APIKeyFile; file == "-" && a.settings.APIKey == "" {
		return "from standard input", a.settings.origins["api-key-file"].name
	}
	key, from, err := a.rawKey()
	if what := classify(err); err != nil && what.id == "auth_missing" {
		return "", "not set"
	} else if err != nil {
		return "cannot be read: " + what.Error(), from
	}
	return keySet(key, from), from
}

// keySet is what is shown of a key.
func keySet(key []byte, from string) string {
	return fmt.Sprintf("set, %s, from %s", many(utf8.RuneCount(bytes.TrimSpace(key)), "character", "characters"), from)
}

// withoutKey returns text that is about to be printed without the API key, which
// should not be in it in the first place. Short keys are no keys but words.
func (a *app) withoutKey(text string) string {
	for _, key := range []string{a.secret, strings.TrimSpace(a.settings.APIKey)} {
		if len(key) >= 8 {
			text = strings.ReplaceAll(text, key, event.Redacted)
		}
	}
	return text
}

// noteFirstRun says how to begin, where nothing was ever set up. With the error
// and what to try, which follow, it makes three lines.
func (a *app) noteFirstRun() {
	s := &a.settings
	unset := s.Site == "" && s.BaseURL == "" && s.APIKey == "" && s.APIKeyFile == ""
	if unset && s.file != nil && s.file.values == nil && a.format != "json" && a.format != "ndjson" {
		a.note("nothing is set up yet; the API key is on your site, at Settings > API; konhook demo needs neither")
	}
}

// classifyKeys gives an error of package keystore its exit code, its name and its
// hint. It returns nil for other errors.
func classifyKeys(err error) *exitError {
	var (
		unsafe  *keystore.UnsafeError
		keyring *keystore.KeyringError
	)
	switch {
	case errors.As(err, &unsafe) && unsafe.Writers:
		return &exitError{code: exitUsage, id: "config", err: err, hint: "chmod 600 " + unsafe.File}
	case errors.As(err, &unsafe):
		return &exitError{code: exitUsage, id: "config", err: err, hint: "move it away, then konhook login"}
	case errors.As(err, &keyring):
		return &exitError{code: exitMachine, id: "keyring", err: err, hint: "konhook config set keyring never"}
	}
	return nil
}

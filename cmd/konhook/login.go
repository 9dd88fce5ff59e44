package main

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/keystore"
)

type loginOptions struct {
	withKey bool
	client  clientFlags
}

func (o *loginOptions) addFlags(fs *pflag.FlagSet) {
	fs.BoolVar(&o.withKey, "with-key", false, "read the key from standard input")
	o.client.addTLSFlags(fs)
}

func newLoginCommand(a *app) *cobra.Command {
	var o loginOptions
	cmd := &cobra.Command{
		Use:   "login",
		Short: "Keep the API key on this machine",
		Long: "login asks for your site and for the API key, which Settings > API shows there, tries the key with one\n" +
			"request, and keeps it: in the keyring of the system, or, where there is none, in a file that only you\n" +
			"can read. It says which. A key that the API refuses is not kept.\n\n" +
			"The site goes into the configuration file, with --profile NAME into that profile. The key is kept for\n" +
			"the host of the API and sent to no other.",
		Example: "  konhook login\n" +
			"  konhook login --site acme --with-key < key.txt\n" +
			"  konhook login --site acme-test --profile test",
		Args: func(_ *cobra.Command, args []string) error { // which are not repeated: one may be the key
			if len(args) > 0 {
				return usageError("konhook login --with-key < FILE", "login takes no argument: other users could read a key in the list of processes")
			}
			return nil
		},
		PersistentPreRunE: func(cmd *cobra.Command, _ []string) error { return a.prepareLogin(cmd) },
		RunE:              func(cmd *cobra.Command, _ []string) error { return runLogin(cmd.Context(), a, o) },
	}
	o.addFlags(cmd.Flags())
	return exits(cmd, exitOK, exitUsage, exitKey, exitRemote, exitMachine)
}

// prepareLogin is prepare for a command that may make the file and the profile
// that it is told to use.
func (a *app) prepareLogin(cmd *cobra.Command) error {
	a.settings = defaultSettings()
	file, err := configToEdit(a.running, cmd.Flags())
	if err != nil {
		return err
	}
	a.settings.file = file
	if a.settings.Profile = choice(cmd.Flags(), "profile"); a.settings.Profile == "" {
		a.settings.Profile = file.defaultProfile()
	}
	a.settings.Profile = strings.ToLower(a.settings.Profile)
	return a.settings.layer(cmd.Flags())
}

func runLogin(ctx context.Context, a *app, o loginOptions) error {
	if err := a.loginSource(o); err != nil {
		return err
	}
	changed, err := a.askSite(ctx, o)
	if err != nil {
		return err
	}
	if len(changed) > 0 {
		if _, err := a.placeToWrite(); err != nil { // before a key is kept for what cannot be
			return err
		}
	}
	options, err := a.clientOptions(o.client, func(say func()) { say() })
	if err != nil {
		return err
	}
	if _, err := api.New(options); err != nil { // before anybody types a key
		return err
	}
	if options.Key, err = a.loginKey(ctx); err != nil {
		return err
	}
	if err := tryKey(ctx, options); err != nil {
		return err
	}
	if err := a.keepKey(ctx, options.Key); err != nil {
		return err
	}
	if err := a.writeSite(changed); err != nil {
		return err
	}
	a.noteShadows()
	return nil
}

// loginSource refuses what leaves it open where the key is to come from.
func (a *app) loginSource(o loginOptions) error {
	switch fromFile := a.keyFileFlag() != ""; {
	case o.withKey && fromFile:
		return usageError("konhook login --with-key < FILE", "--with-key: excludes --api-key-file")
	case !o.withKey && !fromFile && !a.inTTY:
		return usageError("konhook login --with-key < FILE", "no API key: there is no terminal to ask for it on")
	}
	return nil
}

// keyFileFlag is the file that --api-key-file names, empty when the flag was not
// given.
func (a *app) keyFileFlag() string {
	if a.settings.origins["api-key-file"].rank == fromFlag {
		return a.settings.APIKeyFile
	}
	return ""
}

// asks reports whether there is a person to ask.
func (a *app) asks(o loginOptions) bool { return a.inTTY && !o.withKey && a.keyFileFlag() == "" }

// askSite makes sure that it is known which API to ask, and returns the names of
// the settings that are to be written because of it.
func (a *app) askSite(ctx context.Context, o loginOptions) (changed []string, err error) {
	s := &a.settings
	for _, name := range []string{"site", "base-url"} {
		if s.origins[name].rank == fromFlag {
			changed = append(changed, name)
		}
	}
	_, err = s.baseURL()
	known := err == nil && !s.usesSite() // by its whole URL
	if len(changed) > 0 || known || !a.asks(o) {
		return changed, err
	}
	for {
		site, err := a.ask(ctx, siteQuestion(s.Site), false)
		if err != nil {
			return nil, err
		}
		if site == "" && s.Site != "" {
			return nil, nil
		}
		site = siteOf(site) // the address is what people have at hand
		if err := checkSite(site); err != nil {
			a.note("%s", err)
			continue
		}
		s.Site, s.origins["site"] = site, origin{fromFlag, "the terminal"}
		return []string{"site"}, nil
	}
}

func siteQuestion(site string) string {
	if site == "" {
		return "Site, the NAME in https://NAME.konstant.ly: "
	}
	return fmt.Sprintf("Site, the NAME in https://NAME.konstant.ly [%s]: ", site)
}

// loginKey gets the key from where it is to come from.
func (a *app) loginKey(ctx context.Context) (api.Key, error) {
	var (
		text []byte
		err  error
	)
	switch file := a.keyFileFlag(); {
	case file != "":
		text, err = a.readKeyFile(file)
	case a.inTTY:
		var typed string
		typed, err = a.ask(ctx, a.keyQuestion(), true)
		text = []byte(typed)
	default:
		text, err = a.readStdin(maxKey)
	}
	if err != nil {
		return api.Key{}, err
	}
	// Nobody needs to hear that a file ends with a line break.
	key, notes, err := api.ParseKey([]byte(strings.TrimSpace(string(text))))
	for _, n := range notes {
		a.note("note: %s", n)
	}
	a.secret = key.Reveal()
	if errors.Is(err, api.ErrNoKey) {
		return key, &exitError{exitKey, "auth_missing", errors.New("no API key: nothing was given"), "konhook login --with-key < FILE", false}
	}
	return key, err
}

// keyQuestion asks for the key, and says for which API where no site was typed
// just before.
func (a *app) keyQuestion() string {
	of := "API key"
	if account, err := a.settings.account(); err == nil && !a.settings.usesSite() {
		of += " for " + account
	}
	return of + ", from Settings > API (it is not shown): "
}

// tryKey sends one request with the key. That there is no event is an answer.
func tryKey(ctx context.Context, o api.Options) error {
	client, err := api.New(o)
	if err != nil {
		return err
	}
	defer client.Close()
	t, err := event.ParseType("course.published")
	if err != nil {
		return err
	}
	_, err = client.Last(ctx, t)
	var (
		none   *api.NoEventError
		broken *api.ContentError
	)
	switch {
	case err == nil, errors.As(err, &none):
		return nil
	case errors.As(err, &broken):
		return hinted(fmt.Errorf("the key was not kept: %w", err), "--site NAME or --base-url URL, when that is not the right host")
	}
	return fmt.Errorf("the key was not kept: %w", err)
}

// keepKey stores the key and says where.
func (a *app) keepKey(ctx context.Context, key api.Key) error {
	account, err := a.settings.account()
	if err != nil {
		return err
	}
	place, why, err := a.keyStore().Set(ctx, account, key.Reveal())
	if err != nil {
		return err
	}
	if place == keystore.InKeyring {
		a.note("the API took the key; it is kept in the keyring of the system, for %s", account)
		return nil
	}
	a.note("the API took the key; it is kept in %s, which only you can read, for %s", place, account)
	a.detail("not in %s", why)
	return nil
}

// writeSite writes what was asked for into the configuration file. A base URL
// that stands beside a new site would go before it.
func (a *app) writeSite(changed []string) error {
	s := &a.settings
	for _, name := range changed {
		value := s.Site
		if name == "base-url" {
			value = s.BaseURL
		}
		err := a.editConfig(func(text []byte) (edited []byte, err error) {
			if name == "site" && len(changed) == 1 {
				if text, err = unsetYAML(text, s.Profile, "base-url"); err != nil {
					return nil, err
				}
			}
			return setYAML(text, s.Profile, name, value)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// noteShadows says what goes before the key that was kept.
func (a *app) noteShadows() {
	for _, name := range []string{"api-key", "api-key-file"} {
		if from := a.settings.origins[name]; from.rank != fromFlag && from.rank != fromDefault {
			a.warn("another key goes before it: %s, from %s", name, from.name)
		}
	}
}

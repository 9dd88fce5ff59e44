package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"github.com/konhook/konhook/pkg/keystore"
)

func newLogoutCommand(a *app) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "logout",
		Short: "Forget the API key that login has kept",
		Long: "logout removes the key of your site, or of the one that --site, --base-url or --profile names, from the\n" +
			"keyring of the system and from the file that stands in for it. Settings stay, and so does a key that is\n" +
			"in the environment, in the configuration file or in a file of your own.",
		Example: "  konhook logout\n" +
			"  konhook logout --profile test",
		Args: noArguments,
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogout(cmd.Context(), a) },
	}
	return exits(cmd, exitOK, exitUsage, exitMachine)
}

func runLogout(ctx context.Context, a *app) error {
	account, err := a.settings.account()
	if err != nil {
		return err
	}
	places, err := a.keyStore().Delete(ctx, account)
	var where []string
	for _, place := range places {
		if place == keystore.InKeyring {
			where = append(where, "the keyring of the system")
		} else {
			where = append(where, place.String())
		}
	}
	if len(where) > 0 {
		a.note("removed the key for %s from %s", account, strings.Join(where, " and "))
	}
	if err != nil && !errors.Is(err, keystore.ErrNotFound) {
		return err
	}
	if len(where) == 0 {
		a.note("no key is kept for %s", account)
	}
	a.noteOtherKeys()
	return nil
}

// noteOtherKeys says which keys are still there.
func (a *app) noteOtherKeys() {
	for _, name := range []string{"api-key", "api-key-file"} {
		if from := a.settings.origins[name]; from.rank != fromFlag && from.rank != fromDefault {
			a.note("note: a key is still set: %s, from %s", name, from.name)
		}
	}
}

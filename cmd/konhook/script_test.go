package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// TestMain lets the scripts, and the tests that need a process of its own, run
// this test binary as the command konhook. No test touches the keyring of whoever
// runs it unless it says so.
func TestMain(m *testing.M) {
	if os.Getenv("KONHOOK_KEYRING") == "" {
		if err := os.Setenv("KONHOOK_KEYRING", "never"); err != nil {
			panic(err)
		}
	}
	heedSignals()
	testscript.Main(m, map[string]func(){"konhook": main})
}

// TestScripts runs the end-to-end scenarios. With UPDATE_SCRIPTS=1 the files
// that scripts compare with are rewritten.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 filepath.Join("..", "..", "testdata", "script"),
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup:               setupScript,
		Cmds:                scriptCommands(),
	})
}

// setupScript gives every script a home of its own and the samples of the
// project, and none of the settings of whoever runs it.
func setupScript(env *testscript.Env) error {
	events, err := filepath.Abs(filepath.Join("..", "..", "testdata", "events"))
	if err != nil {
		return err
	}
	env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
	env.Setenv("XDG_CONFIG_HOME", filepath.Join(env.WorkDir, "home", ".config"))
	env.Setenv("XDG_CACHE_HOME", filepath.Join(env.WorkDir, "home", ".cache"))
	env.Setenv("EVENTS", events)
	env.Setenv("GORACE", os.Getenv("GORACE"))
	return nil
}

package main

import (
	"os"
	"os/exec"
	"testing"
)

// need skips a test that something is missing for, and says what. Where
// KONHOOK_REQUIRE is "all", nothing may be missing and the test fails.
func need(t *testing.T, there bool, what string) {
	t.Helper()
	if there {
		return
	}
	if os.Getenv("KONHOOK_REQUIRE") == "all" {
		t.Fatalf("%s is missing", what)
	}
	t.Skipf("%s is missing", what)
}

// needProgram returns the path of a program that the test needs.
func needProgram(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	need(t, err == nil, name)
	return path
}

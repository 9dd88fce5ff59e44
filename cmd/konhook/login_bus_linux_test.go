package main

import (
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestSilentBus has a session bus that takes connections and never answers: what
// needs a key says so in bounded time, and what needs none does not ask.
func TestSilentBus(t *testing.T) {
	bus := filepath.Join(t.TempDir(), "bus")
	l, err := new(net.ListenConfig).Listen(t.Context(), "unix", bus)
	if err != nil {
		t.Skip(err)
	}
	defer l.Close()
	asked := make(chan struct{}, 100)
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			t.Cleanup(func() { conn.Close() })
			asked <- struct{}{}
		}
	}()
	t.Setenv("KONHOOK_KEYRING", "auto")
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+bus)
	t.Setenv("KONHOOK_SITE", "acme")
	for _, args := range []string{"version", "events", "schema course.published", "sample --count 1", "config path", "config get site", "completion bash", "help"} {
		konhookIn(t, t.TempDir(), "", exitOK, strings.Fields(args)...)
	}
	if len(asked) > 0 {
		t.Error("a command that needs no key has asked for one")
	}
	began := time.Now()
	konhookIn(t, t.TempDir(), "", exitKey, "fetch", "user.created")
	if took := time.Since(began); took > patience {
		t.Errorf("took %s", took)
	}
}

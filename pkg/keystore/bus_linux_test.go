package keystore

import (
	"errors"
	"net"
	"path/filepath"
	"testing"
	"time"
)

// TestBuses has the keyring of the system behind buses that are of no use.
func TestBuses(t *testing.T) {
	silent := filepath.Join(t.TempDir(), "bus")
	l, err := new(net.ListenConfig).Listen(t.Context(), "unix", silent)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	for address, absent := range map[string]bool{
		"unix:path=" + silent:    false, // takes connections and says nothing
		"unix:path=/nonexistent": false,
		"nonsense":               false,
		"autolaunch:":            true, // would start one
	} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", address)
		s := New(Options{Timeout: 50 * time.Millisecond})
		_, _, err := s.Get(t.Context(), "acme.konstant.ly")
		var failed *KeyringError
		if !errors.Is(err, ErrNotFound) || !errors.As(err, &failed) || failed.Absent != absent {
			t.Errorf("%s: %v", address, err)
		}
	}
}

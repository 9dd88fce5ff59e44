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
	for _, tt := range []struct {
		address string
		limit   time.Duration
		absent  bool
	}{
		{"unix:path=/nonexistent", time.Minute, false},
		{"nonsense", time.Minute, false},
		{"autolaunch:", time.Minute, true},                    // would start one
		{"unix:path=" + silent, 50 * time.Millisecond, false}, // takes connections and says nothing, and so it is the last
	} {
		t.Setenv("DBUS_SESSION_BUS_ADDRESS", tt.address)
		s := New(Options{Timeout: tt.limit})
		_, _, err := s.Get(t.Context(), "acme.konstant.ly")
		var failed *KeyringError
		if !errors.Is(err, ErrNotFound) || !errors.As(err, &failed) || failed.Absent != tt.absent {
			t.Errorf("%s: %v", tt.address, err)
		}
	}
}

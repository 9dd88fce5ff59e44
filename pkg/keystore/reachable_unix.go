//go:build !darwin && !windows

package keystore

import (
	"fmt"
	"os"
	"strings"
)

// reachable says why there is no keyring. It is behind D-Bus, whose client starts
// a bus of its own, with a program that may not be there, when it finds none:
// that would hold no keys and outlive this process.
func reachable() error {
	switch address := os.Getenv("DBUS_SESSION_BUS_ADDRESS"); {
	case address != "" && !strings.HasPrefix(address, "autolaunch:"):
		return nil
	case address == "":
		for _, name := range []string{"bus", "dbus-session"} { // where the client looks
			if _, err := os.Stat(fmt.Sprintf("/run/user/%d/%s", os.Getuid(), name)); err == nil {
				return nil
			}
		}
	}
	return &KeyringError{Absent: true, Reason: "there is none, as no session bus runs"}
}

//go:build darwin || windows

package keystore

// reachable says why there is no keyring: here there is one.
func reachable() error { return nil }

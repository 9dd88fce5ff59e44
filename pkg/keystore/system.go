package keystore

import (
	"errors"

	"github.com/zalando/go-keyring"
)

// System returns the keyring of the operating system.
func System() Keyring { return system{} }

// None returns a keyring that is not there, for those who want none to be used.
func None() Keyring { return none{} }

type system struct{}

func (system) Get(service, account string) (string, error) {
	if err := reachable(); err != nil {
		return "", err
	}
	key, err := keyring.Get(service, account)
	return key, ours(err)
}

func (system) Set(service, account, key string) error {
	if err := reachable(); err != nil {
		return err
	}
	return ours(keyring.Set(service, account, key))
}

func (system) Delete(service, account string) error {
	if err := reachable(); err != nil {
		return err
	}
	return ours(keyring.Delete(service, account))
}

func ours(err error) error {
	if errors.Is(err, keyring.ErrNotFound) {
		return ErrNotFound
	}
	return err
}

type none struct{}

func (none) err() error { return &KeyringError{Absent: true, Reason: "not to be used"} }

func (n none) Get(string, string) (string, error) { return "", n.err() }
func (n none) Set(string, string, string) error   { return n.err() }
func (n none) Delete(string, string) error        { return n.err() }

package keystore

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Service is the name under which keys stand in the keyring.
const Service = "konhook"

// DefaultTimeout is how long a keyring may take to answer.
const DefaultTimeout = 3 * time.Second

// ErrNotFound says that no key is kept for an account.
var ErrNotFound = errors.New("no key is stored")

// Keyring is the keyring of an operating system. Its methods may be called by
// several goroutines, and may never return. Get and Delete return an error that
// wraps [ErrNotFound] for an account that it knows nothing of.
type Keyring interface {
	Get(service, account string) (key string, err error)
	Set(service, account, key string) error
	Delete(service, account string) error
}

// Options are where keys are kept. The zero value knows the keyring alone.
type Options struct {
	// File is the file for keys where there is no keyring. Empty: there is none.
	File string
	// Keyring is asked first where a key is stored. Nil: that of the operating
	// system.
	Keyring Keyring
	// Timeout is how long the keyring may take. Zero: [DefaultTimeout].
	Timeout time.Duration
	// Slow is told when the keyring has taken a second: it may be waiting for a
	// person. It is called in another goroutine. Nil: nobody.
	Slow func()
}

// Store keeps keys. Make one with [New]; nothing is opened before it is used. It
// is safe for concurrent use, but the file is not locked: of two programs that
// change it at once the later wins.
type Store struct {
	file    privateFile
	keyring Keyring
	timeout time.Duration
	slow    func()
}

// New makes a store.
func New(o Options) *Store {
	s := &Store{file: privateFile(o.File), keyring: o.Keyring, timeout: o.Timeout, slow: o.Slow}
	if s.keyring == nil {
		s.keyring = System()
	}
	if s.timeout == 0 {
		s.timeout = DefaultTimeout
	}
	return s
}

// Place is where a key is kept: the path of the file, or empty for the keyring.
type Place string

// InKeyring is the place of keys that the operating system keeps.
const InKeyring Place = ""

// String names the place for people.
func (p Place) String() string {
	if p == InKeyring {
		return "keyring"
	}
	return string(p)
}

// Get returns the key of an account. The file goes before the keyring: a key is
// in it only when there was no keyring at the time it was stored, and one that
// the keyring has is older then.
//
// The error wraps [ErrNotFound], is an [*UnsafeError] or an [*fs.PathError] of
// the file, or the cause of ctx. With ErrNotFound it may also wrap a
// [*KeyringError].
func (s *Store) Get(ctx context.Context, account string) (key string, from Place, err error) {
	key, err = s.file.get(account)
	if !errors.Is(err, ErrNotFound) {
		return key, Place(s.file), err
	}
	key, err = s.ask(ctx, func(k Keyring) (string, error) { return k.Get(Service, account) })
	if err != nil && !errors.Is(err, ErrNotFound) && ctx.Err() == nil {
		err = fmt.Errorf("%w: %w", ErrNotFound, err)
	}
	return key, InKeyring, err
}

// Set stores the key of an account, in the keyring or else in the file, and
// returns where. why says what kept it out of the keyring.
//
// The error is an [*UnsafeError] or an [*fs.PathError] of the file, the cause of
// ctx, or a [*KeyringError] where there is no file.
func (s *Store) Set(ctx context.Context, account, key string) (to Place, why, err error) {
	_, why = s.ask(ctx, func(k Keyring) (string, error) { return "", k.Set(Service, account, key) })
	switch {
	case ctx.Err() != nil:
		return InKeyring, nil, context.Cause(ctx)
	case why == nil:
		err = s.file.remove(account) // it would go before the new one
		if errors.Is(err, ErrNotFound) {
			err = nil
		}
		return InKeyring, nil, err
	case s.file == "":
		return InKeyring, why, why
	}
	return Place(s.file), why, s.file.set(account, key)
}

// Delete removes the key of an account from wherever it is and returns from
// where. The error is like that of [Store.Get]; places may have been cleared all
// the same.
func (s *Store) Delete(ctx context.Context, account string) (from []Place, err error) {
	err = s.file.remove(account)
	if err == nil {
		from = append(from, Place(s.file))
	}
	inFile := err
	_, err = s.ask(ctx, func(k Keyring) (string, error) { return "", k.Delete(Service, account) })
	var failed *KeyringError
	switch {
	case err == nil:
		from = append(from, InKeyring)
	case errors.As(err, &failed) && failed.Absent:
		err = ErrNotFound
	}
	if errors.Is(err, ErrNotFound) && len(from) > 0 {
		err = nil
	}
	if inFile != nil && !errors.Is(inFile, ErrNotFound) {
		err = inFile
	}
	return from, err
}

// Keyring asks whether there is a keyring that answers. The error is a
// [*KeyringError] or the cause of ctx.
func (s *Store) Keyring(ctx context.Context) error {
	_, err := s.ask(ctx, func(k Keyring) (string, error) { return k.Get(Service, "") })
	if errors.Is(err, ErrNotFound) {
		return nil
	}
	return err
}

// File returns the path of the file, empty for none.
func (s *Store) File() string { return string(s.file) }

// KeyringError says why the keyring of the operating system is of no use.
type KeyringError struct {
	// Absent says that there is no keyring, so that it cannot hold a key either.
	Absent bool
	Reason string
}

func (e *KeyringError) Error() string { return "the keyring of the system: " + e.Reason }

// ask does something with the keyring in a goroutine of its own, which is left
// behind when it takes too long. The error is [ErrNotFound], a [*KeyringError] or
// the cause of ctx.
func (s *Store) ask(ctx context.Context, do func(Keyring) (string, error)) (string, error) {
	type answer struct {
		key string
		err error
	}
	answers := make(chan answer, 1)
	go func() {
		key, err := do(s.keyring)
		answers <- answer{key, err}
	}()
	timer := time.NewTimer(s.timeout)
	defer timer.Stop()
	if s.slow != nil {
		defer time.AfterFunc(time.Second, s.slow).Stop()
	}
	select {
	case a := <-answers:
		return a.key, asKeyringError(a.err)
	case <-timer.C:
		return "", &KeyringError{Reason: fmt.Sprintf("no answer within %s", s.timeout)}
	case <-ctx.Done():
		return "", context.Cause(ctx)
	}
}

func asKeyringError(err error) error {
	var known *KeyringError
	switch {
	case err == nil, errors.Is(err, ErrNotFound):
		return err
	case errors.As(err, &known):
		return known
	}
	return &KeyringError{Reason: err.Error()}
}

//go:build linux || darwin || freebsd || netbsd || openbsd || dragonfly

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// keyboard reads single keys of a terminal, as long as this process is in the
// foreground there. Ctrl-C, Ctrl-Z and line breaks stay what they are.
type keyboard struct {
	fd         int
	wake, poke *os.File // the ends of a pipe: what is written to poke ends a wait

	mu     sync.Mutex
	before *unix.Termios // the settings to go back to, nil before the first change
	on     bool          // the settings are changed
	asleep bool          // they must not be: the process is about to stop, or to end
}

// inBackground is how often a process in the background looks whether it is in the
// foreground again: not every shell says so.
const inBackground = 300 * time.Millisecond

// openKeyboard returns the keyboard of a terminal, nil when in is none.
func openKeyboard(in io.Reader) *keyboard {
	f, ok := in.(*os.File)
	if !ok || !isTerminal(f) {
		return nil
	}
	wake, poke, err := os.Pipe()
	if err != nil {
		return nil
	}
	return &keyboard{fd: int(f.Fd()), wake: wake, poke: poke}
}

// run calls press with what is typed, until ctx ends or the terminal is gone. It
// reads nothing after that, and leaves the terminal as it was.
func (k *keyboard) run(ctx context.Context, press func([]byte)) {
	defer k.wake.Close()
	defer k.poke.Close()
	defer k.restore()
	ctx, cancel := context.WithCancel(ctx)
	defer k.takeSignals(ctx)()
	defer cancel()
	defer context.AfterFunc(ctx, k.interrupt)()
	var typed [64]byte
	for ctx.Err() == nil {
		if !k.change() {
			k.wait(false, inBackground)
			continue
		}
		if !k.wait(true, 0) || ctx.Err() != nil || !k.foreground() {
			continue
		}
		n, err := unix.Read(k.fd, typed[:])
		switch {
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EAGAIN):
		case err != nil && !k.foreground():
		case err != nil || n == 0:
			return
		case k.suspends(typed[:n]):
			k.suspend(ctx)
		default:
			press(typed[:n])
		}
	}
}

// wait returns when something was typed, unless that is not asked for, when
// interrupt was called, or after some time; 0: never. typed says that the keyboard
// can be read.
func (k *keyboard) wait(keys bool, long time.Duration) (typed bool) {
	var (
		ready unix.FdSet
		limit *unix.Timeval
		wake  = int(k.wake.Fd())
	)
	if long > 0 {
		t := unix.NsecToTimeval(long.Nanoseconds())
		limit = &t
	}
	ready.Set(wake)
	if keys {
		ready.Set(k.fd)
	}
	// Unlike poll, select knows terminals on macOS.
	if n, err := unix.Select(max(wake, k.fd)+1, &ready, nil, nil, limit); err != nil || n == 0 {
		return false
	}
	if ready.IsSet(wake) {
		var b [16]byte
		_, _ = unix.Read(wake, b[:]) // there is something
	}
	return keys && ready.IsSet(k.fd)
}

// interrupt ends a wait.
func (k *keyboard) interrupt() {
	_, _ = k.poke.Write([]byte{0}) // fails when nobody waits any more
}

// foreground reports whether what is typed is meant for this process.
func (k *keyboard) foreground() bool {
	group, err := unix.IoctlGetInt(k.fd, unix.TIOCGPGRP)
	return err == nil && group == unix.Getpgrp()
}

// change makes the terminal hand over single keys and not show them. It reports
// whether it does, which is not so in the background.
func (k *keyboard) change() bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.foreground() {
		k.on = false // the settings are those of somebody else
		return false
	}
	if k.on || k.asleep {
		return k.on
	}
	before, err := unix.IoctlGetTermios(k.fd, getTermios)
	if err != nil {
		return false
	}
	if k.before == nil || before.Lflag&unix.ICANON != 0 { // a shell may bring our own settings back
		k.before = before
	}
	k.on = k.apply()
	return k.on
}

// suspends reports whether the key that stops a program is among those typed.
func (k *keyboard) suspends(typed []byte) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	key := k.before.Cc[unix.VSUSP]
	return key != noKey && bytes.IndexByte(typed, key) >= 0
}

// apply sets what change is for, and nothing else.
func (k *keyboard) apply() bool {
	single := *k.before
	single.Lflag &^= unix.ICANON | unix.ECHO
	single.Cc[unix.VMIN], single.Cc[unix.VTIME] = 1, 0
	// Once Go has caught SIGTSTP it cannot be given back, so the key is read.
	single.Cc[unix.VSUSP] = noKey
	return unix.IoctlSetTermios(k.fd, setTermios, &single) == nil
}

// restore makes the terminal as it was, for good.
func (k *keyboard) restore() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asleep = true
	if k.on && k.foreground() {
		_ = unix.IoctlSetTermios(k.fd, setTermios, k.before) // nobody to tell
	}
	k.on = false
}

// resume undoes restore. Where there was none, the terminal may have lost its
// settings to whoever had it meanwhile.
func (k *keyboard) resume() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asleep = false
	if k.on && k.foreground() {
		k.on = k.apply()
	}
}

// takeSignals changes the terminal again when the process goes on after it was
// stopped, and restores it before the process dies by SIGQUIT. A read from the
// background is to fail, not to stop the process.
func (k *keyboard) takeSignals(ctx context.Context) (end func()) {
	quit, resumed := make(chan os.Signal, 1), make(chan os.Signal, 1)
	signal.Notify(resumed, syscall.SIGCONT)
	if !signal.Ignored(syscall.SIGQUIT) {
		signal.Notify(quit, syscall.SIGQUIT)
	}
	wasIgnored := signal.Ignored(syscall.SIGTTIN)
	signal.Ignore(syscall.SIGTTIN)
	var ended sync.WaitGroup
	ended.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-resumed:
				k.resume()
				k.interrupt()
			case <-quit:
				k.restore()
				signal.Reset(syscall.SIGQUIT)
				_ = unix.Kill(unix.Getpid(), syscall.SIGQUIT) // to itself
			}
		}
	})
	return func() {
		ended.Wait()
		signal.Stop(quit)
		signal.Stop(resumed)
		if !wasIgnored {
			signal.Reset(syscall.SIGTTIN)
		}
	}
}

// suspend stops the process, and all that runs with it, as the terminal does at
// Ctrl-Z, and returns when it goes on. Where nobody could make it go on, the kernel
// does not stop it.
func (k *keyboard) suspend(ctx context.Context) {
	k.restore()
	_ = unix.Kill(0, syscall.SIGTSTP) // to its own group
	select {
	case <-ctx.Done():
	case <-time.After(100 * time.Millisecond): // for the signal to arrive
	}
	k.resume()
}

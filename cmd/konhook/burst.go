package main

import (
	"io"
	"sync"
	"time"
)

const (
	// burstEvery is how long a line may wait for others to come. A person does not
	// see it, and a pipe does not mind.
	burstEvery = 50 * time.Millisecond
	burstSize  = 32 << 10
)

// burstWriter writes what comes in quick succession together: a write for each
// line would be most of the work where there are many. Errors come with a later
// write, or from end, which must be called.
type burstWriter struct {
	w io.Writer
	// patient says that somebody calls hurry when nothing more comes for a while.
	// Until then there is no timer: with one the program is never undisturbed.
	patient bool

	mu    sync.Mutex
	buf   []byte
	timer *time.Timer // set while something waits, and nobody calls hurry
	last  time.Time   // when something was written
	err   error
}

func (b *burstWriter) Write(text []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.err != nil {
		return 0, b.err
	}
	b.buf = append(b.buf, text...)
	switch {
	case len(b.buf) >= burstSize:
		b.flush()
	case b.timer != nil:
	case time.Since(b.last) >= burstEvery: // what comes alone need not wait
		b.flush()
	case !b.patient:
		b.wait()
	}
	return len(text), b.err
}

// hurry makes sure that what waits does not wait for much longer.
func (b *burstWriter) hurry() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.buf) > 0 && b.timer == nil {
		b.wait()
	}
}

// wait writes what waits after a while. The lock is held.
func (b *burstWriter) wait() {
	b.timer = time.AfterFunc(burstEvery, func() {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.flush()
	})
}

// flush writes what waits. The lock is held.
func (b *burstWriter) flush() {
	if b.timer != nil {
		b.timer.Stop()
		b.timer = nil
	}
	if len(b.buf) > 0 && b.err == nil {
		_, b.err = b.w.Write(b.buf)
		b.last = time.Now()
	}
	b.buf = b.buf[:0]
}

// end writes what waits, and returns the first error there was.
func (b *burstWriter) end() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.flush()
	return b.err
}

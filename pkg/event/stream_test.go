package event

import (
	"context"
	"errors"
	"testing"
)

// zeros has no end.
type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// A read comes back however the end of the context meets the buffers.
func TestInterruptibleComesBack(t *testing.T) {
	why := errors.New("enough")
	for i := range 2000 {
		ctx, cancel := context.WithCancelCause(t.Context())
		r := interruptible(ctx, zeros{})
		go cancel(why)
		var err error
		for p := make([]byte, 48<<10); err == nil; {
			_, err = r.Read(p)
		}
		if !errors.Is(err, why) {
			t.Fatalf("%d: %v", i, err)
		}
	}
}

package main

import (
	"context"
	"testing"
	"testing/synctest"
	"time"
)

func TestWhatNobodyReadsIsGivenUp(t *testing.T) {
	tests := []struct {
		name    string
		signal  bool // that asks to end
		reads   int  // so many pieces
		every   time.Duration
		givesUp bool
	}{
		{"nobody reads", true, 0, 0, true},
		{"without a signal it is waited for", false, 0, 0, false},
		{"somebody reads slowly", true, 20, maxUnread - time.Second, false},
		{"somebody stops to read", true, 2, maxUnread - time.Second, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, signal := context.WithCancel(t.Context())
				s := newShower()
				gaveUp := s.watch(ctx)
				if tt.signal {
					signal()
				}
				for range tt.reads {
					s.step(func() { <-time.After(tt.every) })
				}
				shown, release := make(chan struct{}), make(chan struct{})
				if tt.reads < 20 {
					go func() { s.step(func() { <-release }); close(shown) }()
				} else {
					close(shown)
				}
				<-time.After(3 * maxUnread)
				if got := gaveUp(); got != tt.givesUp {
					t.Errorf("gave up: %t", got)
				}
				close(release)
				<-shown
				signal()
			})
		})
	}
}

package deliver

import (
	"context"
	"errors"
	"net"
	"net/http"
	"os"
	"slices"
	"syscall"
	"testing"
	"testing/synctest"
)

// A run ends when this machine has nothing left to connect with. What could not be
// sent because of it is no failure, unless it had been sent before.
func TestRunEndsWithShortage(t *testing.T) {
	none := &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("socket", syscall.EMFILE)}
	for _, tt := range []struct {
		name           string
		status         int
		retries        int
		shortAt        []int  // numbers of connections, from 1
		told, failures int    // attempts told of, events that were given up
		want           [4]int // sent, ok, failed, retried
	}{
		{"at once", 200, 0, []int{3}, 3, 1, [4]int{2, 2, 0, 0}},
		{"and is over at the next attempt", 200, 1, []int{3}, 4, 0, [4]int{3, 3, 0, 0}},
		{"at each attempt", 200, 1, []int{3, 4}, 4, 1, [4]int{2, 2, 0, 0}},
		{"at the second attempt", 503, 1, []int{2}, 2, 1, [4]int{1, 0, 1, 0}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, network, stop := receive(t, Options{Retries: tt.retries}, func(w http.ResponseWriter, _ *http.Request) {
					w.Header().Set("Connection", "close")
					w.WriteHeader(tt.status)
				})
				defer stop()
				dials := 0
				s.connect = func(ctx context.Context, kind, addr string) (net.Conn, error) {
					dials++
					if slices.Contains(tt.shortAt, dials) {
						return nil, none
					}
					return network.dial(ctx, kind, addr)
				}
				told, failures := 0, 0
				o := RunOptions{Target: target, GaveUp: func(Result) { failures++ }}
				summary, err := s.Run(t.Context(), numbered(9), o, func(Result) { told++ })
				var short *ShortageError
				if !errors.As(err, &short) || !errors.Is(err, syscall.EMFILE) || err.Error() != "this machine can make no more connections: too many open files" {
					t.Errorf("the run ended with %v", err)
				}
				if told != tt.told || failures != tt.failures {
					t.Errorf("told of %d attempts and %d failures, want %d and %d", told, failures, tt.told, tt.failures)
				}
				if got := [...]int{summary.Sent, summary.OK, summary.Failed, summary.Retried}; got != tt.want {
					t.Errorf("sent, ok, failed, retried: %v, want %v", got, tt.want)
				}
			})
		})
	}
}

package deliver

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

func TestLoopback(t *testing.T) {
	tests := []struct {
		host string
		want bool
	}{
		{"localhost", true},
		{"LocalHost", true},
		{"localhost.", true},
		{"app.localhost", true},
		{"a.b.localhost.", true},
		{"127.0.0.1", true},
		{"127.255.255.254", true},
		{"::1", true},
		{"[::1]", true},
		{"::ffff:127.0.0.1", true},
		{"0:0:0:0:0:0:0:1", true},
		{"", false},
		{".", false},
		{"localhost..", false},
		{"localhost.evil.com", false},
		{"evillocalhost", false},
		{"127.0.0.1.evil.com", false},
		{"127.1", false},
		{"0.0.0.0", false},
		{"::", false},
		{"10.0.0.1", false},
		{"128.0.0.1", false},
		{"::2", false},
		{"example.org", false},
	}
	for _, tt := range tests {
		if got := Loopback(tt.host); got != tt.want {
			t.Errorf("Loopback(%q) = %v", tt.host, got)
		}
	}
}

func TestReachHandsItsConnectionOn(t *testing.T) {
	var conns atomic.Int32
	server := httptest.NewUnstartedServer(statuses(200))
	server.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	server.Start()
	defer server.Close()
	s := New(Options{}).lasting()
	defer s.Close()
	if err := s.Reach(t.Context(), server.URL); err != nil {
		t.Fatal(err)
	}
	for range 5 {
		if r := s.Send(t.Context(), Request{URL: server.URL, Body: []byte("{}")}, nil); !r.OK {
			t.Fatal(r.Err)
		}
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// A receiver that serves one connection at a time waits for the request of the one
// that Reach has made, which must not last.
func TestReachDoesNotKeepForLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, network, stop := receive(t, Options{}, statuses(200))
		defer stop()
		if err := s.Reach(t.Context(), here); err != nil {
			t.Fatal(err)
		}
		s.dialed.mu.Lock()
		kept := s.dialed.conns["127.0.0.1:5000"]
		s.dialed.mu.Unlock()
		<-time.After(idle + 1)
		if _, err := kept.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the connection is still open: %v", err)
		}
		if r := s.Send(t.Context(), Request{URL: here, Body: []byte("{}")}, nil); !r.OK || network.dials != 2 {
			t.Errorf("%v over %d connections, want 2", r.Err, network.dials)
		}
	})
}

func TestReachNobody(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	s := New(Options{})
	defer s.Close()
	err = s.Reach(t.Context(), "http://"+l.Addr().String()+"/webhook")
	var nobody *UnreachableError
	if !errors.As(err, &nobody) || nobody.Addr != l.Addr().String() {
		t.Errorf("error %v, want an UnreachableError of %s", err, l.Addr())
	}
}

func TestReachGivesUp(t *testing.T) {
	tests := []struct{ timeout, want time.Duration }{
		{time.Millisecond, 2 * time.Second}, {5 * time.Second, 5 * time.Second}, {0, 10 * time.Second}, {-1, 10 * time.Second},
	}
	for _, tt := range tests {
		synctest.Test(t, func(t *testing.T) {
			s := New(Options{Timeout: tt.timeout})
			defer s.Close()
			s.connect = func(ctx context.Context, _, _ string) (net.Conn, error) {
				<-ctx.Done()
				return nil, ctx.Err()
			}
			begin := time.Now()
			err := s.Reach(t.Context(), here)
			if took := time.Since(begin); !errors.Is(err, context.DeadlineExceeded) || took != tt.want {
				t.Errorf("timeout %s: error %v after %s, want one of a timeout after %s", tt.timeout, err, took, tt.want)
			}
			why := errors.New("enough")
			ctx, cancel := context.WithCancelCause(t.Context())
			cancel(why)
			if err := s.Reach(ctx, here); !errors.Is(err, why) {
				t.Errorf("error %v, want the cause of the context", err)
			}
		})
	}
}

func TestReachable(t *testing.T) {
	tests := []struct{ url, want string }{
		{"http://127.0.0.1/x", "127.0.0.1:80"},
		{"https://127.0.0.1", "127.0.0.1:443"},
		{"http://[::1]:5000/", "[::1]:5000"},
		{"http://app.localhost:5000", "app.localhost:5000"},
		{"http://b\u00fccher.localhost", ""},
	}
	for _, tt := range tests {
		if got, err := reachable(tt.url); got != tt.want || err != nil {
			t.Errorf("reachable(%q) = %q, %v; want %q", tt.url, got, err, tt.want)
		}
	}
}

func TestNamesBelowLocalhost(t *testing.T) {
	server := httptest.NewServer(statuses(200))
	defer server.Close()
	s := New(Options{})
	defer s.Close()
	named := strings.Replace(server.URL, "127.0.0.1", "app.localhost", 1)
	if r := s.Send(t.Context(), Request{URL: named, Body: []byte("{}")}, nil); !r.OK {
		t.Errorf("%s: %v", named, r.Err)
	}
}

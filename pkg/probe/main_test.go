package probe

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// serve starts a receiver and returns its URL.
func serve(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	server := httptest.NewUnstartedServer(h)
	server.Config.ErrorLog = nil
	server.Start()
	t.Cleanup(server.Close)
	return server.URL + "/webhook"
}

// raw starts a receiver that is no HTTP server: what to do with a connection is
// up to talk, which is given the request as it was read.
func raw(t *testing.T, talk func(c net.Conn, body string)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			func() {
				defer c.Close()
				stop := context.AfterFunc(ctx, func() { c.Close() })
				defer stop()
				request, err := http.ReadRequest(bufio.NewReader(c))
				if err != nil {
					return
				}
				body, err := io.ReadAll(request.Body)
				if err == nil {
					talk(c, string(body))
				}
			}()
		}
	}()
	t.Cleanup(func() {
		cancel()
		l.Close()
		<-done
	})
	return "http://" + l.Addr().String() + "/webhook"
}

// quick are options for receivers that let the probe wait.
func quick(url string, cases ...string) Options {
	return Options{URL: url, Cases: cases, MaxLatency: 500 * time.Millisecond, Timeout: time.Second}
}

// run probes a receiver and returns the results by the names of the cases.
func run(t *testing.T, o Options) map[string]Result {
	t.Helper()
	results := map[string]Result{}
	var counted Summary
	sum, err := Run(t.Context(), o, func(r Result) error {
		results[r.Case.Name] = r
		counted.Add(r)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if sum != counted {
		t.Errorf("summary %+v, told %+v", sum, counted)
	}
	return results
}

// outcomes returns the names of the cases that came to an outcome, in their order.
func outcomes(results map[string]Result, o Outcome) (names []string) {
	for _, c := range Cases() {
		if r, ok := results[c.Name]; ok && r.Outcome == o {
			names = append(names, c.Name)
		}
	}
	return names
}

var errEnough = errors.New("enough")

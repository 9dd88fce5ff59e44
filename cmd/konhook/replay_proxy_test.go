//go:build unix

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// What a proxy of the environment sees: nothing of what goes to this machine, and of
// what goes elsewhere the host of the URL, whatever the header Host says.
func TestReplayThroughAProxy(t *testing.T) {
	var mu sync.Mutex
	var seen []string
	see := func(r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		seen = append(seen, strings.Join([]string{r.RequestURI, r.Host, r.Header.Get("Authorization"), string(body)}, " "))
	}
	proxy := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { see(r) }))
	defer proxy.Close()
	receiver := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { see(r) }))
	defer receiver.Close()
	host := strings.TrimPrefix(receiver.URL, "http://")
	_, port, _ := strings.Cut(host, ":")
	event := strings.TrimSuffix(replayedEvent, "\n")
	tests := []struct {
		name string
		args []string
		want []string
	}{
		{"loopback", []string{"--to", receiver.URL + "/a"}, []string{"/a " + host + "  " + event}},
		{"a name of this machine", []string{"--to", "http://app.localhost:" + port + "/a"}, []string{"/a app.localhost:" + port + "  " + event}},
		{
			"elsewhere", []string{"--allow-remote", "--to", "http://me:pw@staging.example/web?x=1"},
			[]string{"http://staging.example/web?x=1 staging.example Basic bWU6cHc= " + event},
		},
		{
			"elsewhere with another Host", []string{"--allow-remote", "-H", "Host: prod.example", "--to", "http://staging.example/web?x=1"},
			[]string{"http://staging.example/web?x=1 staging.example  " + event},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			seen = nil
			cmd, stdout, stderr := replayCommand(t, append(tt.args, eventsFile(t, 1))...)
			for _, name := range []string{"HTTP_PROXY", "http_proxy"} {
				cmd.Env = append(cmd.Env, name+"="+proxy.URL)
			}
			cmd.Env = append(cmd.Env, "NO_PROXY=", "no_proxy=")
			if code := exitCode(t, cmd.Run()); code != exitOK {
				t.Fatalf("exit code %d\n%s%s", code, stdout, stderr)
			}
			if diff := cmp.Diff(tt.want, seen); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

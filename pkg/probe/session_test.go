package probe

import (
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestSlowReceiver: late answers fail one case, and none the others.
func TestSlowReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := piped(t, func(c net.Conn, _ string) {
			<-time.After(20 * time.Millisecond)
			_, _ = io.WriteString(c, fine)
		}).to("event-types", "latency")
		o.MaxLatency = 5 * time.Millisecond
		results := run(t, o)
		if r := results["latency"]; r.Outcome != Fail || !strings.HasPrefix(r.Got, "20 ms at most, for ") || r.Expected != "2xx within 5 ms" {
			t.Errorf("%+v", r)
		}
		if r := results["event-types"]; r.Outcome != Pass {
			t.Errorf("%+v", r)
		}
		o.MaxLatency = 20 * time.Millisecond
		if r := run(t, o)["latency"]; r.Outcome != Pass {
			t.Errorf("%+v", r)
		}
	})
}

// TestSilentReceiver: one that answers nothing any more is given up soon.
func TestSilentReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var silent atomic.Bool
		network := piped(t, func(c net.Conn, body string) {
			if silent.Load() || strings.HasPrefix(body, "[") {
				silent.Store(true)
				_, _ = io.Copy(io.Discard, c) // until the other side gives up
				return
			}
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
		})
		started := time.Now()
		results := run(t, network.quick("event-types", "array", "string", "no-type", "answer-leaks", "still-works"))
		if diff := cmp.Diff([]string{"array", "still-works"}, outcomes(results, Fail)); diff != "" {
			t.Error(diff)
		}
		if diff := cmp.Diff([]string{"string", "no-type", "answer-leaks"}, outcomes(results, Skip)); diff != "" {
			t.Error(diff)
		}
		if got := results["array"].Got; got != "no whole answer within 1 s, and since then none to a sound event" {
			t.Error(got)
		}
		if got := results["string"].Got; got != "the receiver is gone" {
			t.Error(got)
		}
		if took := time.Since(started); took != 3*time.Second {
			t.Errorf("took %s", took)
		}
	})
}

// TestStartedAgain: a receiver that stops at a message, takes connections while
// it ends, and is started again, is not gone.
func TestStartedAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dying := 0
		network := piped(t, func(c net.Conn, body string) {
			if strings.HasPrefix(body, "[") {
				dying = 4
			}
			if dying--; dying < 0 {
				_, _ = io.WriteString(c, fine)
			}
		})
		results := run(t, network.to("array", "unicode", "still-works"))
		if r := results["array"]; r.Outcome != Fail || !strings.HasPrefix(r.Got, "the connection was ") || strings.Contains(r.Got, "since then") {
			t.Errorf("%s: %q", r.Outcome, r.Got)
		}
		if diff := cmp.Diff([]string{"unicode", "still-works"}, outcomes(results, Pass)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestStartedAgainLate: one that was given up is asked once more at the end, and
// has time to start then.
func TestStartedAgainLate(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var stopped, again atomic.Bool
		dying := 3
		network := piped(t, func(c net.Conn, body string) {
			if strings.HasPrefix(body, "[") {
				stopped.Store(true)
			}
			if again.Load() {
				dying--
			}
			if !stopped.Load() || dying < 0 {
				_, _ = io.WriteString(c, fine)
			}
		})
		got := map[string]Outcome{}
		_, err := Run(t.Context(), network.to("array", "string", "still-works"), func(r Result) error {
			again.Store(true)
			got[r.Case.Name] = r.Outcome
			return nil
		})
		if diff := cmp.Diff(map[string]Outcome{"array": Fail, "string": Skip, "still-works": Pass}, got); diff != "" || err != nil {
			t.Error(err, diff)
		}
	})
}

// TestFailsAtUsersAlone: a receiver that has an answer to some sound events is
// not gone.
func TestFailsAtUsersAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := piped(t, func(c net.Conn, body string) {
			if !strings.Contains(body, `"type":"User/`) {
				_, _ = io.WriteString(c, fine)
			}
		})
		results := run(t, network.to("unicode", "cut"))
		if r := results["cut"]; r.Outcome != Fail || r.Got != "200 OK" {
			t.Errorf("%s: %q", r.Outcome, r.Got)
		}
	})
}

// TestBrokenEventsOfSeveralTypes: a receiver that stops at broken events of some
// types, and is started again, fails at each of them.
func TestBrokenEventsOfSeveralTypes(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dying := 0
		network := piped(t, func(c net.Conn, body string) {
			isOfUser := strings.Contains(body, `"type":"User/`) || strings.Contains(body, `"type":"Group/`)
			if isOfUser && strings.Contains(body, `"user":null`) {
				dying = 3
			}
			if dying--; dying < 0 {
				_, _ = io.WriteString(c, fine)
			}
		})
		results := run(t, network.to("no-id", "object-null", "name-null"))
		if r := results["object-null"]; r.Outcome != Fail || r.Got != "the connection was closed before a whole answer for user.created, group.user.created" {
			t.Errorf("%s: %q", r.Outcome, r.Got)
		}
		if diff := cmp.Diff([]string{"no-id", "name-null"}, outcomes(results, Pass)); diff != "" {
			t.Error(diff)
		}
	})
}

// TestWrongAnswersOfSeveralKinds are told apart.
func TestWrongAnswersOfSeveralKinds(t *testing.T) {
	url := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch body, _ := io.ReadAll(r.Body); {
		case strings.Contains(string(body), `"type":"Course/`):
			w.WriteHeader(500)
			_, _ = io.WriteString(w, "KeyError: body")
		case strings.Contains(string(body), `"type":"Group/`):
			w.WriteHeader(503)
		}
	})
	const want = "500 Internal Server Error for course.published, course.finished: KeyError: body; 200 OK for user.created; 503 Service Unavailable for group.user.created"
	if got := run(t, Options{URL: url, Cases: []string{"no-body"}})["no-body"].Got; got != want {
		t.Error(got)
	}
}

// TestBrokenEventsAreOfTheirTypes: what concerns the body is tried with each shape
// of it, and kinds are named once by strict.
func TestBrokenEventsAreOfTheirTypes(t *testing.T) {
	var mu sync.Mutex
	var sent []string
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, kind, _ := strings.Cut(string(body), `"type":"`)
		kind, _, _ = strings.Cut(kind, `"`)
		mu.Lock()
		defer mu.Unlock()
		sent = append(sent, kind)
	})
	shapes := []string{"Course/Published", "User/Created", "Group/User/Created", "Course/Finished"}
	for name, want := range map[string][]string{
		"no-body": shapes, "body-array": shapes, "no-name": shapes, "type-null": {""}, "occurred-at": {"Course/Published"},
	} {
		sent = nil
		run(t, Options{URL: url, Cases: []string{name}})
		if diff := cmp.Diff(append([]string{"User/Created"}, want...), sent); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	sent = nil
	r := run(t, Options{URL: url, Cases: []string{"strict"}})["strict"]
	if len(sent) != 1+7+11*len(shapes) || r.Got != "200 OK for not-a-number, bad-utf8, type-null and 15 more" {
		t.Errorf("%d messages: %q", len(sent), r.Got)
	}
}

// TestWorksOffWhatWasAbandoned: after a late answer the next may be later than
// answers may be otherwise.
func TestWorksOffWhatWasAbandoned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy := false
		network := piped(t, func(c net.Conn, body string) {
			if strings.HasPrefix(body, "[") {
				busy = true
				_, _ = io.Copy(io.Discard, c) // until the other side gives up
				return
			}
			if busy {
				busy = false
				<-time.After(750 * time.Millisecond)
			}
			_, _ = io.WriteString(c, fine)
		})
		results := run(t, network.quick("array", "string"))
		if got := results["array"].Got; got != "no whole answer within 1 s" {
			t.Error(got)
		}
		if r := results["string"]; r.Outcome != Fail || r.Got != "200 OK" {
			t.Errorf("%s: %q", r.Outcome, r.Got)
		}
	})
}

// TestLimit: less is waited once an answer did not come, but for a receiver that
// is slow with every answer, and never longer than the time-out.
func TestLimit(t *testing.T) {
	tests := []struct {
		late  bool
		first answer
		want  time.Duration
	}{
		{false, answer{}, 10 * time.Second},
		{true, answer{took: time.Millisecond}, 2 * time.Second},
		{true, answer{took: 3 * time.Second}, 6 * time.Second},
		{true, answer{took: 9 * time.Second}, 10 * time.Second},
		{true, answer{took: 9 * time.Second, err: errEnough}, 2 * time.Second},
	}
	for _, tt := range tests {
		s := session{o: Options{MaxLatency: 2 * time.Second, Timeout: 10 * time.Second}, late: tt.late, first: tt.first}
		if got := s.limit(); got != tt.want {
			t.Errorf("%+v: %s", tt, got)
		}
	}
}

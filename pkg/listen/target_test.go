package listen

import (
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
)

func types(t *testing.T, words ...string) []event.Type {
	t.Helper()
	all, err := event.Select(words)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func payload(name string) string { return `{"occuredAt":1,"type":"` + name + `","body":{}}` }

func TestRoutes(t *testing.T) {
	routes := []Route{
		{types(t, "all"), "http://a.example/all"},
		{types(t, "course.*"), "http://a.example/courses"},
		{types(t, "course.published"), "http://a.example/first"},
		{types(t, "course.published"), "http://a.example/second"},
		{types(t, "user.created", "user.edited"), "http://a.example/users"},
	}
	tests := []struct {
		name   string
		routes []Route
		rest   string
		want   string
	}{
		{"Course/Published", routes, "", "http://a.example/first"},
		{"Course/Started", routes, "", "http://a.example/courses"},
		{"User/Edited", routes, "", "http://a.example/users"},
		{"Group/User/Created", routes, "http://a.example/", "http://a.example/all"},
		{"Unheard/Of", routes, "", ""},
		{"Unheard/Of", routes, "http://a.example/", "http://a.example/"},
		{"User/Edited", routes[1:2], "http://a.example/", "http://a.example/"},
		{"User/Edited", routes[1:2], "", ""},
		{"User/Edited", nil, "", ""},
	}
	for _, tt := range tests {
		got := ""
		if to := newTargets(Options{Routes: tt.routes, Forward: tt.rest}).of(event.TypeOf([]byte(payload(tt.name)))); to != nil {
			got = to.url
		}
		if got != tt.want {
			t.Errorf("%s goes to %q; want %q", tt.name, got, tt.want)
		}
	}
}

func TestWhatHasNoRouteIsAnsweredHere(t *testing.T) {
	var hits atomic.Int32
	target := backend(t, func(w http.ResponseWriter, _ *http.Request) { hits.Add(1); w.WriteHeader(202) })
	s := start(t, Options{Routes: []Route{{types(t, "course.*"), target + "/x"}}, Respond: []Answer{299}})
	if got := s.post(published); got.status != 202 {
		t.Errorf("answered %d", got.status)
	}
	if x := s.next(); x.Target != target+"/x" {
		t.Errorf("the target is %q", x.Target)
	}
	if got := s.post(payload("User/Created")); got.status != 299 {
		t.Errorf("answered %d", got.status)
	}
	if x := s.next(); x.Target != "" || x.Forwarded != 0 || hits.Load() != 1 {
		t.Errorf("observed %+v, %d forwarded", x, hits.Load())
	}
}

func TestBusyTarget(t *testing.T) {
	release, arrived := make(chan struct{}), make(chan struct{}, 2*MaxForwarding)
	slow := backend(t, func(http.ResponseWriter, *http.Request) { arrived <- struct{}{}; <-release })
	quick := backend(t, func(http.ResponseWriter, *http.Request) {})
	notices := make(chan Notice, 10)
	s := start(t, Options{
		Forward: slow, Routes: []Route{{types(t, "user.*"), quick}}, Timeout: time.Hour, Notice: func(n Notice) { notices <- n },
	})
	var all sync.WaitGroup
	for range MaxForwarding {
		all.Go(func() {
			if a, err := s.send(http.MethodPost, "/", published); err != nil || a.status != 200 {
				t.Errorf("answered %d, %v", a.status, err)
			}
		})
	}
	for range MaxForwarding {
		<-arrived
	}
	for range 3 {
		if got := s.post(published); got.status != 503 || !strings.Contains(got.body, "too many") {
			t.Errorf("answered %+v", got)
		}
		var failed *ForwardError
		if x := s.next(); !errors.As(x.Err, &failed) || failed.Status != 503 || !x.Stored() {
			t.Errorf("observed %+v", x)
		}
	}
	if got := s.post(payload("User/Created")); got.status != 200 {
		t.Errorf("another target is answered %d", got.status)
	}
	close(release)
	all.Wait()
	if n := <-notices; n.Kind != TargetBusy || n.Status != 503 || n.Target != slow || len(notices) > 0 {
		t.Errorf("told %+v and %d more", n, len(notices))
	}
}

// TestTargetNotices has a target that fails and comes back: only the changes are
// told, before the delivery that showed them.
func TestTargetNotices(t *testing.T) {
	var broken atomic.Bool
	target := backend(t, func(http.ResponseWriter, *http.Request) {
		if broken.Load() {
			panic(http.ErrAbortHandler)
		}
	})
	var told []string
	s := start(t, Options{
		Forward: target, On: func(x Observed) { told = append(told, http.StatusText(x.Status)) },
		Notice: func(n Notice) { told = append(told, string(n.Kind)) },
	})
	for _, fails := range []bool{false, false, true, true, false, false} {
		broken.Store(fails)
		s.post(published)
		s.next()
	}
	s.stop()
	if err := s.wait(); err != nil {
		t.Error(err)
	}
	want := []string{"OK", "OK", "target down", "Bad Gateway", "Bad Gateway", "target up", "OK", "OK"}
	if !slices.Equal(told, want) {
		t.Errorf("told %q; want %q", told, want)
	}
}

func TestCheckTargets(t *testing.T) {
	there := backend(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") })
	const gone = "http://127.0.0.1:1/x"
	r, err := New(Options{Forward: there, Routes: []Route{{types(t, "user.*"), gone}, {types(t, "course.*"), gone}}})
	if err != nil {
		t.Fatal(err)
	}
	r.targets.reachIn = lenient
	got := r.CheckTargets(t.Context())
	if len(got) != 1 || got[0].Kind != TargetDown || got[0].Target != gone || got[0].Status != 502 || got[0].Err == nil {
		t.Errorf("got %+v", got)
	}
	if again := r.CheckTargets(t.Context()); again != nil {
		t.Errorf("told again: %+v", again)
	}
}

// TLS is spoken with a target of https, so that one of http is told from it at once.
// What takes long about it says nothing.
func TestCheckTargetsOfHTTPS(t *testing.T) {
	plain := strings.Replace(backend(t, func(http.ResponseWriter, *http.Request) { t.Error("something was sent") }), "http:", "https:", 1)
	silent, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close() // nobody takes what it has accepted
	r, err := New(Options{Forward: plain, Routes: []Route{{types(t, "user.*"), "https://" + silent.Addr().String()}}})
	if err != nil {
		t.Fatal(err)
	}
	var speaksHTTP *deliver.PlainHTTPError
	if got := r.CheckTargets(t.Context()); len(got) != 1 || got[0].Target != plain || !errors.As(got[0].Err, &speaksHTTP) {
		t.Errorf("got %+v", got)
	}
	_, err = r.targets.post(t.Context(), plain, nil, nil)
	if !errors.As(err, &speaksHTTP) {
		t.Errorf("a delivery to it: %v", err)
	}
}

// The names below localhost are this machine's, whether or not a resolver knows
// them.
func TestForwardToANameBelowLocalhost(t *testing.T) {
	target := backend(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusAccepted) })
	target = strings.Replace(target, "127.0.0.1", "app.localhost", 1)
	r, err := New(Options{Forward: target})
	if err != nil {
		t.Fatal(err)
	}
	r.targets.reachIn = lenient
	if down := r.CheckTargets(t.Context()); down != nil {
		t.Errorf("not reached: %v", down[0].Err)
	}
	s := start(t, Options{Forward: target})
	if answer, err := s.send(http.MethodPost, "/", published, "Content-Type: application/json"); err != nil || answer.status != 202 {
		t.Errorf("answered %+v, %v", answer, err)
	}
}

func TestNewsAreFew(t *testing.T) {
	var n news
	now, told := time.Now(), 0
	for i := range 100 {
		state := []string{up, down}[i%2]
		if _, tell := n.change(state, now); tell {
			told++
		}
		if _, tell := n.change(state, now); tell {
			t.Error("a repeat is news")
		}
	}
	if told != maxNews {
		t.Errorf("%d told; want %d", told, maxNews)
	}
	if from, tell := n.change(up, now.Add(time.Minute)); !tell || from != down {
		t.Errorf("after a minute: %s, %v", from, tell)
	}
}

func TestRoutesAndCertificateAreChecked(t *testing.T) {
	for name, o := range map[string]Options{
		"Routes":      {Routes: []Route{{nil, "http://localhost"}}},
		"Certificate": {Certificate: certificate(t)},
	} {
		if name == "Certificate" {
			o.Certificate.PrivateKey = nil
		}
		var wrong *OptionError
		if _, err := New(o); !errors.As(err, &wrong) || wrong.Option != name {
			t.Errorf("%s gives %v", name, err)
		}
	}
	var wrong *OptionError
	if _, err := New(Options{Routes: []Route{{types(t, "all"), "localhost:1"}}}); !errors.As(err, &wrong) || wrong.Option != "Routes" {
		t.Errorf("got %v", err)
	}
}

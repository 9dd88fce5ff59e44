package mock

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/event"
)

const key = "0123456789abcdef0123456789abcdef"

func events(bodies ...string) []*event.Event {
	var all []*event.Event
	for _, b := range bodies {
		all = append(all, event.New([]byte(b)))
	}
	return all
}

const (
	first  = `{"type":"Course/Published","occuredAt":1}`
	second = "{ \"type\": \"Course\\/Published\",\n \"occuredAt\": 2.0e0 }\n"
	user   = `{"type":"User/Created","occuredAt":3}`
)

func ask(s *Server, method, path, key string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, nil)
	if key != "" {
		r.Header.Set("X-API-KEY", key)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

func TestAnswers(t *testing.T) {
	s := New(Options{Key: key, Events: events(first, user, second, `{"type":"No/Such"}`, `[]`)})
	const last = "/openapi/v1/webhook/%s/last"
	tests := []struct {
		method, path, key string
		status            int
		body              string // of 200 only
	}{
		{"GET", fmt.Sprintf(last, "course.published"), key, 200, second},
		{"GET", fmt.Sprintf(last, "user.created"), key, 200, user},
		{"GET", fmt.Sprintf(last, "user.edited"), key, 404, ""},
		{"GET", fmt.Sprintf(last, "Course.Published"), key, 404, ""},
		{"GET", fmt.Sprintf(last, "no.such"), key, 404, ""},
		{"GET", fmt.Sprintf(last, "a/b"), key, 404, ""},
		{"GET", fmt.Sprintf(last, ""), key, 404, ""},
		{"GET", "/webhook/course.published/last", key, 404, ""},
		{"GET", "/openapi/v1/webhook/course.published", key, 404, ""},
		{"GET", "/", key, 404, ""},
		{"GET", fmt.Sprintf(last, "course.published"), "", 401, ""},
		{"GET", fmt.Sprintf(last, "course.published"), key + "0", 401, ""},
		{"GET", fmt.Sprintf(last, "course.published"), key[1:], 401, ""},
		{"POST", fmt.Sprintf(last, "course.published"), key, 405, ""},
		{"HEAD", fmt.Sprintf(last, "course.published"), key, 405, ""},
		{"DELETE", fmt.Sprintf(last, "course.published"), "", 405, ""},
	}
	for _, test := range tests {
		w := ask(s, test.method, test.path, test.key)
		if w.Code != test.status || w.Header().Get("Content-Type") != "application/json" {
			t.Errorf("%s %s with key %q: %d %v", test.method, test.path, test.key, w.Code, w.Header())
		}
		if test.status == http.StatusOK && w.Body.String() != test.body {
			t.Errorf("%s: body %q", test.path, w.Body)
		}
		var problem struct{ Error string }
		if err := json.Unmarshal(w.Body.Bytes(), &problem); err != nil || test.status != http.StatusOK && problem.Error == "" {
			t.Errorf("%s %s: body %q, %v", test.method, test.path, w.Body, err)
		}
		if counted := w.Header().Get("X-RateLimit-Limit") != ""; counted && (test.status == 401 || test.status == 405) {
			t.Errorf("%s %s: a request that was refused counts", test.method, test.path)
		}
	}
	if allow := ask(s, "PUT", fmt.Sprintf(last, "user.edited"), key).Header().Get("Allow"); allow != "GET" {
		t.Errorf("Allow: %q", allow)
	}
}

func TestAnyKey(t *testing.T) {
	s := New(Options{Events: events(first)})
	for key, status := range map[string]int{"x": 200, "": 401} {
		if w := ask(s, "GET", "/openapi/v1/webhook/course.published/last", key); w.Code != status {
			t.Errorf("key %q: %d", key, w.Code)
		}
	}
}

func TestTypes(t *testing.T) {
	var got []string
	for _, kind := range New(Options{Events: events(user, first, second, "{}")}).Types() {
		got = append(got, kind.Slug)
	}
	if d := cmp.Diff([]string{"course.published", "user.created"}, got); d != "" {
		t.Error(d)
	}
}

func TestRateLimit(t *testing.T) {
	now := time.Unix(1_000_000, 300_000_000)
	s := New(Options{RateLimit: 2, Now: func() time.Time { return now }})
	get := func() []string {
		w := ask(s, "GET", "/openapi/v1/webhook/user.edited/last", key)
		h := w.Header()
		return []string{fmt.Sprint(w.Code), h.Get("X-RateLimit-Limit"), h.Get("X-RateLimit-Remaining"), h.Get("X-RateLimit-Reset"), h.Get("Retry-After")}
	}
	steps := []struct {
		after time.Duration
		want  []string
	}{
		{0, []string{"404", "2", "1", "1000061", ""}},
		{time.Second, []string{"404", "2", "0", "1000061", ""}},
		{time.Second, []string{"429", "2", "0", "1000061", "58"}},
		{57*time.Second + 900*time.Millisecond, []string{"429", "2", "0", "1000061", "1"}},
		{100 * time.Millisecond, []string{"404", "2", "1", "1000121", ""}},
	}
	for i, step := range steps {
		now = now.Add(step.after)
		if d := cmp.Diff(step.want, get()); d != "" {
			t.Errorf("step %d: %s", i, d)
		}
	}
}

func TestNoRateLimit(t *testing.T) {
	s := New(Options{RateLimit: -1})
	for range 1000 {
		if w := ask(s, "GET", "/openapi/v1/webhook/user.edited/last", key); w.Code != 404 || w.Header().Get("X-RateLimit-Limit") != "" {
			t.Fatalf("%d %v", w.Code, w.Header())
		}
	}
}

func TestLog(t *testing.T) {
	var got []Request
	s := New(Options{Log: func(r Request) { got = append(got, r) }, Events: events(user)})
	ask(s, "GET", "/openapi/v1/webhook/user.created/last?secret=1", key)
	ask(s, "POST", "/x", "")
	want := []Request{
		{"GET", "/openapi/v1/webhook/user.created/last", 200, len(user), ""},
		{"POST", "/x", 404, len(`{"error":"there is nothing at this path"}` + "\n"), ""},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// inProcess answers a client without a network.
type inProcess struct{ server *Server }

func (p inProcess) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	p.server.ServeHTTP(w, r)
	return w.Result(), nil
}

// TestClient lets konhook's own client loose on the server: it gets what was put
// in, and is never refused.
func TestClient(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		statuses := map[int]int{}
		s := New(Options{Key: key, RateLimit: 30, Events: events(second), Log: func(r Request) {
			mu.Lock()
			defer mu.Unlock()
			statuses[r.Status]++
		}})
		secret, _, err := api.ParseKey([]byte(key))
		if err != nil {
			t.Fatal(err)
		}
		c, err := api.New(api.Options{BaseURL: "https://api.example" + BasePath, Key: secret, Transport: inProcess{s}})
		if err != nil {
			t.Fatal(err)
		}
		var wg sync.WaitGroup
		for range 200 {
			wg.Go(func() {
				answer, err := c.Last(t.Context(), s.Types()[0])
				if err != nil || string(answer.Event.Body) != second {
					t.Errorf("%+v, %v", answer, err)
				}
			})
		}
		wg.Wait()
		if d := cmp.Diff(map[int]int{200: 200}, statuses); d != "" {
			t.Error(d)
		}
	})
}

func TestPut(t *testing.T) {
	s := New(Options{Key: key, Events: events(first)})
	for _, e := range events(second, user, `{"type":"No/Such"}`) {
		s.Put(e)
	}
	for path, want := range map[string]string{"course.published": second, "user.created": user} {
		if w := ask(s, "GET", "/openapi/v1/webhook/"+path+"/last", key); w.Body.String() != want {
			t.Errorf("%s: %q", path, w.Body)
		}
	}
	if n := len(s.Types()); n != 2 {
		t.Errorf("%d types", n)
	}
}

// Package mock stands in for the API of Konstantly on this machine: the path,
// the key, the headers of the rate limit, and the last event of each type.
//
// What the vendor does not document is kept neutral: errors are an object with
// an "error" member, a request over the limit gets 429 with Retry-After. A client
// must not learn more from it than that.
package mock

import (
	"crypto/subtle"
	"encoding/json"
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// BasePath is where the API begins. A client's base URL ends with it.
const BasePath = "/openapi/v1"

// DefaultRateLimit is the limit that the vendor's documentation has as its
// example, in requests a minute.
const DefaultRateLimit = 100

// Options are what a [Server] serves.
type Options struct {
	// Key must come with every request as X-API-KEY. Empty: any key will do.
	Key string
	// Events are served by their type, the last of each. Types without one have
	// had no event, and events of no known type are left out.
	Events []*event.Event
	// RateLimit is how many requests a minute are answered. Zero: 100;
	// negative: any number, and without headers about it.
	RateLimit int
	// Faults are how requests fail; of several, the first that is drawn.
	Faults []Fault
	// Seed makes the same draws of faults for the same requests.
	Seed uint64
	// Now is the clock. Nil: time.Now.
	Now func() time.Time
	// Log is told of every request before its answer is sent. It may be called by
	// several goroutines at once. Nil: nobody.
	Log func(Request)
}

// Request is a request and what it is answered.
type Request struct {
	Method, Path string
	Status       int    // 0 for no answer
	Bytes        int    // of the answer's body
	Fault        string // the kind of fault that was drawn, empty for none
}

// Server is the API as an [http.Handler]. Make one with [New]. It is safe for
// concurrent use.
type Server struct {
	key    string
	now    func() time.Time
	log    func(Request)
	limit  int
	faults []Fault

	mu     sync.Mutex
	events map[string]*event.Event // by slug
	used   int                     // requests in the present window
	ends   time.Time               // of the present window
	random *rand.Rand
}

// New makes a server. It keeps the events.
func New(o Options) *Server {
	s := &Server{key: o.Key, events: map[string]*event.Event{}, now: o.Now, log: o.Log, limit: o.RateLimit, faults: o.Faults, random: newRandom(o.Seed)}
	if s.now == nil {
		s.now = time.Now
	}
	if s.limit == 0 {
		s.limit = DefaultRateLimit
	}
	for _, e := range o.Events {
		s.Put(e)
	}
	return s
}

// Put makes an event the last of its type from now on. It keeps the event, but
// for one of no known type.
func (s *Server) Put(e *event.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if e.Type.Known() {
		s.events[e.Type.Slug] = e
	}
}

// last returns the last event of a type, nil when there was none.
func (s *Server) last(slug string) *event.Event {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.events[slug]
}

// Types returns the types that have an event, in the order of [event.Types].
func (s *Server) Types() []event.Type {
	var types []event.Type
	for _, t := range event.Types() {
		if s.last(t.Slug) != nil {
			types = append(types, t)
		}
	}
	return types
}

// ServeHTTP answers as the API would.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if f := s.draw(); f != nil {
		s.fail(w, r, f)
		return
	}
	status, body := s.answer(w.Header(), r)
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	if s.log != nil {
		s.log(Request{r.Method, r.URL.Path, status, len(body), ""})
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // a client that has gone needs no answer
}

// answer decides on a request and sets the headers that depend on that.
func (s *Server) answer(h http.Header, r *http.Request) (status int, body []byte) {
	slug, ok := slugOf(r.URL.Path)
	last := s.last(slug)
	switch {
	case !ok:
		return problem(http.StatusNotFound, "there is nothing at this path")
	case r.Method != http.MethodGet:
		h.Set("Allow", http.MethodGet)
		return problem(http.StatusMethodNotAllowed, "only GET is answered here")
	case !s.admits(r.Header.Get("X-Api-Key")):
		return problem(http.StatusUnauthorized, "the API key is missing or wrong")
	case !s.count(h):
		return problem(http.StatusTooManyRequests, "too many requests")
	case last != nil:
		return http.StatusOK, last.Body
	case !isSlug(slug):
		return problem(http.StatusNotFound, "there is no such event")
	}
	return problem(http.StatusNotFound, "no event of this type in the last 30 days")
}

func slugOf(path string) (slug string, ok bool) {
	rest, ok := strings.CutPrefix(path, BasePath+"/webhook/")
	if !ok {
		return "", false
	}
	slug, ok = strings.CutSuffix(rest, "/last")
	return slug, ok && slug != "" && !strings.Contains(slug, "/")
}

// isSlug knows the slugs as the API does: in lower case only.
func isSlug(s string) bool {
	for _, t := range event.Types() {
		if t.Slug == s {
			return true
		}
	}
	return false
}

func (s *Server) admits(key string) bool {
	if s.key == "" {
		return key != ""
	}
	return subtle.ConstantTimeCompare([]byte(key), []byte(s.key)) == 1
}

// count counts a request, states the limit in the header, and reports whether
// the request is within it. A window of a minute begins with its first request.
func (s *Server) count(h http.Header) bool {
	if s.limit < 0 {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := s.now()
	if !now.Before(s.ends) {
		s.used, s.ends = 0, now.Add(time.Minute)
	}
	within := s.used < s.limit
	if within {
		s.used++
	} else {
		h.Set("Retry-After", strconv.FormatInt(ceil(s.ends.Sub(now)), 10))
	}
	h.Set("X-RateLimit-Limit", strconv.Itoa(s.limit))
	h.Set("X-RateLimit-Remaining", strconv.Itoa(s.limit-s.used))
	h.Set("X-RateLimit-Reset", strconv.FormatInt(s.ends.Add(time.Second-time.Nanosecond).Unix(), 10))
	return within
}

// ceil rounds up to whole seconds.
func ceil(d time.Duration) int64 { return int64((d + time.Second - 1) / time.Second) }

func problem(status int, text string) (int, []byte) {
	body, err := json.Marshal(map[string]string{"error": text})
	if err != nil {
		return status, nil // a map of strings always marshals
	}
	return status, append(body, '\n')
}

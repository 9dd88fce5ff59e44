package mock

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Fault is a way in which the API fails, or something before it does.
type Fault struct {
	// Kind is one of [FaultKinds].
	Kind string
	// P is how likely it is for a request, above 0 and up to 1.
	P float64
}

// FaultKind is a kind of fault and what happens because of it.
type FaultKind struct{ Name, Description string }

// FaultKinds lists the kinds of faults.
func FaultKinds() []FaultKind {
	return []FaultKind{
		{"429", "too many requests, with Retry-After in seconds"},
		{"429-date", "the same, with Retry-After as a date"},
		{"429-reset", "the same, with X-RateLimit-Reset alone"},
		{"429-bare", "the same, without a word on when"},
		{"401", "the key is refused"},
		{"403", "the key is refused in another way"},
		{"500", "the server fails"},
		{"502", "a proxy finds no server"},
		{"503", "the server asks to come again later"},
		{"504", "a proxy gets no answer"},
		{"301", "a redirect to another host"},
		{"302", "the same"},
		{"303", "the same"},
		{"307", "the same"},
		{"308", "the same"},
		{"drop", "the connection is closed without an answer"},
		{"stall", "no answer comes"},
		{"slow", "half an answer comes and then nothing more"},
		{"cut", "the connection is closed after half an answer"},
		{"html", "a page instead of JSON"},
		{"empty", "nothing instead of JSON"},
		{"large", "more than 10 MiB of JSON"},
	}
}

// ParseFault reads KIND or KIND=P, where P is 1 when it is left out.
func ParseFault(text string) (Fault, error) {
	kind, p, given := strings.Cut(text, "=")
	f := Fault{Kind: kind, P: 1}
	if !slices.ContainsFunc(FaultKinds(), func(k FaultKind) bool { return k.Name == kind }) {
		return f, fmt.Errorf("%q is no kind of fault", kind)
	}
	if !given {
		return f, nil
	}
	var err error
	if f.P, err = strconv.ParseFloat(p, 64); err != nil || !(f.P > 0 && f.P <= 1) {
		return f, fmt.Errorf("%q is no probability: write a number above 0 and up to 1, such as 0.1", p)
	}
	return f, nil
}

// elsewhere is where redirects lead: no such host can ever be.
const elsewhere = "https://elsewhere.invalid"

// draw returns the fault of a request, nil when it has none.
func (s *Server) draw() *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if f.P >= 1 || s.random.Float64() < f.P {
			return &s.faults[i]
		}
	}
	return nil
}

func newRandom(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, 0)) //nolint:gosec // the same faults for the same seed
}

// fail answers a request with a fault. That a client has gone is none of its.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, f *Fault) {
	status, body := s.failure(w.Header(), r, f.Kind)
	if s.log != nil {
		s.log(Request{r.Method, r.URL.Path, status, len(body), f.Kind})
	}
	if status != 0 {
		w.Header().Set("Content-Length", strconv.Itoa(len(body)))
		w.WriteHeader(status)
	}
	switch f.Kind {
	case "drop":
		panic(http.ErrAbortHandler) // is how a handler closes its connection
	case "stall":
		<-r.Context().Done()
	case "slow", "cut":
		_, _ = w.Write(body[:len(body)/2])
		_ = http.NewResponseController(w).Flush()
		if f.Kind == "cut" {
			panic(http.ErrAbortHandler)
		}
		<-r.Context().Done()
	default:
		_, _ = w.Write(body)
	}
}

// failure returns what a kind of fault answers with; status 0 is no answer.
func (s *Server) failure(h http.Header, r *http.Request, kind string) (status int, body []byte) {
	h.Set("Content-Type", "application/json")
	soon := s.now().Add(time.Second)
	switch kind {
	case "drop", "stall":
		return 0, nil
	case "slow", "cut":
		return http.StatusOK, []byte(`{"occuredAt":1767225600,"type":"Course/Published","body":{}}`)
	case "html":
		h.Set("Content-Type", "text/html; charset=utf-8")
		return http.StatusOK, []byte("<!doctype html><title>Maintenance</title>\n")
	case "empty":
		return http.StatusOK, nil
	case "large":
		return http.StatusOK, []byte(`"` + strings.Repeat("x", 11<<20) + `"`)
	case "429":
		h.Set("Retry-After", "1")
	case "429-date":
		h.Set("Retry-After", soon.UTC().Format(http.TimeFormat))
	case "429-reset":
		h.Set("X-RateLimit-Limit", strconv.Itoa(max(s.limit, 1)))
		h.Set("X-RateLimit-Remaining", "0")
		h.Set("X-RateLimit-Reset", strconv.FormatInt(soon.Unix(), 10))
	}
	status, err := strconv.Atoi(kind[:3])
	if err != nil {
		return http.StatusInternalServerError, nil
	}
	if status >= 300 && status < 400 {
		h.Set("Location", elsewhere+r.URL.Path)
	}
	return problem(status, "a fault that was asked for: "+kind)
}

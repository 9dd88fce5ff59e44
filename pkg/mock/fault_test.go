package mock

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

func TestParseFault(t *testing.T) {
	for text, want := range map[string]Fault{
		"500": {"500", 1}, "429-date=0.25": {"429-date", 0.25}, "cut=1": {"cut", 1},
	} {
		if f, err := ParseFault(text); f != want || err != nil {
			t.Errorf("%s: %+v, %v", text, f, err)
		}
	}
	for _, text := range []string{"", "501", "cut=", "cut=0", "cut=-1", "cut=1.1", "cut=NaN", "cut=x", "=1"} {
		if f, err := ParseFault(text); err == nil {
			t.Errorf("%q: %+v", text, f)
		}
	}
}

// TestEveryFault has each kind make what it says, as a client sees it.
func TestEveryFault(t *testing.T) {
	for _, kind := range FaultKinds() {
		s := httptest.NewServer(New(Options{Faults: []Fault{{kind.Name, 1}}}))
		head, body := time.Minute, time.Minute // a busy machine is no fault
		switch kind.Name {
		case "stall":
			head = 500 * time.Millisecond
		case "slow":
			body = 500 * time.Millisecond
		}
		status, length, err := seen(t, s.URL+BasePath+"/webhook/user.created/last", head, body)
		s.Close()
		want := map[string]int{"drop": 0, "stall": 0, "slow": 200, "cut": 200, "html": 200, "empty": 200, "large": 200}
		code, listed := want[kind.Name]
		if !listed {
			for _, c := range kind.Name[:3] {
				code = code*10 + int(c-'0')
			}
		}
		broken := kind.Name == "drop" || kind.Name == "stall" || kind.Name == "slow" || kind.Name == "cut"
		if status != code || (err != nil) != broken || (kind.Name == "large") != (length > 10<<20) || (kind.Name == "empty") != (length == 0 && !broken) {
			t.Errorf("%s: status %d, %d bytes, %v", kind.Name, status, length, err)
		}
	}
}

// seen waits so long for the head of an answer, and then for its body.
func seen(t *testing.T, url string, head, body time.Duration) (status, length int, err error) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	late := time.AfterFunc(head, cancel)
	defer late.Stop()
	resp, err := client.Do(r)
	if err != nil {
		return 0, 0, errors.New("no answer")
	}
	defer resp.Body.Close()
	late.Reset(body)
	text, err := io.ReadAll(resp.Body)
	return resp.StatusCode, len(text), err
}

// TestFaultsAreDrawn has the same seed draw the same faults, about as often as
// was asked for.
func TestFaultsAreDrawn(t *testing.T) {
	draw := func(seed uint64) (kinds [1000]string, n map[string]int) {
		n = map[string]int{}
		s := New(Options{Seed: seed, Faults: []Fault{{"500", 0.1}, {"cut", 0.5}}})
		for i := range kinds {
			if f := s.draw(); f != nil {
				kinds[i] = f.Kind
			}
			n[kinds[i]]++
		}
		return kinds, n
	}
	one, n := draw(1)
	if again, _ := draw(1); one != again {
		t.Error("the same seed draws other faults")
	}
	if other, _ := draw(2); one == other {
		t.Error("another seed draws the same faults")
	}
	if n["500"] < 60 || n["500"] > 140 || n["cut"] < 400 || n["cut"] > 500 {
		t.Errorf("%v", n)
	}
}

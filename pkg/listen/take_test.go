package listen

import (
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

func watched(body string) *event.Delivery {
	d := event.NewDelivery(event.ViaWatch, time.Unix(1700000000, 0), []byte(body))
	d.Headers = []event.Header{{Name: "Content-Type", Value: "application/json"}}
	return d
}

// taking is a receiver that is only given to.
func taking(t *testing.T, o Options) (*Receiver, chan Observed) {
	t.Helper()
	seen := make(chan Observed, 10)
	o.On = func(x Observed) { seen <- x }
	r, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, seen
}

func TestTake(t *testing.T) {
	var kept store
	tries := 0
	target := backend(t, func(w http.ResponseWriter, req *http.Request) {
		if tries++; tries == 1 {
			panic(http.ErrAbortHandler) // no answer
		}
		if req.Header.Get("Content-Type") != "application/json" {
			t.Errorf("forwarded %v", req.Header)
		}
		w.WriteHeader(http.StatusTeapot)
	})
	var notices []NoticeKind
	r, seen := taking(t, Options{
		Save: kept.save, Check: checkJSON, RejectInvalid: true, Notice: func(n Notice) { notices = append(notices, n.Kind) },
		Routes: []Route{{Types: []event.Type{event.TypeOf([]byte(published))}, URL: target}},
	})
	for _, c := range []struct {
		body    string
		status  int
		refused string
		counted bool
	}{
		{published, http.StatusTeapot, "", true},
		{"no JSON", http.StatusUnprocessableEntity, event.RefusedInvalid, false},
		{`{"type":"User/Created"}`, 0, "", true}, // has no route
	} {
		if err := r.Take(t.Context(), nil, watched(c.body)); err != nil {
			t.Fatal(err)
		}
		x := <-seen
		if x.Status != c.status || x.Delivery.Refused != c.refused || x.Counted != c.counted || !x.Stored() || x.Delivery.Response != nil {
			t.Errorf("%s: %+v, %+v", c.body, x, x.Delivery)
		}
	}
	r.Close()
	if tries != 2 || len(kept.ids()) != 3 || len(notices) != 2 || notices[0] != TargetDown || notices[1] != TargetUp {
		t.Errorf("%d tries, %d stored, told of %q", tries, len(kept.ids()), notices)
	}
	if err := r.Take(t.Context(), nil, watched(published)); !errors.Is(err, ErrStopped) {
		t.Errorf("after the end: %v", err)
	}
}

func TestTakeGivesUp(t *testing.T) {
	var kept store
	r, seen := taking(t, Options{Save: kept.save, Forward: "http://127.0.0.1:1/"})
	stopping := make(chan struct{})
	close(stopping)
	if err := r.Take(t.Context(), stopping, watched(published)); !errors.Is(err, ErrStopped) || len(kept.ids()) != 0 || len(seen) != 0 {
		t.Errorf("%v, %d stored", err, len(kept.ids()))
	}
	full := errors.New("full")
	kept.fail(full)
	r, _ = taking(t, Options{Save: kept.save})
	if err := r.Take(t.Context(), nil, watched(published)); !errors.Is(err, full) {
		t.Errorf("not stored: %v", err)
	}
}

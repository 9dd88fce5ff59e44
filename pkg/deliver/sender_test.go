package deliver

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

func TestSendStatus(t *testing.T) {
	not404 := func(status int) bool { return status == 404 }
	tests := []struct {
		name     string
		answers  []int
		retries  int
		success  func(int) bool
		statuses []int // of all attempts
		ok       bool
		err      string
	}{
		{"200", []int{200}, 2, nil, []int{200}, true, ""},
		{"204", []int{204}, 2, nil, []int{204}, true, ""},
		{"299", []int{299}, 2, nil, []int{299}, true, ""},
		{"redirect", []int{302, 200}, 2, nil, []int{302}, false, "answered 302 Found, and redirects are not followed"},
		{"308", []int{308, 200}, 2, nil, []int{308}, false, "answered 308 Permanent Redirect, and redirects are not followed"},
		{"400", []int{400, 200}, 2, nil, []int{400}, false, "answered 400 Bad Request"},
		{"408", []int{408, 200}, 2, nil, []int{408, 200}, true, ""},
		{"410 stops", []int{410, 200}, 2, nil, []int{410}, false, "answered 410 Gone"},
		{"429", []int{429, 200}, 2, nil, []int{429, 200}, true, ""},
		{"no retries", []int{500, 200}, 0, nil, []int{500}, false, "answered 500 Internal Server Error"},
		{"retried", []int{500, 503, 200}, 2, nil, []int{500, 503, 200}, true, ""},
		{"used up", []int{500, 502, 599}, 2, nil, []int{500, 502, 599}, false, "answered 599"},
		{"404 wanted", []int{404}, 2, not404, []int{404}, true, ""},
		{"200 not wanted", []int{200, 404}, 2, not404, []int{200}, false, "answered 200 OK"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, network, stop := receive(t, Options{Retries: tt.retries, Success: tt.success}, statuses(tt.answers...))
				defer stop()
				var got []int
				last := s.Send(t.Context(), Request{URL: here, Body: []byte("{}")}, func(r Result) {
					got = append(got, r.Status)
					if r.Attempt != len(got) || r.Final != (len(got) == len(tt.statuses)) {
						t.Errorf("attempt %d is numbered %d, final %v", len(got), r.Attempt, r.Final)
					}
				})
				if diff := cmp.Diff(tt.statuses, got); diff != "" {
					t.Errorf("statuses (-want +got):\n%s", diff)
				}
				if last.OK != tt.ok || text(last.Err) != tt.err {
					t.Errorf("ok %v, error %q; want %v, %q", last.OK, text(last.Err), tt.ok, tt.err)
				}
				var status *StatusError
				if !tt.ok && (!errors.As(last.Err, &status) || status.Status != last.Status) {
					t.Errorf("error %#v is no StatusError of %d", last.Err, last.Status)
				}
				if network.dials != 1 {
					t.Errorf("%d connections for %d requests, want 1", network.dials, len(got))
				}
			})
		})
	}
}

func text(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func TestSendWaits(t *testing.T) {
	date := func(d time.Duration) func() string {
		return func() string { return time.Now().Add(d).UTC().Format(http.TimeFormat) }
	}
	always := func(s string) func() string { return func() string { return s } }
	tests := []struct {
		name       string
		backoff    time.Duration
		retryAfter func() string
		min, max   []time.Duration // before each retry
	}{
		{"default", 0, nil, ms(125, 250, 500), ms(376, 751, 1501)},
		{"set", time.Second, nil, ms(500, 1000, 2000), ms(1501, 3001, 6001)},
		{"none", -1, nil, ms(0, 0, 0), ms(0, 0, 0)},
		{"seconds", -1, always("7"), ms(7000), ms(7000)},
		{"zero", 0, always("0"), ms(125), ms(376)},
		{"date", -1, date(20 * time.Second), ms(20000), ms(20000)},
		{"past", -1, date(-20 * time.Second), ms(0), ms(0)},
		{"far date", -1, date(1000 * time.Hour), ms(60000), ms(60000)},
		{"many seconds", -1, always("86400"), ms(60000), ms(60000)},
		{"too many seconds", -1, always("99999999999999999999999"), ms(60000), ms(60000)},
		{"negative", -1, always("-5"), ms(0), ms(0)},
		{"nonsense", -1, always("soon"), ms(0), ms(0)},
		{"shorter than the backoff", 10 * time.Second, always("1"), ms(5000), ms(15001)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _, stop := receive(t, Options{Retries: len(tt.min), Backoff: tt.backoff},
					func(w http.ResponseWriter, _ *http.Request) {
						if tt.retryAfter != nil {
							w.Header().Set("Retry-After", tt.retryAfter())
						}
						w.WriteHeader(http.StatusServiceUnavailable)
					})
				defer stop()
				var at []time.Time
				s.Send(t.Context(), Request{URL: here}, func(r Result) { at = append(at, r.At) })
				if len(at) != len(tt.min)+1 {
					t.Fatalf("%d attempts, want %d", len(at), len(tt.min)+1)
				}
				for i := range tt.min {
					if d := at[i+1].Sub(at[i]); d < tt.min[i] || d > tt.max[i] {
						t.Errorf("wait %d is %s, want %s to %s", i+1, d, tt.min[i], tt.max[i])
					}
				}
			})
		})
	}
}

func ms(list ...int) []time.Duration {
	out := make([]time.Duration, len(list))
	for i, n := range list {
		out[i] = time.Duration(n) * time.Millisecond
	}
	return out
}

// silent never answers. A server learns that its client has gone only when it
// has read the whole request.
func silent(_ http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	<-r.Context().Done()
}

func TestSendTimeout(t *testing.T) {
	drips := func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.WriteHeader(http.StatusOK)
		tick := time.NewTicker(time.Second)
		defer tick.Stop()
		for r.Context().Err() == nil {
			io.WriteString(w, ".")
			w.(http.Flusher).Flush()
			select {
			case <-tick.C:
			case <-r.Context().Done():
			}
		}
	}
	tests := []struct {
		name    string
		timeout time.Duration
		handle  http.HandlerFunc
		status  int
		took    time.Duration
	}{
		{"default", 0, silent, 0, 30 * time.Second},
		{"set", 3 * time.Second, silent, 0, 3 * time.Second},
		{"answer that drips", 3 * time.Second, drips, 200, 3 * time.Second},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _, stop := receive(t, Options{Timeout: tt.timeout, Retries: 1, Backoff: -1}, tt.handle)
				defer stop()
				attempts := 0
				r := s.Send(t.Context(), Request{URL: here, Body: []byte("{}")}, func(Result) { attempts++ })
				var timeout *TimeoutError
				if r.OK || !errors.As(r.Err, &timeout) || !errors.Is(r.Err, context.DeadlineExceeded) {
					t.Errorf("ok %v, error %#v; want a TimeoutError", r.OK, r.Err)
				}
				if r.Status != tt.status || r.Latency != tt.took || attempts != 2 {
					t.Errorf("status %d after %s in %d attempts, want %d after %s in 2",
						r.Status, r.Latency, attempts, tt.status, tt.took)
				}
			})
		})
	}
}

func TestSendStopsAtOnce(t *testing.T) {
	why := errors.New("enough")
	tests := []struct {
		name     string
		after    time.Duration // 0: before anything
		handle   http.HandlerFunc
		attempts int
		err      error
	}{
		{"before", 0, statuses(200), 0, why},
		{"under way", time.Second, silent, 1, why},
		{"between attempts", time.Second, statuses(500), 1, &StatusError{500}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _, stop := receive(t, Options{Retries: 3, Backoff: time.Hour}, tt.handle)
				defer stop()
				ctx, cancel := context.WithCancelCause(t.Context())
				if tt.after == 0 {
					cancel(why)
				} else {
					time.AfterFunc(tt.after, func() { cancel(why) })
				}
				begin, attempts := time.Now(), 0
				told := true
				r := s.Send(ctx, Request{URL: here, Body: []byte("{}")}, func(r Result) { attempts++; told = r.Final })
				if final := tt.name != "between attempts"; told != final || !r.Final {
					t.Errorf("told as final: %v, want %v; returned as final: %v", told, final, r.Final)
				}
				if took := time.Since(begin); took != tt.after {
					t.Errorf("took %s, want %s", took, tt.after)
				}
				if attempts != tt.attempts || r.Attempt != tt.attempts || r.OK || text(r.Err) != text(tt.err) {
					t.Errorf("%d attempts, %+v; want %d attempts and %q", attempts, r, tt.attempts, tt.err)
				}
			})
		})
	}
}

// Trouble that may pass by itself is worth another attempt, and nothing else is.
func TestPassing(t *testing.T) {
	for status := 100; status < 1000; status++ {
		if want := status == 408 || status == 429 || status >= 500; passing(status) != want {
			t.Errorf("%d: %v", status, !want)
		}
	}
}

// Doubling ends somewhere, though not below the first wait that was asked for.
func TestWaitsAreBounded(t *testing.T) {
	for backoff, most := range map[time.Duration]time.Duration{time.Second: maxBackoff, time.Hour: time.Hour} {
		s := New(Options{Backoff: backoff})
		waits := s.newWaits()
		for range 50 {
			if wait := waits(); wait > most+most/2+1 {
				t.Errorf("from %s on: %s", backoff, wait)
			}
		}
	}
}

// An attempt that cannot be signed took no time.
func TestLatencyOfWhatIsNotSent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s, _, stop := receive(t, Options{Retries: 3, Backoff: -1}, func(w http.ResponseWriter, _ *http.Request) {
			<-time.After(time.Second)
			w.WriteHeader(http.StatusServiceUnavailable)
		})
		defer stop()
		var took []time.Duration
		s.Send(t.Context(), Request{URL: here, Sign: func(time.Time, []byte) ([]event.Header, error) {
			if len(took) == 1 {
				return nil, errors.New("no key")
			}
			return nil, nil
		}}, func(r Result) { took = append(took, r.Latency) })
		if diff := cmp.Diff([]time.Duration{time.Second, 0}, took); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	})
}

func TestSendKeepsFailingAnswer(t *testing.T) {
	long := strings.Repeat("x", 1<<20)
	tests := []struct {
		name   string
		keep   int
		status int
		answer string
		want   int
	}{
		{"short", 0, 500, "no such table: users", 20},
		{"default limit", 0, 500, long, 1024},
		{"limit", 10, 500, long, 10},
		{"none", -1, 500, long, 0},
		{"not of a success", 0, 200, long, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s, _, stop := receive(t, Options{MaxAnswer: tt.keep}, func(w http.ResponseWriter, _ *http.Request) {
					w.WriteHeader(tt.status)
					io.WriteString(w, tt.answer)
				})
				defer stop()
				r := s.Send(t.Context(), Request{URL: here}, nil)
				if string(r.Answer) != tt.answer[:tt.want] {
					t.Errorf("kept %d bytes, want %d", len(r.Answer), tt.want)
				}
				if r.Status != tt.status {
					t.Errorf("status %d, want %d", r.Status, tt.status)
				}
			})
		})
	}
}

func TestResultJSON(t *testing.T) {
	tests := []struct {
		name   string
		result Result
		want   string
	}{
		{
			"delivered",
			Result{
				Event: "user.created", Source: "x.ndjson:3", Attempt: 1, Status: 200, OK: true, Bytes: 512,
				Latency: 1234567, sent: []byte("{}"), Answer: []byte("never written"), At: time.Unix(1, 0),
			},
			`{"event":"user.created","source":"x.ndjson:3","attempt":1,"status":200,"ms":1.235,"bytes":512,"ok":true,"error":null,"sha256":"44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}`,
		},
		{
			"no answer",
			Result{Attempt: 2, Err: &TimeoutError{Limit: time.Second}}.withoutBody(),
			`{"event":null,"source":null,"attempt":2,"status":null,"ms":0,"bytes":0,"ok":false,"error":"no whole answer within 1s","sha256":"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}`,
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := json.Marshal(tt.result)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSendNamesTheEvent(t *testing.T) {
	s, _, stop := receive(t, Options{}, statuses(200))
	defer stop()
	for _, typ := range event.Types() {
		body := []byte(`{"occuredAt":1,"type":"` + typ.Name + `","body":{}}`)
		if r := s.Send(t.Context(), Request{URL: here, Body: body}, nil); r.Event != typ.Slug {
			t.Errorf("event %q, want %q", r.Event, typ.Slug)
		}
	}
}

func TestSendRefusesWhatIsNoURL(t *testing.T) {
	s := New(Options{Retries: 5, Backoff: time.Hour})
	defer s.Close()
	for _, bad := range []string{"", "/webhook", "127.0.0.1:5000", "ftp://127.0.0.1/", "http://", "http://a b/", "mailto:x@y"} {
		if r := s.Send(t.Context(), Request{URL: bad}, nil); r.OK || r.Err == nil {
			t.Errorf("%q: %+v, want an error", bad, r)
		}
	}
}

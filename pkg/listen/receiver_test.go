package listen

import (
	"bytes"
	"compress/gzip"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

func TestDelivery(t *testing.T) {
	var kept store
	s := start(t, Options{Save: kept.save, Check: checkJSON, Body: `{"ok":true}`})
	got, err := s.send(http.MethodPost, "/webhook?x=1", published, "Content-Type: application/json", "X-Api-Key: canary")
	if err != nil {
		t.Fatal(err)
	}
	if got.status != 200 || got.body != `{"ok":true}` || got.header.Get("Content-Type") != "application/json" {
		t.Errorf("answered %+v", got)
	}
	x := s.next()
	d := x.Delivery
	valid := true
	want := &event.Delivery{
		ID: d.ID, At: d.At, Via: event.ViaListen, Type: event.TypeOf([]byte(published)), Method: "POST", URL: "/webhook?x=1",
		Headers: d.Headers, Remote: d.Remote, Body: []byte(published), Valid: &valid, Response: &event.Response{Status: 200, Took: d.Response.Took},
	}
	if diff := cmp.Diff(want, d); diff != "" {
		t.Error(diff)
	}
	if d.Response.Took <= 0 || time.Since(d.At) > time.Minute || !strings.HasPrefix(d.Remote, "127.0.0.1:") {
		t.Errorf("took %v at %v from %v", d.Response.Took, d.At, d.Remote)
	}
	if !slices.Contains(d.Headers, event.Header{Name: "X-Api-Key", Value: event.Redacted}) {
		t.Errorf("the headers are %v", d.Headers)
	}
	if x.Status != 200 || !x.Counted || !x.Stored() || x.Refused != "" || x.Err != nil || !x.Verdict.Valid() {
		t.Errorf("observed %+v", x)
	}
	if ids := kept.ids(); len(ids) != 1 || ids[0] != d.ID {
		t.Errorf("stored %v", ids)
	}
}

// TestRefused has everything that is no delivery: it is told, and neither stored
// nor counted.
func TestRefused(t *testing.T) {
	tests := []struct {
		name         string
		o            Options
		method, path string
		headers      []string
		body         string
		status       int
		text         string // part of the answer
	}{
		{"GET", Options{}, "GET", "/", nil, "", 405, "POST"},
		{"HEAD", Options{}, "HEAD", "/", nil, "", 405, ""},
		{"PUT", Options{}, "PUT", "/", nil, published, 405, "POST"},
		{"OPTIONS", Options{}, "OPTIONS", "/", nil, "", 405, "POST"},
		{"other path", Options{Path: "/webhook"}, "POST", "/webhooks", nil, published, 404, "/webhook"},
		{"large", Options{MaxBody: 10}, "POST", "/", nil, "01234567890", 413, "--max-body"},
		{"foreign origin", Options{}, "POST", "/", []string{"Origin: https://evil.example"}, published, 403, "--allow-origin https://evil.example"},
		{"origin of a sandbox", Options{}, "POST", "/", []string{"Origin: null"}, published, 403, "--allow-origin"},
		{"origin like ours", Options{}, "POST", "/", []string{"Origin: http://localhost.evil.example"}, published, 403, "--allow-origin"},
		{"origin of another scheme", Options{AllowOrigins: []string{"https://good.example"}}, "POST", "/",
			[]string{"Origin: http://good.example"}, published, 403, "--allow-origin"},
		{"foreign GET", Options{}, "GET", "/", []string{"Origin: https://evil.example"}, "", 403, "--allow-origin"},
		{"foreign host", Options{}, "POST", "/", []string{"Host: evil.example:8910"}, published, 403, "--allow-host evil.example"},
		{"host like ours", Options{}, "POST", "/", []string{"Host: 127.0.0.1.evil.example"}, published, 403, "--allow-host"},
		{"address of another machine", Options{}, "POST", "/", []string{"Host: 192.0.2.1"}, published, 403, "--allow-host 192.0.2.1"},
		{"preflight of a foreign page", Options{}, "OPTIONS", "/",
			[]string{"Origin: https://evil.example", "Access-Control-Request-Method: POST"}, "", 403, "--allow-origin"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var kept store
			tt.o.Save = kept.save
			s := start(t, tt.o)
			got, err := s.send(tt.method, tt.path, tt.body, tt.headers...)
			if err != nil {
				t.Fatal(err)
			}
			if got.status != tt.status || !strings.Contains(got.body, tt.text) {
				t.Errorf("answered %d %q; want %d with %q", got.status, got.body, tt.status, tt.text)
			}
			if got.header.Get("Access-Control-Allow-Origin") != "" {
				t.Error("a page may read the answer")
			}
			if (got.header.Get("Allow") == "POST") != (tt.status == 405) {
				t.Errorf("Allow: %q", got.header.Get("Allow"))
			}
			x := s.next()
			if x.Status != tt.status || x.Refused == "" || x.Counted || x.Stored() || x.Event != nil || x.Delivery.Method != tt.method {
				t.Errorf("observed %+v", x)
			}
			if ids := kept.ids(); ids != nil {
				t.Errorf("stored %v", ids)
			}
		})
	}
}

func TestAllowed(t *testing.T) {
	o := Options{AllowHosts: []string{"Tunnel.example", "other.example:443"}, AllowOrigins: []string{"https://Good.example/"}, Path: "/hook"}
	tests := [][]string{
		nil,
		{"Host: localhost:1"},
		{"Host: LOCALHOST."},
		{"Host: app.localhost"},
		{"Host: 127.8.9.1:8910"},
		{"Host: [::1]:8910"},
		{"Host: tunnel.example"},
		{"Host: TUNNEL.EXAMPLE.:99"},
		{"Host: other.example"},
		{"Origin: https://good.example"},
		{"Origin: http://localhost:3000"},
		{"Origin: https://tunnel.example"},
	}
	for _, headers := range tests {
		t.Run(strings.Join(headers, ","), func(t *testing.T) {
			s := start(t, o)
			got, err := s.send(http.MethodPost, "/hook?x", published, headers...)
			if err != nil || got.status != 200 {
				t.Errorf("answered %+v, %v", got, err)
			}
		})
	}
}

func TestPreflightOfAllowedPage(t *testing.T) {
	s := start(t, Options{AllowOrigins: []string{"https://good.example"}})
	got, err := s.send(http.MethodOptions, "/", "", "Origin: https://good.example",
		"Access-Control-Request-Method: POST", "Access-Control-Request-Headers: content-type")
	if err != nil {
		t.Fatal(err)
	}
	if got.status != 204 || got.header.Get("Access-Control-Allow-Origin") != "https://good.example" ||
		got.header.Get("Access-Control-Allow-Methods") != "POST" || got.header.Get("Access-Control-Allow-Headers") != "content-type" {
		t.Errorf("answered %+v", got)
	}
	sent, err := s.send(http.MethodPost, "/", published, "Origin: https://good.example")
	if err != nil || sent.status != 200 || sent.header.Get("Access-Control-Allow-Origin") != "https://good.example" {
		t.Errorf("answered %+v, %v", sent, err)
	}
	if x := s.next(); x.Delivery.Method != "POST" {
		t.Errorf("the preflight was told: %+v", x)
	}
}

func TestAnswersAreTakenInTurn(t *testing.T) {
	answers, err := ParseAnswers("500, 429,DROP,204")
	if err != nil {
		t.Fatal(err)
	}
	var kept store
	s := start(t, Options{Respond: answers, Save: kept.save})
	for _, want := range []int{500, 429, 0, 204, 500} {
		got, err := s.send(http.MethodPost, "/", published)
		if got.status != want || (err != nil) != (want == 0) {
			t.Errorf("answered %d, %v; want %d", got.status, err, want)
		}
		x := s.next()
		if x.Status != want || x.Delivery.Response.Status != want || !x.Counted {
			t.Errorf("observed %+v; want status %d", x, want)
		}
	}
	if n := len(kept.ids()); n != 5 {
		t.Errorf("%d stored", n)
	}
}

func TestParseAnswersRefuses(t *testing.T) {
	for _, list := range []string{"", "abc", "100", "199", "600", "200,", ",", "200;500", "-1", "0", "200 500"} {
		if got, err := ParseAnswers(list); err == nil {
			t.Errorf("%q became %v", list, got)
		}
	}
}

func TestInvalid(t *testing.T) {
	for _, reject := range []bool{false, true} {
		var kept store
		s := start(t, Options{Save: kept.save, Check: checkJSON, RejectInvalid: reject})
		want, refused := 200, ""
		if reject {
			want, refused = 422, event.RefusedInvalid
		}
		got := s.post("not JSON")
		x := s.next()
		if got.status != want || x.Status != want || x.Delivery.Response.Status != want {
			t.Errorf("answered %d, observed %d; want %d", got.status, x.Status, want)
		}
		if x.Delivery.Refused != refused || *x.Delivery.Valid || x.Counted == reject || !x.Stored() || len(kept.ids()) != 1 {
			t.Errorf("observed %+v", x)
		}
		if got := s.post(published); got.status != 200 {
			t.Errorf("a valid one is answered %d", got.status)
		}
	}
}

func TestFailedSave(t *testing.T) {
	var kept store
	kept.fail(errors.New("disk full"))
	s := start(t, Options{Save: kept.save, Limit: 1, Respond: []Answer{200, Drop, 204}})
	for _, want := range []int{503, 0, 503} {
		got, _ := s.send(http.MethodPost, "/", published)
		x := s.next()
		var failed *SaveError
		if got.status != want || x.Status != want || x.Counted || x.Stored() || !errors.As(x.Err, &failed) {
			t.Errorf("answered %d, observed %+v; want %d", got.status, x, want)
		}
		if strings.Contains(got.body, "disk") {
			t.Errorf("the sender is told %q", got.body)
		}
	}
	kept.fail(nil)
	if got := s.post(published); got.status != 200 {
		t.Errorf("answered %d when the disk has room again", got.status)
	}
	if x := s.next(); !x.Counted || !x.Stored() {
		t.Errorf("observed %+v", x)
	}
}

func pack(t *testing.T, text string) string {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestContentEncoding(t *testing.T) {
	packed := pack(t, published)
	tests := []struct {
		name, encoding, body string
		status               int
		event                string // the body that the check sees
		broken               bool
	}{
		{"gzip", "gzip", packed, 200, published, false},
		{"its old name", "X-GZip", packed, 200, published, false},
		{"identity", "identity", published, 200, published, false},
		{"not gzip", "gzip", published, 200, published, true},
		{"cut gzip", "gzip", packed[:len(packed)-9], 200, packed[:len(packed)-9], true},
		{"empty gzip", "gzip", "", 200, "", true},
		{"another", "br", "\x1b\x00", 200, "\x1b\x00", true},
		{"bomb", "gzip", pack(t, strings.Repeat("0", 1_000_000)), 413, "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := start(t, Options{MaxBody: 100_000})
			got := s.post(tt.body, "Content-Encoding: "+tt.encoding)
			x := s.next()
			if got.status != tt.status || x.Status != tt.status {
				t.Fatalf("answered %d; want %d", got.status, tt.status)
			}
			if tt.status != 200 {
				return
			}
			if string(x.Event.Body) != tt.event || string(x.Delivery.Body) != tt.body || (x.Err != nil) != tt.broken || !x.Stored() {
				t.Errorf("observed %+v of %q as %q", x, x.Delivery.Body, x.Event.Body)
			}
			if tt.event == published && x.Delivery.Type.Slug != "course.published" {
				t.Errorf("the type is %v", x.Delivery.Type)
			}
		})
	}
}

func TestLimitIsExact(t *testing.T) {
	var kept store
	s := start(t, Options{Save: kept.save, Limit: 3, Counts: func(e *event.Event) bool { return e.Type.Known() }})
	results := make(chan int)
	const n = 20
	for range n {
		go func() {
			a, err := s.send(http.MethodPost, "/", published)
			if err != nil {
				t.Error(err)
			}
			results <- a.status
		}()
	}
	s.post("{}") // counts for nothing, whether it is taken or comes too late
	statuses := map[int]int{}
	for range n {
		statuses[<-results]++
	}
	if statuses[200] != 3 || statuses[503] != n-3 {
		t.Errorf("answered %v; want 3 times 200", statuses)
	}
	counted := 0
	for range n + 1 {
		if x := s.next(); x.Counted {
			counted++
		}
	}
	if counted != 3 {
		t.Errorf("%d counted", counted)
	}
}

func TestPanicIsToldAndAnswered(t *testing.T) {
	calls := 0
	s := start(t, Options{Check: func(*event.Event) Verdict {
		if calls++; calls == 1 {
			panic("on purpose")
		}
		return isJSON(true)
	}})
	got := s.post(published)
	var bug *PanicError
	if x := s.next(); got.status != 500 || x.Status != 500 || !errors.As(x.Err, &bug) || bug.Value != "on purpose" || x.Stored() {
		t.Errorf("answered %+v, observed %+v", got, x)
	}
	if got := s.post(published); got.status != 200 {
		t.Errorf("the next is answered %d", got.status)
	}
}

func TestOptionsAreChecked(t *testing.T) {
	tests := []struct {
		o    Options
		want string
	}{
		{Options{Path: "webhook"}, "Path"},
		{Options{MaxBody: -1}, "MaxBody"},
		{Options{Delay: -1}, "Delay"},
		{Options{Respond: []Answer{100}}, "Respond"},
		{Options{Respond: []Answer{200}, Forward: "http://localhost"}, "Respond"},
		{Options{Forward: "localhost:5000"}, "Forward"},
		{Options{Forward: "ftp://localhost"}, "Forward"},
		{Options{Forward: "http://%zz"}, "Forward"},
		{Options{AllowOrigins: []string{"example.org"}}, "AllowOrigins"},
		{Options{AllowOrigins: []string{"https://example.org/page"}}, "AllowOrigins"},
	}
	for _, tt := range tests {
		_, err := New(tt.o)
		var wrong *OptionError
		if !errors.As(err, &wrong) || wrong.Option != tt.want {
			t.Errorf("%+v gives %v; want an error about %s", tt.o, err, tt.want)
		}
	}
}

package probe

import (
	"bufio"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/signature"
)

// heard is what came over a connection, and in how many reads.
type heard struct {
	mu     sync.Mutex
	pieces []string
}

func (h *heard) text() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return strings.Join(h.pieces, "")
}

func (h *heard) add(piece string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.pieces = append(h.pieces, piece)
}

// eavesdrop takes one connection, answers what say says of what has come so far,
// and goes on reading.
func eavesdrop(t *testing.T, l net.Listener, say func(soFar string) string) *heard {
	t.Helper()
	h, done := &heard{}, make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		buffer := make([]byte, 4<<20)
		for {
			n, err := c.Read(buffer)
			if err != nil {
				return
			}
			h.add(string(buffer[:n]))
			if text := say(h.text()); text == "" {
				continue // a pipe would wait for somebody to read that
			} else if _, err := io.WriteString(c, text); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return h
}

const okay = "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"

// onceWhole answers a request of which the end has come.
func onceWhole(end string) func(string) string {
	return func(soFar string) string {
		if strings.HasSuffix(soFar, end) {
			return okay
		}
		return ""
	}
}

// over sends a message over a connection of its own.
func (m message) over(t *testing.T, o Options) answer {
	t.Helper()
	s, err := newSession(o)
	if err != nil {
		t.Fatal(err)
	}
	return s.exchange(t.Context(), m)
}

func TestForms(t *testing.T) {
	tests := map[string]struct {
		message message
		end     string // of the request
		want    string // all of it; ADDR is the host and port
	}{
		"plain": {
			message{body: []byte(`{"a":1}`)}, `{"a":1}`,
			"POST /hook?x=1 HTTP/1.1\r\nHost: ADDR\r\nUser-Agent: konhook\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: 7\r\n\r\n{\"a\":1}",
		},
		"empty": {
			message{}, "\r\n\r\n",
			"POST /hook?x=1 HTTP/1.1\r\nHost: ADDR\r\nUser-Agent: konhook\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: 0\r\n\r\n",
		},
		"get": {
			message{method: http.MethodGet}, "\r\n\r\n",
			"GET /hook?x=1 HTTP/1.1\r\nHost: ADDR\r\nUser-Agent: konhook\r\nAccept: */*\r\n\r\n",
		},
		"chunked": {
			message{body: []byte("abcdefghij"), form: form{chunked: true}}, "0\r\n\r\n",
			"POST /hook?x=1 HTTP/1.1\r\nHost: ADDR\r\nUser-Agent: konhook\r\nAccept: */*\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n" +
				"4\r\nabcd\r\n4\r\nefgh\r\n2\r\nij\r\n0\r\n\r\n",
		},
		"lower case": {
			message{body: []byte("x"), kind: "text/plain", form: form{lower: true}}, "\r\n\r\nx",
			"POST /hook?x=1 HTTP/1.1\r\nhost: ADDR\r\nuser-agent: konhook\r\naccept: */*\r\ncontent-type: text/plain\r\ncontent-length: 1\r\n\r\nx",
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := listen(t)
			target := "http://" + l.Addr().String() + "/hook?x=1"
			h := eavesdrop(t, l, onceWhole(tt.end))
			if a := tt.message.over(t, Options{URL: target}); a.status != 204 || a.err != nil || !a.closes {
				t.Errorf("%+v", a)
			}
			u, err := url.Parse(target)
			if err != nil {
				t.Fatal(err)
			}
			if want := strings.ReplaceAll(tt.want, "ADDR", u.Host); h.text() != want {
				t.Errorf("got\n%q, want\n%q", h.text(), want)
			}
		})
	}
}

func TestSlowPieces(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newPipes()
		h := eavesdrop(t, network, onceWhole("34"))
		m := message{body: []byte("1234"), form: form{pause: 50 * time.Millisecond}}
		if a := m.over(t, network.to()); a.status != 204 || a.took != m.form.pause {
			t.Errorf("%+v", a)
		}
		if len(h.pieces) != 2 || !strings.HasSuffix(h.pieces[0], "\r\n\r\n12") || h.pieces[1] != "34" {
			t.Errorf("%q", h.pieces)
		}
	})
}

// TestExpectContinue: what is waited for a 100 leaves the receiver its own time,
// which is no longer here.
func TestExpectContinue(t *testing.T) {
	const head, body = "\r\n\r\n", "body"
	m := message{body: []byte(body), form: form{expects: true}}
	tests := map[string]struct {
		say    func(string) string
		status int
		sent   bool // the body was
	}{
		"asked for": {func(soFar string) string {
			if strings.HasSuffix(soFar, body) {
				return okay
			}
			return "HTTP/1.1 100 Continue\r\n\r\n"
		}, 204, true},
		"not asked for": {onceWhole(body), 204, true},
		"after interim answers": {func(soFar string) string {
			if strings.HasSuffix(soFar, body) {
				return okay
			}
			return "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
		}, 204, true},
		"interim answers alone": {func(soFar string) string {
			if strings.HasSuffix(soFar, body) {
				return okay
			}
			return "HTTP/1.1 103 Early Hints\r\n\r\n"
		}, 204, true},
		"interim answers without an end": {func(soFar string) string {
			return strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 100)
		}, 0, false},
		"refused at once": {onceWhole(head), 204, false},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				network := newPipes()
				h := eavesdrop(t, network, tt.say)
				o := network.quick()
				o.Timeout = patience / 2
				if a := m.over(t, o); a.status != tt.status || (a.err == nil) != (tt.status != 0) {
					t.Errorf("%+v", a)
				}
				if strings.HasSuffix(h.text(), body) != tt.sent || !strings.Contains(h.text(), "\r\nExpect: 100-continue\r\n") {
					t.Errorf("%q", h.text())
				}
			})
		})
	}
}

// TestEarlyAnswer: one that comes before the body was sent is read, though the
// receiver reads no more of it.
func TestEarlyAnswer(t *testing.T) {
	url := early(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		_, _ = io.Copy(io.Discard, io.LimitReader(c, 1<<10))
	})
	m := message{body: make([]byte, 8<<20)}
	if a := m.over(t, Options{URL: url}); a.status != 413 {
		t.Errorf("%+v", a)
	}
}

// TestAnswerOfAReceiverThatReadsNothing does not wait for the body to go out.
func TestAnswerOfAReceiverThatReadsNothing(t *testing.T) {
	gone := make(chan struct{})
	url := early(t, func(c net.Conn) {
		_, _ = io.WriteString(c, "HTTP/1.1 413 Content Too Large\r\nContent-Length: 0\r\n\r\n")
		<-gone
	})
	m := message{body: make([]byte, 32<<20)}
	if a := m.over(t, Options{URL: url}); a.status != 413 || a.took > 20*time.Second {
		t.Errorf("%+v", a)
	}
	close(gone)
}

// early is raw for a receiver that does not wait for the body.
func early(t *testing.T, talk func(net.Conn)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		c, err := l.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		talk(c)
	}()
	t.Cleanup(func() {
		l.Close()
		<-done
	})
	return "http://" + l.Addr().String()
}

// TestLongAnswerThatStalls: nobody waits for what is not read.
func TestLongAnswerThatStalls(t *testing.T) {
	t.Parallel()
	for _, form := range []form{{}, {expects: true}} {
		url := early(t, func(c net.Conn) {
			_, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n"+strings.Repeat("x", maxKept+1))
			_, _ = io.Copy(io.Discard, c) // until the other side gives up
		})
		m := message{body: []byte("body"), form: form}
		if a := m.over(t, Options{URL: url}); a.status != 200 || a.err != nil || len(a.body) != maxKept || a.took > 20*time.Second {
			t.Errorf("status %d, %d bytes, %s: %v", a.status, len(a.body), a.took, a.err)
		}
	}
}

// TestKeepAliveHasALimitForEachAnswer of the three.
func TestKeepAliveHasALimitForEachAnswer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		network := newPipes()
		server := &http.Server{Handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-time.After(400 * time.Millisecond) })}
		go server.Serve(network)
		defer server.Close()
		if r := run(t, network.quick("keep-alive"))["keep-alive"]; r.Outcome != Pass {
			t.Errorf("%s: %q", r.Outcome, r.Got)
		}
	})
}

// TestKeepAlive: one connection serves all events, or is closed as announced.
func TestKeepAlive(t *testing.T) {
	var mu sync.Mutex
	connections := map[string]int{}
	count := func(r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		connections[r.RemoteAddr]++
	}
	tests := map[string]struct {
		handler http.HandlerFunc
		outcome Outcome
		got     string
	}{
		"reads no body": {unread, Fail, "400 Bad Request for the last"},
		"kept":          {func(_ http.ResponseWriter, r *http.Request) { count(r) }, Pass, "200"},
		"announced":     {func(w http.ResponseWriter, _ *http.Request) { w.Header().Set("Connection", "close") }, Pass, "closed after an answer, as announced"},
		"too long":      {func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write(make([]byte, 2*maxKept)) }, Pass, "an answer that is too long to read what comes after it"},
		"refused":       {func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusBadGateway) }, Fail, "502 Bad Gateway for the first"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			r := run(t, Options{URL: serve(t, tt.handler), Cases: []string{"keep-alive"}})["keep-alive"]
			if r.Outcome != tt.outcome || r.Got != tt.got {
				t.Errorf("%s: %q", r.Outcome, r.Got)
			}
		})
	}
	most := 0
	for _, n := range connections {
		most = max(most, n)
	}
	if most != 3 {
		t.Errorf("%v", connections)
	}
}

// unread is a receiver that loses count after a broken event: what comes next
// over the connection it takes for more of the same.
func unread(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	if strings.HasSuffix(string(body), "}") {
		return
	}
	c, in, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer c.Close()
	_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
	_, _ = in.Peek(1)
	_, _ = io.WriteString(c, "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
}

// TestClosedWithoutAWord: the first answer says nothing of a close, and the
// second message finds one.
func TestClosedWithoutAWord(t *testing.T) {
	url := raw(t, func(c net.Conn, _ string) { _, _ = io.WriteString(c, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n") })
	r := run(t, Options{URL: url, Cases: []string{"keep-alive"}})["keep-alive"]
	if r.Outcome != Fail || !strings.HasPrefix(r.Got, "the connection was ") || !strings.HasSuffix(r.Got, " for the broken one") {
		t.Errorf("%s: %q", r.Outcome, r.Got)
	}
}

// TestSignedHeaders: duplicates share their id, and no other messages do.
func TestSignedHeaders(t *testing.T) {
	var mu sync.Mutex
	var ids []string
	url := serve(t, func(_ http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		ids = append(ids, r.Header.Get(signature.HeaderID))
	})
	run(t, Options{URL: url, Cases: []string{"duplicate", "attributes-array"}, Sign: signing(signature.Standard)})
	if len(ids) != 4 || ids[2] != ids[3] || ids[0] == ids[1] || ids[1] == ids[2] || ids[0] == "" {
		t.Errorf("%q", ids)
	}
}

// TestMessagesAreWhatTheySay holds what cases send against what they are about.
func TestMessagesAreWhatTheySay(t *testing.T) {
	s, err := newSession(Options{URL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	if n := len(large(s)); n != 1<<20 {
		t.Errorf("large has %d bytes", n)
	}
	v := newValidator(t)
	sent := variously(s)
	sent = append(sent, named("large", large(s)))
	sent = append(sent, oneOfEach(s)...)
	sent = append(sent, bareEvents(s)...)
	sent = append(sent, backwards(s)...)
	for _, m := range sent {
		e := event.New(m.body)
		for _, f := range v.Check(e) {
			t.Errorf("%s: %s: %s", m.of, f.Pointer, f.Message)
		}
	}
	if n := len(oneOfEach(s)); n != 9 {
		t.Errorf("%d types", n)
	}
}

// TestRequestsAreHTTP: what is written is what net/http reads.
func TestRequestsAreHTTP(t *testing.T) {
	s, err := newSession(Options{URL: "http://me:word@127.0.0.1:1/a%20b?c=d", Sign: signing(signature.Standard)})
	if err != nil {
		t.Fatal(err)
	}
	head, body, err := s.request(&message{body: []byte("x"), form: form{chunked: true, lower: true}})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.ReadRequest(bufio.NewReader(strings.NewReader(string(head) + string(body))))
	if err != nil {
		t.Fatal(err)
	}
	user, password, _ := r.BasicAuth()
	if r.URL.String() != "/a%20b?c=d" || user != "me" || password != "word" || r.Header.Get(signature.HeaderSignature) == "" {
		t.Errorf("%+v", r)
	}
}

// TestHost leaves out what only this machine knows.
func TestHost(t *testing.T) {
	s, err := newSession(Options{URL: "http://[::1%25lo]:1"})
	if err != nil {
		t.Fatal(err)
	}
	head, _, err := s.request(&message{})
	if err != nil || !strings.Contains(string(head), "\r\nHost: [::1]:1\r\n") {
		t.Errorf("%q: %v", head, err)
	}
}

// TestBackwardsAgree: the times in what comes in the wrong order tell the right one.
func TestBackwardsAgree(t *testing.T) {
	s, err := newSession(Options{URL: "http://127.0.0.1:1"})
	if err != nil {
		t.Fatal(err)
	}
	type times struct {
		OccuredAt int64
		Body      struct{ AssignedAt, StartedAt, DeadlineAt *int64 }
	}
	var all []times
	for _, m := range backwards(s) {
		var at times
		if err := json.Unmarshal(m.body, &at); err != nil {
			t.Fatal(err)
		}
		all = append(all, at)
	}
	finished, progress, started, assigned := all[0], all[1], all[2], all[3]
	if finished.OccuredAt <= progress.OccuredAt || progress.OccuredAt <= started.OccuredAt || started.OccuredAt <= assigned.OccuredAt {
		t.Errorf("%+v", all)
	}
	if *started.Body.StartedAt != started.OccuredAt || *started.Body.AssignedAt != assigned.OccuredAt || *assigned.Body.AssignedAt != assigned.OccuredAt ||
		*started.Body.DeadlineAt != *assigned.Body.DeadlineAt {
		t.Errorf("%+v", all)
	}
}

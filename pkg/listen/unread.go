package listen

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"

	"github.com/konhook/konhook/pkg/event"
)

// watcher tells the receiver what happens on connections that no handler sees.
type watcher struct {
	r *Receiver
	s *serving
}

// notHTTP is the reason when net/http gives none.
const notHTTP = "not an HTTP request"

// parseAnswer returns the status and the reason of an answer that net/http gives
// before there is a request: "HTTP/1.1 400 Bad Request: invalid header value".
func parseAnswer(answer []byte) (status int, reason string) {
	line, _, _ := strings.Cut(string(answer), "\r\n")
	_, line, _ = strings.Cut(line, " ")
	code, text, _ := strings.Cut(line, " ")
	status, _ = strconv.Atoi(code) // digits: the caller has seen them
	_, reason, _ = strings.Cut(text, ": ")
	switch {
	case reason != "":
	case status == http.StatusRequestHeaderFieldsTooLarge:
		reason = fmt.Sprintf("the headers are larger than %d bytes", MaxHeader)
	case status == http.StatusBadRequest:
		reason = notHTTP
	default:
		reason = text
	}
	return status, reason
}

// unread tells of a request that was answered by net/http.
func (w watcher) unread(remote string, status int, reason string, head []byte) {
	if !w.r.begin() {
		return
	}
	defer w.r.work.Done()
	now := w.r.o.Now()
	d := &event.Delivery{ID: event.NewID(now), At: now, Via: event.ViaListen, Remote: remote}
	if len(head) > 0 && head[0] == recordHandshake {
		reason = "the client speaks TLS, and konhook listen --tls understands it"
	} else if method, url, ok := requestLine(head); ok {
		d.Method, d.URL = method, url
		if reason == notHTTP {
			reason = "a header is malformed, perhaps by a control character"
		}
	}
	w.r.queue.tell(w.s.work, w.r.queue.draw(), Observed{Delivery: d, Status: status, Refused: reason})
}

// requestLine returns the method and the URL that a head begins with.
func requestLine(head []byte) (method, url string, ok bool) {
	line, _, _ := strings.Cut(string(head), "\n")
	words := strings.Split(strings.TrimSuffix(line, "\r"), " ")
	if len(words) != 3 || words[0] == "" || words[1] == "" || !strings.HasPrefix(words[2], "HTTP/") {
		return "", "", false
	}
	return words[0], words[1], true
}

package probe

import (
	"bytes"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// message is one request, as a case wants it.
type message struct {
	of     string // which one it is among those of a case, may be empty
	method string // empty: POST
	body   []byte
	kind   string // its content type; empty: that of JSON
	form   form
	signed signed
	// id is what it is signed with; empty: one of its own.
	id string
	// right is the signature that a forged message would have needed.
	right string
	// signs is what is signed instead of the body; nil: the body.
	signs []byte
}

// form is a way of HTTP/1.1 to send the same request.
type form struct {
	chunked bool          // in chunks, without a Content-Length
	expects bool          // with Expect: 100-continue
	lower   bool          // names of headers in lower case
	pause   time.Duration // between two pieces of the body; 0: one piece
	breaks  bool          // the connection is closed in the middle of the body
}

// signed is how a message is signed when messages are.
type signed int

const (
	well      signed = iota
	not              // without a signature
	byAnother        // with another secret
	longAgo          // rightly, and older than anybody should take
	tooSoon          // rightly, and as far in the future
)

// named makes the message that posts a body.
func named(of string, body []byte) message { return message{of: of, body: body} }

// request writes the head of a message and its body as they are sent.
func (s *session) request(m *message) (head, body []byte, err error) {
	headers, err := s.headers(m)
	if err != nil {
		return nil, nil, err
	}
	method := m.method
	if method == "" {
		method = http.MethodPost
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "%s %s HTTP/1.1\r\n", method, s.endpoint.RequestURI)
	for _, h := range headers {
		if m.form.lower {
			h.Name = strings.ToLower(h.Name)
		}
		fmt.Fprintf(&b, "%s: %s\r\n", h.Name, h.Value)
	}
	b.WriteString("\r\n")
	if m.form.chunked {
		return b.Bytes(), chunked(m.body), nil
	}
	return b.Bytes(), m.body, nil
}

// headers returns those of a message, in the order in which they are sent.
func (s *session) headers(m *message) ([]event.Header, error) {
	headers := []event.Header{
		{Name: "Host", Value: s.endpoint.Host},
		{Name: "User-Agent", Value: s.o.UserAgent},
		{Name: "Accept", Value: "*/*"},
	}
	add := func(name, value string) { headers = append(headers, event.Header{Name: name, Value: value}) }
	if s.endpoint.Authorization != "" {
		add("Authorization", s.endpoint.Authorization)
	}
	if m.method == http.MethodGet {
		return headers, nil
	}
	if m.kind == "" {
		m.kind = "application/json"
	}
	add("Content-Type", m.kind)
	if m.form.chunked {
		add("Transfer-Encoding", "chunked")
	} else {
		add("Content-Length", fmt.Sprint(len(m.body)))
	}
	if m.form.expects {
		add("Expect", "100-continue")
	}
	signature, err := s.sign(m)
	return append(headers, signature...), err
}

// sign makes the headers of the signature of a message, none when none is asked
// for. It notes in the message what the right one would have been.
func (s *session) sign(m *message) ([]event.Header, error) {
	signer, at, body := s.signer, s.o.Now(), m.body
	switch {
	case signer == nil || m.signed == not:
		return nil, nil
	case m.signed == byAnother:
		signer = s.stranger
	case m.signed == longAgo:
		at = at.Add(-stale)
	case m.signed == tooSoon:
		at = at.Add(stale)
	}
	if m.signs != nil {
		body = m.signs
	}
	if m.id == "" {
		m.id = event.NewID(at)
	}
	if m.signed == byAnother || m.signs != nil {
		right, err := s.signer.Sign(m.id, at, m.body)
		if err != nil {
			return nil, err
		}
		m.right = right[len(right)-1].Value // the headers before it are signed, not secret
	}
	return signer.Sign(m.id, at, body)
}

// stale is the distance from now of a signature that nobody should take.
const stale = 24 * time.Hour

// chunked writes a body in three chunks (RFC 9112, section 7.1).
func chunked(body []byte) []byte {
	var b bytes.Buffer
	size := len(body)/3 + 1
	for len(body) > 0 {
		chunk := body[:min(size, len(body))]
		fmt.Fprintf(&b, "%x\r\n%s\r\n", len(chunk), chunk)
		body = body[len(chunk):]
	}
	b.WriteString("0\r\n\r\n")
	return b.Bytes()
}

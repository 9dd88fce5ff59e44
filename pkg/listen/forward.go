package listen

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/loopback"
	"github.com/konhook/konhook/pkg/internal/tlsfault"
)

// maxReply is how many bytes the answer of another receiver may have.
const maxReply = 10 << 20

// newTransport makes what carries deliveries on. Package deliver sends them too,
// but keeps no more of an answer than its verdict: here the whole answer is
// wanted.
func newTransport() *http.Transport {
	t := &http.Transport{
		Proxy:                  proxy,
		DialContext:            loopback.Dial,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    16,
		IdleConnTimeout:        time.Second, // receivers close theirs after 2 s (gunicorn)
		MaxResponseHeaderBytes: 256 << 10,
		Protocols:              new(http.Protocols),
	}
	t.Protocols.SetHTTP1(true) // HTTP/2 would change the letter case of headers
	return t
}

// proxy keeps this machine out of the proxy of the environment.
func proxy(r *http.Request) (*url.URL, error) { return loopback.Proxy(r, loopback.IsOrBelow) }

// reply is the answer of another receiver.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// post posts a body, with the headers that it came with.
func (t *targets) post(ctx context.Context, to string, headers []event.Header, body []byte) (*reply, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	post, err := http.NewRequestWithContext(ctx, http.MethodPost, to, bytes.NewReader(body))
	if err != nil {
		return nil, bare(err)
	}
	post.Header = http.Header{"User-Agent": nil} // none unless it came with one
	for _, h := range deliver.Resendable(headers) {
		name := h.Name
		if strings.EqualFold(name, "User-Agent") {
			name = "User-Agent" // net/http looks for its own under this spelling only
		}
		post.Header[name] = append(post.Header[name], h.Value)
	}
	answer, err := t.carrier(post.Header).RoundTrip(post)
	if err != nil {
		return nil, bare(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxReply+1))
	switch {
	case err != nil:
		return nil, bare(err)
	case len(text) > maxReply:
		return nil, fmt.Errorf("the answer is larger than %d bytes", maxReply)
	case answer.StatusCode < 200:
		return nil, fmt.Errorf("the status %d answers nothing", answer.StatusCode)
	}
	return &reply{answer.StatusCode, answer.Header, text}, nil
}

// carrier is what carries a request with a header. One with an Idempotency-Key goes
// over a connection of its own: when a kept one is closed, net/http sends such a
// request again, though the receiver may have it and nobody would be told.
func (t *targets) carrier(h http.Header) *http.Transport {
	if h["Idempotency-Key"] == nil && h["X-Idempotency-Key"] == nil {
		return t.transport
	}
	once := t.transport.Clone()
	once.DisableKeepAlives = true
	return once
}

// copyHeader makes h the header of the answer that is passed on.
func (r *reply) copyHeader(h http.Header) {
	h["Content-Type"] = nil // net/http would guess one
	for name, values := range r.header {
		if !ofConnection(r.header, name) {
			h[name] = values
		}
	}
}

// ofConnection reports whether a header of an answer is about the connection
// that it came over (RFC 9110, section 7.6.1).
func ofConnection(h http.Header, name string) bool {
	switch name {
	case "Connection", "Content-Length", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade":
		return true
	}
	return slices.ContainsFunc(h["Connection"], func(list string) bool {
		return slices.ContainsFunc(strings.Split(list, ","), func(token string) bool {
			return textproto.CanonicalMIMEHeaderKey(textproto.TrimString(token)) == name
		})
	})
}

func isTimeout(err error) bool {
	if slow, ok := errors.AsType[net.Error](err); ok {
		return slow.Timeout()
	}
	return errors.Is(err, context.DeadlineExceeded)
}

// bare takes the URL, which may hold a secret, out of an error.
func bare(err error) error {
	if in, ok := errors.AsType[*url.Error](err); ok {
		return in.Err
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return fmt.Errorf("no whole answer came in time: %w", context.DeadlineExceeded)
	}
	return tlsfault.Explain(err)
}

package deliver

import (
	"bytes"
	"context"
	"io"
	"net/http"

	"github.com/konhook/konhook/pkg/event"
)

// newTransport makes what carries requests through proxies.
func (s *Sender) newTransport() *http.Transport {
	t := &http.Transport{
		Proxy:                  proxyFor,
		DialContext:            s.dial,
		TLSClientConfig:        s.o.TLS,
		DisableCompression:     true,
		MaxIdleConnsPerHost:    s.o.Connections,
		IdleConnTimeout:        idle,
		MaxResponseHeaderBytes: 256 << 10,
		Protocols:              new(http.Protocols),
	}
	// HTTP/2 would change the letter case of headers.
	t.Protocols.SetHTTP1(true)
	return t
}

// through sends a request with net/http, which writes headers in the order of
// their names, and has no limits but that for the whole.
func (s *Sender) through(ctx context.Context, out outgoing) (a answer, err error) {
	limited := ctx
	if s.o.Timeout > 0 {
		var cancel context.CancelFunc
		limited, cancel = context.WithTimeoutCause(ctx, s.o.Timeout, &s.late)
		defer cancel()
	}
	post := s.newPost(limited, out)
	came, err := s.carrier(post.Header).RoundTrip(post)
	if err != nil {
		return a, explain(limited, err)
	}
	defer came.Body.Close()
	a.status, a.retryAfter = came.StatusCode, came.Header.Get("Retry-After")
	if a.status == http.StatusSwitchingProtocols {
		return a, nil // what follows is no body, and no context ends reading it
	}
	if a.first, err = s.read(came.Body, s.kept(a.status)); err != nil {
		return a, explain(limited, err)
	}
	return a, nil
}

// read returns the first bytes of an answer. It reads as much as there is up to
// a limit, without which the connection could not be used again.
func (s *Sender) read(body io.Reader, keep int) ([]byte, error) {
	first, err := io.ReadAll(io.LimitReader(body, int64(keep)))
	if err != nil {
		return first, err
	}
	_, err = io.CopyN(io.Discard, body, int64(max(drain-keep, 1)))
	if err == io.EOF {
		err = nil
	}
	return first, err
}

// newPost makes a request of net/http.
func (s *Sender) newPost(ctx context.Context, out outgoing) *http.Request {
	headers := Override(out.headers, out.signed)
	header, host := s.header(headers)
	if out.to.Authorization != "" && !hasHeader(headers, "Authorization") {
		header["Authorization"] = []string{out.to.Authorization}
	}
	post := &http.Request{
		Method: http.MethodPost, URL: out.to.url, Host: host, Header: header,
		ContentLength: int64(len(out.body)),
		Body:          http.NoBody,
		Proto:         "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
	}
	if len(out.body) > 0 {
		// It is sent once more where nothing could be written to a kept connection.
		post.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(out.body)), nil }
		post.Body, _ = post.GetBody()
	}
	return post.WithContext(ctx)
}

// carrier is what carries a request with a header. One with an Idempotency-Key goes
// over a connection of its own: when a kept one is closed, net/http sends such a
// request again, though the receiver may have it and nobody would be told.
func (s *Sender) carrier(h http.Header) *http.Transport {
	if h["Idempotency-Key"] == nil && h["X-Idempotency-Key"] == nil {
		return s.transport
	}
	once := s.transport.Clone()
	once.DisableKeepAlives = true
	return once
}

// header makes a header of net/http, with the names as they are given: net/http
// writes the keys of the map unchanged. host is the value of a Host, or "".
func (s *Sender) header(headers []event.Header) (header http.Header, host string) {
	header = make(http.Header, len(headers)+1)
	// net/http looks for its own User-Agent under this spelling only. Without a
	// value it sends none.
	header["User-Agent"] = nil
	if !hasHeader(headers, "User-Agent") {
		header["User-Agent"] = []string{s.o.UserAgent}
	}
	for _, h := range headers {
		if http.CanonicalHeaderKey(h.Name) == "Host" {
			host = h.Value
		}
		if !ofMessage(h.Name) {
			header[h.Name] = append(header[h.Name], h.Value)
		}
	}
	return header, host
}

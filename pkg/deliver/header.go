package deliver

import (
	"fmt"
	"net/textproto"
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/http1"
)

// HeadersOf returns the headers that an event is sent with: those of its
// capture as [Resendable] leaves them, and for a plain payload the content type
// of JSON.
func HeadersOf(e *event.Event) []event.Header {
	if e.Delivery == nil {
		return []event.Header{{Name: "Content-Type", Value: "application/json"}}
	}
	return Resendable(e.Delivery.Headers)
}

// Resendable returns those of the captured headers that may be sent again, in
// their order. Left out are the ones that belonged to the connection they came
// over (RFC 9110, section 7.6.1, and those that Connection names), Host and
// Content-Length, and those whose value was replaced by [event.Redacted].
func Resendable(captured []event.Header) []event.Header {
	dropped := slices.Clone(neverAgain)
	for _, h := range captured {
		if strings.EqualFold(h.Name, "Connection") {
			for token := range strings.SplitSeq(h.Value, ",") {
				dropped = append(dropped, textproto.TrimString(token))
			}
		}
	}
	var kept []event.Header
	for _, h := range captured {
		if h.Value != event.Redacted && !slices.ContainsFunc(dropped, func(d string) bool {
			return strings.EqualFold(d, h.Name)
		}) {
			kept = append(kept, h)
		}
	}
	return kept
}

// neverAgain lists the headers of one message over one connection.
var neverAgain = []string{
	"Host", "Content-Length",
	"Connection", "Expect", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization",
	"Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade",
}

// Override returns headers with those of the same names as in with taken out and
// with put behind. A header of with whose value is empty only takes out.
func Override(headers, with []event.Header) []event.Header {
	var out []event.Header
	for _, h := range headers {
		if !hasHeader(with, h.Name) {
			out = append(out, h)
		}
	}
	for _, h := range with {
		if h.Value != "" {
			out = append(out, h)
		}
	}
	return out
}

// CheckHeader reports whether a header can be sent: its name is a token and its
// value has no control character but tabs (RFC 9110, sections 5.1 and 5.5).
func CheckHeader(h event.Header) error {
	if !http1.IsToken(h.Name) {
		return fmt.Errorf("%q is no name of a header", h.Name)
	}
	if http1.HasControl(h.Value) {
		return fmt.Errorf("the value of the header %s has a control character in it", h.Name)
	}
	return nil
}

func hasHeader(headers []event.Header, name string) bool {
	return slices.ContainsFunc(headers, func(h event.Header) bool { return strings.EqualFold(h.Name, name) })
}

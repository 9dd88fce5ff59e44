package api

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// MaxBody is how many bytes an event may have, after decompression.
const MaxBody = 10 << 20

// Answer is the last event of a type as the API gave it.
type Answer struct {
	// Event holds the exact bytes of the answer's body.
	Event *event.Event
	// ContentType is what the API called it, empty when it did not.
	ContentType string
	// At is when the answer came.
	At time.Time
	// RequestID is what the API, or a proxy before it, calls the request: its
	// X-Request-Id or the like, in at most 100 printable characters. Empty when the
	// answer had none.
	RequestID string
}

// read takes the event out of an answer with status 200.
func (c *call) read(ctx context.Context, g *guard, resp *http.Response) outcome {
	at := time.Now()
	contentType := cut(printable(c.client.key.redact(resp.Header.Get("Content-Type"))), 100)
	body, err := io.ReadAll(io.LimitReader(resp.Body, MaxBody+1))
	var reason string
	switch {
	case len(body) > MaxBody:
		reason = fmt.Sprintf("is larger than %d MiB", MaxBody>>20)
	case err != nil && ctx.Err() != nil:
		return outcome{err: context.Cause(ctx)}
	case err != nil && g.ctx.Err() != nil:
		return outcome{err: c.slow(fmt.Sprintf("%d bytes had come after %s", len(body), c.client.timeout))}
	case err != nil && !isConnection(err):
		reason = "cannot be read: " + c.client.key.redact(err.Error())
	case err != nil:
		reason = "was cut off after " + ofBytes(len(body), resp.ContentLength)
	default:
		reason = notJSON(body)
	}
	if reason != "" {
		return outcome{err: &ContentError{Op: c.op, Reason: reason, ContentType: contentType, Status: resp.StatusCode, RequestID: c.requestID(resp)}}
	}
	return outcome{answer: &Answer{Event: event.New(body), ContentType: contentType, At: at, RequestID: c.requestID(resp)}}
}

// requestID returns what an answer calls its request.
func (c *call) requestID(resp *http.Response) string {
	for _, name := range []string{"X-Request-Id", "Request-Id", "X-Correlation-Id", "X-Amzn-Trace-Id", "Cf-Ray"} {
		if id := resp.Header.Get(name); id != "" {
			return cut(printable(c.client.key.redact(id)), 100)
		}
	}
	return ""
}

func ofBytes(n int, announced int64) string {
	if announced >= 0 {
		return fmt.Sprintf("%d of %d bytes", n, announced)
	}
	return fmt.Sprintf("%d bytes", n)
}

// notJSON returns what keeps body from being one JSON value, "" when it is one.
// The reasons of the scanner show at most a character of the body.
func notJSON(body []byte) string {
	if jsonscan.SkipSpace(body, 0) == len(body) {
		return "is empty"
	}
	err := jsonscan.Valid(body)
	var broken *jsonscan.Error
	if errors.As(err, &broken) {
		return "is not JSON: " + broken.Error()
	}
	return ""
}

func cut(s string, most int) string {
	if len(s) > most {
		return strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}

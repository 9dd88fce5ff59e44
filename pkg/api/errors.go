package api

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

// maxMessage is how many bytes of a server's message an error holds.
const maxMessage = 300

// ErrNoKey is what a [*KeyError] wraps when there is no key to send.
var ErrNoKey = errors.New("no API key")

// ConfigError says that an option cannot work. Nothing was sent.
type ConfigError struct {
	What string // the option, such as "the base URL"
	Why  string
}

func (e *ConfigError) Error() string { return e.What + ": " + e.Why }

// NoEventError says that the API holds no event of a type, which is a normal
// case: it keeps those of the last 30 days only.
type NoEventError struct {
	Type      event.Type
	Status    int    // 404
	RequestID string // of the answer, see [Answer]
	// Message holds the start of what the API said, as it came but without the
	// key; the vendor does not document its shape.
	Message []byte
}

func (e *NoEventError) Error() string {
	return fmt.Sprintf("no %s event in the last 30 days", e.Type)
}

// KeyError says that the key is missing or was refused.
type KeyError struct {
	Status    int    // 401 or 403; 0 when nothing was sent
	RequestID string // of the answer, see [Answer]
	Message   string // what the API said, one line
	Err       error  // ErrNoKey, or nil when the API refused the key
}

func (e *KeyError) Error() string {
	if e.Status == 0 {
		return ErrNoKey.Error()
	}
	return withMessage(fmt.Sprintf("the API refused the key with %s", statusText(e.Status)), e.Message)
}

// Unwrap returns [ErrNoKey] or nil.
func (e *KeyError) Unwrap() error { return e.Err }

// RateLimitError says that the API takes no more requests now, and that waiting
// for it would take, or has taken, longer than allowed.
type RateLimitError struct {
	Limit   int           // requests a minute, 0 when the API did not say
	Wait    time.Duration // how long the API asks to wait from now on, 0 when it did not say
	Waited  time.Duration // how long was waited after the API refused a request
	Refused bool          // false when no request was sent because it would have been refused

	Status    int    // 429; 0 when no request was sent
	RequestID string // of the answer, see [Answer]
	Message   string // what the API said, one line
}

func (e *RateLimitError) Error() string {
	s := "the rate limit of the API is used up"
	if e.Limit > 0 {
		s = fmt.Sprintf("the rate limit of the API (%d requests a minute) is used up", e.Limit)
	}
	if e.Wait > 0 {
		s += fmt.Sprintf(" for another %s", seconds(e.Wait))
	}
	if e.Waited >= time.Second {
		s += fmt.Sprintf(", after a wait of %s", seconds(e.Waited))
	}
	return withMessage(s, e.Message)
}

// RemoteError says that the API failed: it was not reached, did not answer in
// time, or answered with a status that is no answer to the question.
type RemoteError struct {
	Op          string // the request, such as "GET /webhook/course.published/last"
	Host        string // host and port of the API
	Status      int    // HTTP status, 0 when there was no answer
	RequestID   string // of the answer, see [Answer]
	Message     string // what the API said, one line
	Reason      string // why there was no answer
	Unreachable bool   // no connection: name, network or TLS
	TLS         bool   // no connection because of a certificate or of TLS
	PlainHTTP   bool   // because an answer in http came instead of TLS
	OtherHost   bool   // because the certificate is for other hosts
	Timeout     bool   // no whole answer in time
	Attempts    int    // how many requests were tried
}

func (e *RemoteError) Error() string {
	switch {
	case e.Status != 0:
		return withMessage(fmt.Sprintf("%s: the API at %s answered %s", e.Op, e.Host, statusText(e.Status)), e.Message)
	case e.Unreachable:
		return fmt.Sprintf("the API at %s cannot be reached: %s", e.Host, e.Reason)
	}
	return fmt.Sprintf("%s: no answer from the API at %s: %s", e.Op, e.Host, e.Reason)
}

// RedirectError says that the API answered with a redirect. It is not followed:
// the key would go with it.
type RedirectError struct {
	Op        string // the request
	Status    int    // 300 to 399
	RequestID string // of the answer, see [Answer]
	To        string // where it leads, without user, password and query; "" when it did not say
}

func (e *RedirectError) Error() string {
	to := "nowhere"
	if e.To != "" {
		to = "to " + e.To
	}
	return fmt.Sprintf("%s: the API redirects %s (%s), which is not followed because the key would go with it",
		e.Op, to, statusText(e.Status))
}

// ContentError says that an answer with status 200 holds no event: it is not one
// JSON value, was cut off, or is too large.
type ContentError struct {
	Op          string // the request
	Reason      string
	ContentType string // as the API named it
	Status      int    // 200
	RequestID   string // of the answer, see [Answer]
}

func (e *ContentError) Error() string {
	s := fmt.Sprintf("%s: the answer of the API %s", e.Op, e.Reason)
	if e.ContentType != "" {
		s += fmt.Sprintf(" (its content type is %s)", e.ContentType)
	}
	return s
}

func withMessage(s, message string) string {
	if message == "" {
		return s
	}
	return s + ": " + message
}

func statusText(status int) string {
	if text := http.StatusText(status); text != "" {
		return fmt.Sprintf("%d %s", status, text)
	}
	return fmt.Sprint(status)
}

// seconds rounds up to whole seconds, so that no wait is shown too short.
func seconds(d time.Duration) time.Duration {
	return (d + time.Second - 1).Truncate(time.Second)
}

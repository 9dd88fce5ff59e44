package deliver

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// Result is what one attempt came to.
type Result struct {
	// Event is the slug of the type that the body names, empty when it names
	// none that is known.
	Event string
	// Source is where the event was read, as FILE:LINE; empty when it came from
	// nowhere that has a name.
	Source string
	// Number counts the events of a run from 1; 0 outside of one.
	Number int
	// Attempt counts from 1; 0 says that none was begun.
	Attempt int
	// Final says that no further attempt is to follow. Of an attempt that was told
	// before, it does not say that the run ended during the wait for the next.
	Final bool
	// At is when the attempt began.
	At time.Time
	// Status is that of the answer, 0 when none came.
	Status int
	// Latency is from the begin of the attempt, which may have to connect, to
	// the end of the answer or of the hope for one.
	Latency time.Duration
	// Bytes is the length of the body sent.
	Bytes int
	// OK says that the body was delivered.
	OK bool
	// Err says why it was not: a [*StatusError], a [*TimeoutError], the cause of
	// the context, or an error of the network. nil when OK.
	Err error
	// Answer holds the first bytes of an answer that was a failure. They are as
	// the receiver sent them: clean them before they go to a terminal.
	Answer []byte

	went bool   // this attempt, or one before, did not end for want of a connection
	sent []byte // the body; nil where sum is set
	sum  string // of it
}

// SHA256 returns the sum of the body sent, in hexadecimal. Each call works it out.
func (r Result) SHA256() string {
	if r.sum != "" {
		return r.sum
	}
	sum := sha256.Sum256(r.sent)
	return hex.EncodeToString(sum[:])
}

// withoutBody returns the result for those who keep it: the body may be long.
func (r Result) withoutBody() Result {
	r.sent, r.sum = nil, r.SHA256()
	return r
}

// Unsent returns the result of an event and the request for it before anything
// was sent: without an attempt and without an answer.
func Unsent(e *event.Event, req Request) Result {
	return Result{Event: e.Type.Slug, Source: sourceOf(e.Place), Bytes: len(req.Body), sent: req.Body}
}

// sourceOf names the line that an event begins at.
func sourceOf(p event.Place) string {
	if p.File == "" || p.Line == 0 {
		return p.Name()
	}
	return p.Name() + ":" + strconv.Itoa(p.Line)
}

// MarshalJSON writes the result as one object, as AppendJSON does.
func (r Result) MarshalJSON() ([]byte, error) { return r.AppendJSON(nil), nil }

// AppendJSON appends the result as one object: event, source, attempt, status,
// ms, bytes, ok, error and sha256. What is not there is null; ms are
// milliseconds to three decimal places.
func (r Result) AppendJSON(b []byte) []byte {
	b = appendText(append(b, `{"event":`...), r.Event)
	b = appendText(append(b, `,"source":`...), r.Source)
	b = strconv.AppendInt(append(b, `,"attempt":`...), int64(r.Attempt), 10)
	b = append(b, `,"status":`...)
	if r.Status == 0 {
		b = append(b, "null"...)
	} else {
		b = strconv.AppendInt(b, int64(r.Status), 10)
	}
	b = strconv.AppendFloat(append(b, `,"ms":`...), milliseconds(r.Latency), 'f', -1, 64)
	b = strconv.AppendInt(append(b, `,"bytes":`...), int64(r.Bytes), 10)
	b = strconv.AppendBool(append(b, `,"ok":`...), r.OK)
	text := ""
	if r.Err != nil {
		text = r.Err.Error()
	}
	b = appendText(append(b, `,"error":`...), text)
	b = append(b, `,"sha256":"`...)
	return append(append(b, r.SHA256()...), `"}`...)
}

// appendText appends a text, or null when there is none.
func appendText(b []byte, text string) []byte {
	if text == "" {
		return append(b, "null"...)
	}
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return appendQuoted(b, text)
		}
	}
	return append(append(append(b, '"'), text...), '"')
}

// appendQuoted appends a text that has more in it than plain ASCII. What could drive
// a terminal stands in it as escapes of JSON.
func appendQuoted(b []byte, text string) []byte {
	var out bytes.Buffer
	e := json.NewEncoder(&out)
	e.SetEscapeHTML(false) // whoever encodes the result decides
	_ = e.Encode(text)     // texts are always encoded
	return append(b, render.Safe(bytes.TrimSuffix(out.Bytes(), []byte("\n")))...)
}

// milliseconds keeps the microseconds and no more.
func milliseconds(d time.Duration) float64 {
	return float64(d.Round(time.Microsecond).Microseconds()) / 1000
}

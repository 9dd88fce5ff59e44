package event

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// CaptureVersion is the value of the "konhook" member of a capture, which tells
// a capture from every other JSON object.
const CaptureVersion = 1

// Delivery is one delivery as a capture keeps it: what came, when, and what was
// answered. A capture file holds one a line, see [Delivery.AppendJSON].
type Delivery struct {
	// ID is unique and sorts by time, see [NewID].
	ID string
	// At is when the delivery came.
	At time.Time
	// Via names what took it: ViaListen, ViaFetch, ViaWatch or ViaSample.
	Via string
	// Type is what the body names, the zero Type when nothing known.
	Type Type
	// Method and URL are of the request line, URL without scheme and host.
	Method, URL string
	// Headers are as they came: in their order and letter case, repeats too.
	// Secret values are replaced by [Redacted] before they get here.
	Headers []Header
	// Remote is the address of the sender, empty when there was none.
	Remote string
	// Body holds the exact bytes of the body.
	Body []byte
	// Valid is the verdict of the schema, nil when nobody asked for one.
	Valid *bool
	// Refused says why konhook itself refused the delivery: RefusedSignature or
	// RefusedInvalid; empty when it did not.
	Refused string
	// Response is what was answered, nil when nobody waited for an answer.
	Response *Response
}

// The values of [Delivery.Via] and of [Delivery.Refused].
const (
	ViaListen = "listen"
	ViaFetch  = "fetch"
	ViaWatch  = "watch"
	ViaSample = "sample"

	RefusedSignature = "signature"
	RefusedInvalid   = "invalid"
)

// Redacted stands in captures where the value of a secret header was.
const Redacted = "[redacted]"

// Header is one line of an HTTP header. A slice of them keeps order, case and
// repeats, which net/http.Header does not.
type Header struct{ Name, Value string }

// Response is what a delivery was answered.
type Response struct {
	// Status is the HTTP status, 0 when the connection was dropped without one.
	Status int
	// Took is the time from the request's arrival to the writing of the line.
	Took time.Duration
}

// NewDelivery makes the capture of an event that did not come over HTTP: a POST
// to /webhook with a JSON content type.
func NewDelivery(via string, at time.Time, body []byte) *Delivery {
	return &Delivery{
		ID: NewID(at), At: at, Via: via, Type: TypeOf(body), Method: "POST", URL: "/webhook",
		Headers: []Header{{"Content-Type", "application/json"}}, Body: body,
	}
}

// NewID returns an identifier that is unique and sorts by time: a UUID of
// version 7 (RFC 9562, section 5.7).
func NewID(at time.Time) string {
	var b [16]byte
	rand.Read(b[:]) // never fails: crypto/rand ends the program instead
	var ms [8]byte
	binary.BigEndian.PutUint64(ms[:], uint64(at.UnixMilli()))
	copy(b[:6], ms[2:])
	b[6] = b[6]&0x0f | 0x70
	b[8] = b[8]&0x3f | 0x80
	text := make([]byte, 0, 36)
	for i, group := range [...][]byte{b[:4], b[4:6], b[6:8], b[8:10], b[10:]} {
		if i > 0 {
			text = append(text, '-')
		}
		text = hex.AppendEncode(text, group)
	}
	return string(text)
}

// AppendJSON appends the capture as one line of JSON, its line break included.
func (d *Delivery) AppendJSON(dst []byte) []byte {
	dst = append(dst, `{"konhook":`...)
	dst = strconv.AppendInt(dst, CaptureVersion, 10)
	dst = appendMember(dst, "id", d.ID)
	dst = append(appendTime(append(dst, `,"at":"`...), d.At), '"')
	dst = appendMember(dst, "via", d.Via)
	dst = appendOptional(dst, "event", d.Type.Slug)
	dst = appendMember(dst, "method", d.Method)
	dst = appendMember(dst, "url", d.URL)
	dst = append(dst, `,"headers":[`...)
	for i, h := range d.Headers {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(appendString(append(dst, '['), h.Name), ',')
		dst = append(appendString(dst, h.Value), ']')
	}
	dst = append(dst, ']')
	dst = appendOptional(dst, "remote", d.Remote)
	dst = appendBody(dst, d.Body)
	dst = append(dst, `,"valid":`...)
	if d.Valid == nil {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendBool(dst, *d.Valid)
	}
	dst = appendOptional(dst, "refused", d.Refused)
	return append(appendResponse(dst, d.Response), '}', '\n')
}

// appendTime appends a time as RFC 3339 has it: in UTC, with nine digits for the
// fraction of a second, whatever they are.
func appendTime(dst []byte, at time.Time) []byte {
	dst = at.UTC().AppendFormat(dst, time.RFC3339)
	dst = append(dst[:len(dst)-1], '.') // the Z comes behind the fraction
	for digit := time.Second / 10; digit > 0; digit /= 10 {
		dst = append(dst, '0'+byte(at.Nanosecond()/int(digit)%10))
	}
	return append(dst, 'Z')
}

func appendBody(dst, body []byte) []byte {
	if utf8.Valid(body) {
		return appendQuoted(append(dst, `,"body":`...), body)
	}
	dst = append(dst, `,"body64":"`...)
	return append(base64.StdEncoding.AppendEncode(dst, body), '"')
}

func appendResponse(dst []byte, r *Response) []byte {
	dst = append(dst, `,"response":`...)
	if r == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"status":`...)
	if r.Status == 0 {
		dst = append(dst, "null"...)
	} else {
		dst = strconv.AppendInt(dst, int64(r.Status), 10)
	}
	dst = append(dst, `,"ms":`...)
	ms := float64(r.Took.Microseconds()) / 1000
	return append(strconv.AppendFloat(dst, ms, 'f', -1, 64), '}')
}

func appendOptional(dst []byte, name, value string) []byte {
	if value != "" {
		return appendMember(dst, name, value)
	}
	return append(append(append(dst, ',', '"'), name...), `":null`...)
}

func appendMember(dst []byte, name, value string) []byte {
	dst = append(append(append(dst, ',', '"'), name...), '"', ':')
	return appendString(dst, value)
}

func appendString(dst []byte, s string) []byte {
	if !utf8.ValidString(s) {
		s = strings.ToValidUTF8(s, "\uFFFD")
	}
	return appendQuoted(dst, s)
}

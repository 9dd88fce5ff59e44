package event

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// IsCapture reports whether a JSON value is a capture: an object with a
// "konhook" member and a body.
func IsCapture(value []byte) bool {
	version, body := captureMembers(value)
	return version && body
}

// IsPartOfCapture reports whether a JSON value has the "konhook" member of a
// capture and no body. Among captures such a line is damaged.
func IsPartOfCapture(value []byte) bool {
	version, body := captureMembers(value)
	return version && !body
}

// captureMembers says which of the members that make a capture an object has.
func captureMembers(value []byte) (version, body bool) {
	jsonscan.Members(value, func(key, v []byte, _ int) bool {
		version = version || is(key, "konhook") && v[0] != '"' && v[0] != '{' && v[0] != '['
		body = body || is(key, "body") && v[0] == '"' || is(key, "body64")
		return !version || !body
	})
	return version, body
}

// VersionError says that a capture was written by a later konhook.
type VersionError struct{ Version int }

func (e *VersionError) Error() string {
	return fmt.Sprintf("written by a newer konhook, whose captures have version %d", e.Version)
}

// ParseDelivery reads one line of a capture file. Members that it does not know it
// passes over. The error of a later version is a [*VersionError].
func ParseDelivery(line []byte) (*Delivery, error) {
	if err := jsonscan.Valid(line); err != nil {
		return nil, err
	}
	c, err := parseCapture(line)
	if err != nil {
		return nil, err
	}
	return &c.Delivery, nil
}

// captured is a delivery that is being read.
type captured struct {
	Delivery
	version bool
	// bodyAt is the offset of the inside of the body's string in the line, -1
	// when the body stands there as base64, 0 when there is none.
	bodyAt int
}

// parseCapture reads a line that is valid JSON.
func parseCapture(line []byte) (*captured, error) {
	var (
		c     captured
		name  []byte
		wrong error
	)
	jsonscan.Members(line, func(key, value []byte, at int) bool {
		name, _ = unquote(slices.Concat(quote, key, quote))
		switch string(name) {
		case "body":
			c.bodyAt = at + 1
		case "body64":
			c.bodyAt = -1
		}
		wrong = c.set(string(name), value)
		return wrong == nil
	})
	if _, newer := errors.AsType[*VersionError](wrong); newer {
		return nil, wrong
	}
	if wrong != nil {
		return nil, fmt.Errorf("member %q: %w", name, wrong)
	}
	if c.bodyAt == 0 || !c.version {
		return nil, errors.New("a version or a body is missing")
	}
	c.Type = TypeOf(c.Body)
	return &c, nil
}

func (c *captured) set(name string, value []byte) error {
	switch name {
	case "konhook":
		version, err := strconv.Atoi(string(value))
		if err != nil || version < CaptureVersion {
			return fmt.Errorf("%.20s is no version", value)
		}
		if version > CaptureVersion {
			return &VersionError{version}
		}
		c.version = true
		return nil
	case "id":
		return json.Unmarshal(value, &c.ID)
	case "at":
		return json.Unmarshal(value, &c.At)
	case "via":
		return json.Unmarshal(value, &c.Via)
	case "method":
		return json.Unmarshal(value, &c.Method)
	case "url":
		return json.Unmarshal(value, &c.URL)
	case "headers":
		return c.setHeaders(value)
	case "remote":
		return json.Unmarshal(value, &c.Remote)
	case "body":
		text, ok := unquote(value)
		if !ok {
			return errors.New("not a string")
		}
		c.Body = text
		return nil
	case "body64":
		return json.Unmarshal(value, &c.Body)
	case "valid":
		return json.Unmarshal(value, &c.Valid)
	case "refused":
		return json.Unmarshal(value, &c.Refused)
	case "response":
		return c.setResponse(value)
	}
	return nil
}

func (c *captured) setHeaders(value []byte) error {
	var pairs [][2]string
	if err := json.Unmarshal(value, &pairs); err != nil {
		return err
	}
	c.Headers = make([]Header, len(pairs))
	for i, p := range pairs {
		c.Headers[i] = Header{p[0], p[1]}
	}
	return nil
}

func (c *captured) setResponse(value []byte) error {
	var r *struct {
		Status int     `json:"status"`
		MS     float64 `json:"ms"`
	}
	if err := json.Unmarshal(value, &r); err != nil || r == nil {
		return err
	}
	c.Response = &Response{r.Status, time.Duration(r.MS * float64(time.Millisecond))}
	return nil
}

// Package plainhttp knows a server that speaks http where https was expected.
package plainhttp

import (
	"crypto/tls"
	"errors"
	"strings"
)

// Answered reports whether TLS did not come about because an answer in http came
// instead. It begins with its version, or with the page itself: servers that take
// what they cannot read for HTTP/0.9 leave out all else, as those of Python do.
func Answered(err error) bool {
	wrong, ok := errors.AsType[tls.RecordHeaderError](err)
	if !ok {
		return false
	}
	switch strings.ToLower(string(wrong.RecordHeader[:])) {
	case "http/", "<!doc", "<html":
		return true
	}
	return false
}

// Package tlsfault says why TLS did not come about, where the errors of the standard
// library do not say it to people.
package tlsfault

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
)

// Explain returns a [*PlainHTTPError] or a [*NameError] where err is of these kinds,
// else err itself.
func Explain(err error) error {
	var (
		record tls.RecordHeaderError
		wrong  x509.HostnameError
	)
	switch {
	case errors.As(err, &record) && isHTTP(record.RecordHeader):
		return &PlainHTTPError{err}
	case errors.As(err, &wrong):
		return &NameError{wrong.Host, namesOf(wrong.Certificate), err}
	}
	return err
}

// PlainHTTPError says that an answer in http came instead of TLS.
type PlainHTTPError struct{ err error }

func (*PlainHTTPError) Error() string   { return "it speaks http there, not https" }
func (e *PlainHTTPError) Unwrap() error { return e.err }

// isHTTP reports whether an answer begins as one of http does: with its version, or
// with the page itself. Servers that take what they cannot read for HTTP/0.9 leave out
// all else, as those of Python do.
func isHTTP(begin [5]byte) bool {
	switch strings.ToLower(string(begin[:])) {
	case "http/", "<!doc", "<html":
		return true
	}
	return false
}

// NameError says that a certificate is for other hosts than the one that was meant.
type NameError struct {
	Host  string
	Names []string // that it is for, as they stand in it
	err   error
}

func (e *NameError) Error() string {
	const most = 5
	if len(e.Names) == 0 {
		return "its certificate is for no host, so not for " + e.Host
	}
	names, more := e.Names, ""
	if len(names) > most {
		more = fmt.Sprintf(" and %d more", len(names)-most)
		names = names[:most]
	}
	return "its certificate is for " + strings.Join(names, ", ") + more + ", not for " + e.Host
}

func (e *NameError) Unwrap() error { return e.err }

// namesOf leaves out what is too long for the name of a host (RFC 1035, section 2.3.4).
func namesOf(c *x509.Certificate) (names []string) {
	for _, name := range c.DNSNames {
		if len(name) <= 255 {
			names = append(names, name)
		}
	}
	for _, ip := range c.IPAddresses {
		names = append(names, ip.String())
	}
	return names
}

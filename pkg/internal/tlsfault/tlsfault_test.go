package tlsfault

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

func TestPlainHTTP(t *testing.T) {
	for _, tt := range []struct {
		answer string
		want   bool
	}{
		{"HTTP/1.1 400 Bad Request\r\n\r\n", true},                      // Go, Node.js, nginx
		{"HTTP/1.0 400 Bad Request\r\n\r\n", true},                      // Apache
		{"<!DOCTYPE HTML>\n<html lang=\"en\">\n<title>Error", true},     // http.server of Python, Flask
		{"<!doctype html>\n", true},                                     // in any case
		{"<html>\r\n<head><title>400 Bad Request</title></head>", true}, // nginx of old
		{"<?xml version='1.0'?><stream:error/>", false},                 // XMPP
		{"220 localhost ESMTP\r\n", false},
		{"SSH-2.0-OpenSSH_9.6\r\n", false},
		{"\x15\x03\x01\x00\x02\x02\x28", false}, // an alert of TLS
		{"HTT", false},
		{"", false},
	} {
		err := handshake(t, tt.answer)
		for _, err := range []error{err, fmt.Errorf("wrapped: %w", err)} {
			got := Explain(err)
			if is := errors.As(got, new(*PlainHTTPError)); is != tt.want || !errors.Is(got, err) || !is && got.Error() != err.Error() {
				t.Errorf("%q: %v, want %t", tt.answer, got, tt.want)
			}
		}
	}
	if other := Explain(errors.New("HTTP/")); Explain(nil) != nil || errors.As(other, new(*PlainHTTPError)) {
		t.Error("any error will do")
	}
}

func TestNames(t *testing.T) {
	for _, tt := range []struct {
		names []string
		ips   []net.IP
		want  string
	}{
		{nil, nil, "its certificate is for no host, so not for localhost"},
		{[]string{"example.com", strings.Repeat("x", 256)}, nil, "its certificate is for example.com, not for localhost"},
		{[]string{"a.test", "*.b.test"}, []net.IP{net.IPv6loopback}, "its certificate is for a.test, *.b.test, ::1, not for localhost"},
		{[]string{"1", "2", "3", "4", "5", "6", "7"}, nil, "its certificate is for 1, 2, 3, 4, 5 and 2 more, not for localhost"},
	} {
		of := x509.HostnameError{Certificate: &x509.Certificate{DNSNames: tt.names, IPAddresses: tt.ips}, Host: "localhost"}
		err := Explain(&tls.CertificateVerificationError{Err: of})
		if wrong := (*NameError)(nil); !errors.As(err, &wrong) || err.Error() != tt.want || wrong.Host != "localhost" || !errors.As(wrong, new(*tls.CertificateVerificationError)) {
			t.Errorf("%T: %v, want %s", err, err, tt.want)
		}
	}
}

// handshake begins TLS with a server that answers with a text.
func handshake(t *testing.T, answer string) error {
	t.Helper()
	ours, theirs := net.Pipe()
	defer ours.Close()
	go func() {
		defer theirs.Close()
		_, _ = theirs.Read(make([]byte, 16<<10))
		_, _ = io.WriteString(theirs, answer)
	}()
	return tls.Client(ours, &tls.Config{ServerName: "localhost", MinVersion: tls.VersionTLS12}).HandshakeContext(t.Context())
}

package plainhttp

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
)

func TestAnswered(t *testing.T) {
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
		if err := handshake(t, tt.answer); err == nil || Answered(err) != tt.want {
			t.Errorf("%q: %v, want %t", tt.answer, err, tt.want)
		} else if err := fmt.Errorf("wrapped: %w", err); Answered(err) != tt.want {
			t.Errorf("%q: %v is another one when it is wrapped", tt.answer, err)
		}
	}
	if Answered(nil) || Answered(errors.New("HTTP/")) {
		t.Error("any error will do")
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

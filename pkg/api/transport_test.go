package api

import (
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBaseURL(t *testing.T) {
	tests := []struct{ url, refused string }{
		{"https://acme.konstant.ly/openapi/v1", ""},
		{"http://127.0.0.1:8911/openapi/v1", ""},
		{"http://127.9.9.9", ""},
		{"http://[::1]:80", ""},
		{"http://[::ffff:127.0.0.1]:80", ""},
		{"http://LocalHost:1", ""},
		{"http://localhost.:1", ""},
		{"", "is missing"},
		{"acme.konstant.ly", "does not begin with https://"},
		{"ftp://acme.konstant.ly", "does not begin with https://"},
		{"https://", "names no host"},
		{"https://:443", "names no host"},
		{"https://a b", "is no URL"},
		{"http://acme.konstant.ly", "plain http would show"},
		{"http://localhost.evil.example", "plain http would show"},
		{"http://127.0.0.1.evil.example", "plain http would show"},
		{"http://127.1", "plain http would show"},
		{"http://0.0.0.0:1", "plain http would show"},
		{"http://user:" + canary + "@acme.konstant.ly?" + canary, "plain http would show"},
		{"https://user:" + canary + "@acme .konstant.ly", "is no URL"},
	}
	for _, test := range tests {
		_, err := New(Options{BaseURL: test.url})
		var config *ConfigError
		if refused := errors.As(err, &config); refused != (test.refused != "") {
			t.Errorf("%s: %v", test.url, err)
		} else if refused && (!strings.Contains(err.Error(), test.refused) || strings.Contains(err.Error(), canary)) {
			t.Errorf("%s: %q, want %q", test.url, err, test.refused)
		}
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, payload) }))
	s.Config.ErrorLog = log.New(io.Discard, "", 0) // it complains of refused certificates
	s.StartTLS()
	t.Cleanup(s.Close)
	ca := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	for _, o := range []Options{{RootCAs: ca}, {Insecure: true}} {
		o.BaseURL = s.URL
		var seen *tls.ConnectionState
		o.Trace = func(x Exchange) { seen = x.TLS }
		if _, err := newClient(t, o).Last(t.Context(), published(t)); err != nil {
			t.Errorf("insecure %t: %v", o.Insecure, err)
		}
		if seen == nil || len(seen.PeerCertificates) != 1 {
			t.Errorf("insecure %t: the connection is %+v", o.Insecure, seen)
		}
	}
	_, err := newClient(t, Options{BaseURL: s.URL}).Last(t.Context(), published(t))
	var remote *RemoteError
	if !errors.As(err, &remote) || !remote.Unreachable || !remote.TLS || remote.Attempts != 1 || !strings.Contains(err.Error(), "x509") {
		t.Errorf("unknown authority: %T %v", err, err)
	}
	elsewhere := strings.Replace(s.URL, "127.0.0.1", "localhost", 1)
	_, err = newClient(t, Options{BaseURL: elsewhere, RootCAs: ca}).Last(t.Context(), published(t))
	if !errors.As(err, &remote) || !remote.OtherHost || !strings.HasSuffix(err.Error(), ": its certificate is for example.com, *.example.com, 127.0.0.1, ::1, not for localhost") {
		t.Errorf("another host: %v", err)
	}
	for _, o := range []Options{{RootCAs: []byte("no certificate")}, {RootCAs: []byte{}}, {Insecure: true, BaseURL: "https://acme.konstant.ly"}} {
		if o.BaseURL == "" {
			o.BaseURL = s.URL
		}
		var config *ConfigError
		if _, err := New(o); !errors.As(err, &config) {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

func TestPlainAnswerToTLS(t *testing.T) {
	url := serve(t, func(http.ResponseWriter, *http.Request) {})
	_, err := newClient(t, Options{BaseURL: strings.Replace(url, "http:", "https:", 1)}).Last(t.Context(), published(t))
	var remote *RemoteError
	if !errors.As(err, &remote) || !remote.Unreachable || !remote.PlainHTTP || !strings.Contains(err.Error(), "it speaks http there, not https") {
		t.Errorf("%T %v", err, err)
	}
}

package deliver

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

func TestResendable(t *testing.T) {
	captured := headers(
		"Host", "example.org",
		"content-type", "application/json; charset=utf-8",
		"CONTENT-LENGTH", "17",
		"Connection", "keep-alive, X-Hop",
		"x-hop", "1",
		"Keep-Alive", "timeout=5",
		"Transfer-Encoding", "chunked",
		"te", "trailers",
		"Trailer", "X",
		"Upgrade", "h2c",
		"Expect", "100-continue",
		"Proxy-Authorization", "Basic x",
		"Authorization", event.Redacted,
		"X-Request-Id", "1",
		"X-Request-Id", "2",
		"User-Agent", "Konstantly/1",
		"X-Empty", "",
	)
	want := headers(
		"content-type", "application/json; charset=utf-8",
		"X-Request-Id", "1",
		"X-Request-Id", "2",
		"User-Agent", "Konstantly/1",
		"X-Empty", "",
	)
	if diff := cmp.Diff(want, Resendable(captured)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestHeadersOf(t *testing.T) {
	plain := event.New([]byte("{}"))
	if diff := cmp.Diff(headers("Content-Type", "application/json"), HeadersOf(plain)); diff != "" {
		t.Errorf("plain payload (-want +got):\n%s", diff)
	}
	captured := event.New([]byte("{}"))
	captured.Delivery = &event.Delivery{Headers: headers("X-A", "1", "Host", "h")}
	if diff := cmp.Diff(headers("X-A", "1"), HeadersOf(captured)); diff != "" {
		t.Errorf("capture (-want +got):\n%s", diff)
	}
}

func TestOverride(t *testing.T) {
	old := headers("X-A", "1", "x-a", "2", "X-B", "3", "X-C", "4")
	with := headers("X-a", "new", "X-C", "", "X-D", "5", "x-a", "newer")
	want := headers("X-B", "3", "X-a", "new", "X-D", "5", "x-a", "newer")
	if diff := cmp.Diff(want, Override(old, with)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestCheckHeader(t *testing.T) {
	tests := []struct {
		name, value string
		ok          bool
	}{
		{"X-Token", "abc", true},
		{"!#$%&'*+-.^_`|~aZ9", "\tr\u00e9sum\u00e9 ", true},
		{"", "x", false},
		{"X Y", "x", false},
		{"X:", "x", false},
		{"\u00dc", "x", false},
		{"X", "a\nb", false},
		{"X", "a\rb", false},
		{"X", "a\x00b", false},
		{"X", "a\x7fb", false},
	}
	for _, tt := range tests {
		if err := CheckHeader(event.Header{Name: tt.name, Value: tt.value}); (err == nil) != tt.ok {
			t.Errorf("%q: %q: %v", tt.name, tt.value, err)
		}
	}
}

package capture

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
)

func TestRedact(t *testing.T) {
	secret := []string{
		"Authorization", "authorization", "Proxy-Authorization", "COOKIE", "Set-Cookie", "X-Api-Key", "X-API-KEY", "Api-Key", "apikey",
		"X-Auth-Token", "X-Access-Token", "X-CSRF-Token", "X-Amz-Security-Token", "X-Client-Secret", "Webhook-Secret", "X-Password",
		"X-Auth", "X-Auth-Key", "X-Session-Id", "Ocp-Apim-Subscription-Key-Token", "X-Gitlab-Token",
	}
	open := []string{
		"Content-Type", "Webhook-Signature", "webhook-id", "webhook-timestamp", "X-Hub-Signature-256", "X-Token-Signature",
		"Idempotency-Key", "User-Agent", "Host", "Keep-Alive", "X-Request-Id", "Author", "Traceparent",
	}
	var headers, want []event.Header
	for _, name := range secret {
		headers = append(headers, event.Header{Name: name, Value: "canary"})
		want = append(want, event.Header{Name: name, Value: event.Redacted})
	}
	for _, name := range open {
		headers = append(headers, event.Header{Name: name, Value: "value"})
		want = append(want, event.Header{Name: name, Value: "value"})
	}
	if diff := cmp.Diff(want, Redact(headers)); diff != "" {
		t.Error(diff)
	}
	if headers[0].Value != "canary" {
		t.Error("the argument was changed")
	}
}

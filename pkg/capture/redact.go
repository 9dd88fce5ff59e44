package capture

import (
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/event"
)

// Redact returns headers with the values of those that are secret replaced by
// [event.Redacted]. The argument stays as it is, and is the result when none is.
//
// Secret are, in any letter case, the headers whose name holds one of
// authorization, cookie, token, secret, passw, credential, api-key, apikey,
// api_key, auth-key, access-key, private-key, shared-key or session, and those
// that are called X-Auth, Auth, X-Key or Key. A name that holds signature is
// never secret: what signs a delivery proves it and opens nothing, and is needed
// to check the delivery later.
func Redact(headers []event.Header) []event.Header {
	clean := headers
	for i, h := range headers {
		if !isSecret(h.Name) {
			continue
		}
		if &clean[0] == &headers[0] {
			clean = slices.Clone(headers)
		}
		clean[i].Value = event.Redacted
	}
	return clean
}

func isSecret(name string) bool {
	switch name { // those that nearly every request has
	case "Host", "Content-Type", "Content-Length", "User-Agent", "Accept", "Accept-Encoding", "Connection":
		return false
	}
	name = strings.ToLower(name)
	if strings.Contains(name, "signature") {
		return false
	}
	switch name {
	case "auth", "x-auth", "key", "x-key":
		return true
	}
	return slices.ContainsFunc(secretWords(), func(w string) bool { return strings.Contains(name, w) })
}

func secretWords() []string {
	return []string{
		"authorization", "cookie", "token", "secret", "passw", "credential", "api-key", "apikey", "api_key",
		"auth-key", "access-key", "private-key", "shared-key", "session",
	}
}

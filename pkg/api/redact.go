package api

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const redacted = "[redacted]"

// redact removes the key from text that came from outside, in any letter case:
// names of headers change theirs on the way.
func (k Key) redact(text string) string {
	if k.IsZero() || text == "" {
		return text
	}
	forms := disguises(*k.secret)
	for i, f := range forms {
		forms[i] = regexp.QuoteMeta(f)
	}
	pattern, err := regexp.Compile("(?i)" + strings.Join(forms, "|"))
	if err != nil {
		return "" // better nothing than the key
	}
	return pattern.ReplaceAllLiteralString(text, redacted)
}

// disguises returns the forms in which a server could send a secret back: as it
// is, escaped for a URL, for JSON and for Go, and as HTTP hands it on.
func disguises(secret string) []string {
	var escaped bytes.Buffer
	e := json.NewEncoder(&escaped)
	e.SetEscapeHTML(false)
	forms := []string{
		secret, strings.TrimSpace(secret), url.QueryEscape(secret), url.PathEscape(secret),
		strings.Trim(strconv.Quote(secret), `"`),
	}
	if e.Encode(secret) == nil {
		forms = append(forms, strings.Trim(escaped.String(), "\"\n"))
	}
	if inHTML, err := json.Marshal(secret); err == nil {
		forms = append(forms, strings.Trim(string(inHTML), `"`))
	}
	kept := forms[:0]
	for _, f := range forms {
		if f != "" {
			kept = append(kept, f)
		}
	}
	return kept
}

// redactHeader copies a header without the key, without cookies, and without the
// parts of addresses that may hold secrets.
func (k Key) redactHeader(h http.Header) http.Header {
	out := make(http.Header, len(h))
	for name, values := range h {
		name = k.redact(name)
		for _, v := range values {
			switch http.CanonicalHeaderKey(name) {
			case "X-Api-Key", "Authorization", "Proxy-Authorization", "Cookie", "Set-Cookie":
				v = redacted
			case "Location", "Content-Location":
				v = k.redact(showLocation(v))
			default:
				v = k.redact(v)
			}
			out[name] = append(out[name], v)
		}
	}
	return out
}

// message makes one line out of the body of an error answer: without the key, of
// printable characters, and cut off.
func (k Key) message(body []byte) string {
	return cut(printable(strings.Join(strings.Fields(k.redact(string(body))), " ")), maxMessage)
}

// printable makes visible what could drive a terminal, or turn text around:
// characters that cannot be printed, and bytes that are no text, become escapes.
func printable(text string) string {
	var b strings.Builder
	for i := 0; i < len(text); {
		r, n := utf8.DecodeRuneInString(text[i:])
		switch {
		case r == utf8.RuneError && n == 1, r < 0x80 && !unicode.IsPrint(r):
			fmt.Fprintf(&b, `\x%02x`, text[i])
		case unicode.IsPrint(r):
			b.WriteString(text[i : i+n])
		case r < 0x10000:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			fmt.Fprintf(&b, `\U%08x`, r)
		}
		i += n
	}
	return b.String()
}

func showLocation(text string) string {
	u, err := url.Parse(text)
	if err != nil {
		return redacted
	}
	return showURL(u)
}

// showURL returns what may be shown of a URL: scheme, host and path.
func showURL(u *url.URL) string {
	shown := url.URL{Scheme: u.Scheme, Host: u.Host, Path: u.Path, RawPath: u.RawPath}
	return shown.String()
}

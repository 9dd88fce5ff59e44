// Package curl writes deliveries as commands of curl, to be pasted into a shell.
//
// A command sends the exact bytes of the body, whatever they are, from any shell
// that follows POSIX. It holds nothing that could drive a terminal, and nothing
// in a delivery can make it run another command, read a file or speak to another
// host.
package curl

import (
	"net/http"
	"net/url"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/http1"
)

// maxArgument is how long a body may be to stand in the command line itself.
// Linux takes 128 KiB for one argument; a longer body comes through a pipe.
const maxArgument = 64 << 10

// Command returns the command that sends d once more, to its own path on the
// server at base, such as "http://127.0.0.1:5000", with a line break at its end.
//
// Host, Content-Length, what concerns the connection alone, values that were
// redacted, and what is no header at all are left out.
func Command(base string, d *event.Delivery) string {
	var b strings.Builder
	data := word(string(d.Body))
	if !inCommandLine(d.Body) {
		b.WriteString("printf " + quote(octal(string(d.Body))) + " | ")
		data = "@-"
	}
	target := target(d.URL)
	b.WriteString("curl" + options(target) + " " + word(base+target))
	for _, h := range headers(d.Headers) {
		b.WriteString(" \\\n  -H " + word(h))
	}
	b.WriteString(" \\\n  --data-binary " + data + "\n")
	return b.String()
}

// inCommandLine reports whether a body can be an argument: curl takes one that
// begins with @ for the name of a file.
func inCommandLine(body []byte) bool {
	return len(body) <= maxArgument && (len(body) == 0 || body[0] != '@') && plain(string(body), "\n\t")
}

// target returns the path and query of a request, or /webhook when there are
// none. They begin with a slash: anything else could name another host.
func target(requested string) string {
	if strings.HasPrefix(requested, "/") && strings.Trim(requested, visible) == "" {
		return requested
	}
	u, err := url.ParseRequestURI(requested)
	if err != nil || !strings.HasPrefix(u.RequestURI(), "/") {
		return "/webhook"
	}
	return u.RequestURI()
}

// options returns the flags that make curl take a target as it is.
func options(target string) string {
	flags := ""
	if strings.ContainsAny(target, "[]{}") {
		flags += " --globoff"
	}
	if strings.Contains(target, "/.") {
		flags += " --path-as-is"
	}
	return flags
}

// headers returns those that are sent, in the way that curl takes them.
func headers(all []event.Header) (lines []string) {
	typed := false
	for _, h := range all {
		if !isSent(h) {
			continue
		}
		typed = typed || http.CanonicalHeaderKey(h.Name) == "Content-Type"
		if strings.TrimSpace(h.Value) == "" {
			lines = append(lines, h.Name+";") // curl's way to send a header without a value
		} else {
			lines = append(lines, h.Name+": "+h.Value)
		}
	}
	if !typed {
		lines = append(lines, "Content-Type:") // keeps curl from adding its own
	}
	return lines
}

// isSent leaves out, too, what cannot be the name of a header: curl might take it
// for a file to read.
func isSent(h event.Header) bool {
	switch http.CanonicalHeaderKey(h.Name) {
	case "Host", "Content-Length", "Connection", "Keep-Alive", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade", "Expect":
		return false
	}
	return h.Value != event.Redacted && http1.IsToken(h.Name) && !strings.ContainsAny(h.Value, "\r\n\x00")
}

// word returns s as one word of a shell. What must not be seen as it is comes
// out of printf. s must hold no NUL and end in no line break.
func word(s string) string {
	switch {
	case s != "" && strings.Trim(s, bare) == "":
		return s
	case plain(s, "\n\t"):
		return quote(s)
	default:
		return `"$(printf ` + quote(octal(s)) + `)"`
	}
}

// bare lists what needs no quotes in any shell.
const bare = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:,@%+"

// visible lists what may stand in a URL, and some more that servers put up with.
const visible = bare + "!\"#$&'()*;<=>?[\\]^`{|}~"

func quote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// plain reports whether all of s can be seen as it is; besides may hold more
// characters that are allowed.
func plain(s, besides string) bool {
	for i, r := range s {
		if r == utf8.RuneError && !strings.HasPrefix(s[i:], "\uFFFD") {
			return false
		}
		if !unicode.IsGraphic(r) && !strings.ContainsRune(besides, r) {
			return false
		}
	}
	return true
}

// octal returns s as a format of printf, with escapes of three octal digits for
// what cannot be seen as it is.
func octal(s string) string {
	var b strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		switch {
		case r == '%':
			b.WriteString("%%")
		case r == '\\', r == '-' && b.Len() == 0, !plain(s[:n], "\n"):
			for _, c := range []byte(s[:n]) {
				b.Write([]byte{'\\', '0' + c>>6, '0' + c>>3&7, '0' + c&7})
			}
		default:
			b.WriteString(s[:n])
		}
		s = s[n:]
	}
	return b.String()
}

package probe

import (
	"context"
	"net/http"
	"strings"

	"github.com/konhook/konhook/pkg/sample"
)

// strangers are the cases of requests that are no delivery.
func strangers() []Case {
	return []Case{
		{
			Name: "get", Level: Should,
			Sends: "a GET", Expects: "404 or 405",
			Why:  "Crawlers and people who guess the URL need not learn what it is for.",
			Mend: "answer 405 to everything but POST",
			try: posting(oneOf("404 or 405", http.StatusNotFound, http.StatusMethodNotAllowed), func(*session) []message {
				return []message{{method: http.MethodGet}}
			}),
		}, {
			Name: "content-type", Level: Must, choice: true,
			Sends: "an event as text/plain, and as a form", Expects: "2xx or 4xx for each",
			Why:  "What comes as something else than JSON must be no crash.",
			Mend: "answer 415 to other content types than application/json, or read the body all the same",
			try: posting(answered(), func(s *session) []message {
				return []message{
					{of: "text/plain", body: s.event("user.created"), kind: "text/plain"},
					{of: "a form", body: s.event("user.created"), kind: "application/x-www-form-urlencoded"},
				}
			}),
		}, {
			Name: "redirect", Level: Must,
			Sends: "an event, and follows no redirect", Expects: "no 3xx",
			Why:  "A sender does not follow redirects: body and signature were meant for one address.",
			Mend: "give the vendor the URL that is redirected to, mind https and the slash at the end",
			try: posting(want{"no 3xx", func(status int) bool { return status/100 != 3 }}, single(func(s *session) []byte {
				return s.event("user.created")
			})),
		},
	}
}

// atTheEnd are the cases of what was seen on the way.
func atTheEnd() []Case {
	return []Case{
		{
			Name: "answer-leaks", Level: Must,
			Sends: "requests that often end in an error page", Expects: "no stack trace and no secret in any answer",
			Why:  "An error page tells a stranger which libraries, paths and secrets there are.",
			Mend: "switch off debug mode and error pages (in Express with NODE_ENV=production), and answer errors with a status and no details",
			try:  readAnswers,
		}, {
			Name: "still-works", Level: Must, last: true,
			Sends: "an event, after all the above", Expects: "2xx",
			Why:  "One bad request must not cost the deliveries after it.",
			Mend: "handle the errors of each request, and let a supervisor start the receiver again",
			try: posting(taken(), single(func(s *session) []byte {
				return s.event("user.created")
			})),
		},
	}
}

// readAnswers sends what often ends in an error page, and tells of what was seen
// in all answers so far.
func readAnswers(ctx context.Context, s *session, _ *Case) verdict {
	messages := []message{{method: http.MethodGet}, {body: s.event("user.created"), kind: "text/plain"}}
	for _, w := range sample.Wrongs() {
		if isRefused(w) || w.Name == "object-null" {
			messages = append(messages, s.broken(w)...)
		}
	}
	for range s.sendAll(ctx, messages) { // send looks at each answer
	}
	if len(s.leaked) == 0 {
		return verdict{ok: true, got: "none"}
	}
	var kinds []string
	for _, l := range s.leaked {
		kinds = append(kinds, l.String())
	}
	return verdict{got: strings.Join(kinds, "; ")}
}

package probe

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/sample"
)

// forms are the cases of sound events in the forms that HTTP allows.
func forms() []Case {
	return []Case{
		{
			Name: "keep-alive", Level: Must,
			Sends: "a sound, a broken, a sound event in one connection", Expects: "2xx for the sound ones, or a close that is announced",
			Why:  "Senders keep connections, and an answer of the wrong length makes them misread the next.",
			Mend: "read the whole body before you answer, and send a Content-Length or Connection: close",
			try:  overOne,
		}, {
			Name: "chunked", Level: Should,
			Sends: "a body in chunks, without Content-Length", Expects: "2xx",
			Why:  "Proxies and many HTTP clients stream a body whose length they do not know.",
			Mend: "let your server or the proxy before it decode Transfer-Encoding: chunked",
			try:  posting(taken(), inForm(form{chunked: true})),
		}, {
			Name: "expect-continue", Level: Should,
			Sends: "the head with Expect: 100-continue first", Expects: "2xx",
			Why:  "curl, and with it PHP, asks before it sends a body of more than a kilobyte or a megabyte.",
			Mend: "let your server answer 100 Continue, or ignore the Expect header",
			try:  posting(taken(), inForm(form{expects: true})),
		}, {
			Name: "header-case", Level: Must,
			Sends: "names of headers in lower case", Expects: "2xx",
			Why:  "Names of headers have no letter case, and proxies from HTTP/2 write them small.",
			Mend: "compare the names of headers without regard to letter case",
			try:  posting(taken(), inForm(form{lower: true})),
		}, {
			Name: "charset", Level: Must,
			Sends: "application/json; charset=utf-8", Expects: "2xx",
			Why:  "A content type may have parameters.",
			Mend: "compare the content type without what is behind the semicolon",
			try: posting(taken(), func(s *session) []message {
				return []message{{body: s.event("user.created"), kind: "application/json; charset=utf-8"}}
			}),
		}, {
			Name: "slow-pieces", Level: Must,
			Sends: "a body in two pieces with a pause between", Expects: "2xx",
			Why:  "A network cuts a body wherever it likes: one read is not the whole.",
			Mend: "read the body until its Content-Length or its end",
			try:  posting(taken(), inForm(form{pause: 300 * time.Millisecond})),
		}, {
			Name: "large", Level: Must,
			Sends: "a body of 1 MiB", Expects: "2xx or 413",
			Why:  "No limit is documented; a receiver needs one, and has to say so.",
			Mend: "take 1 MiB, or answer 413 to what is larger than your limit",
			try:  posting(taken().or(http.StatusRequestEntityTooLarge), single(large)),
		}, {
			Name: "lost-connection", Level: Must,
			Sends: "half a body, closes, then a sound event", Expects: "2xx for the sound event",
			Why:  "Connections break in the middle of a delivery.",
			Mend: "give up a request whose body does not come whole, and serve the next",
			try: func(ctx context.Context, s *session, _ *Case) verdict {
				s.exchange(ctx, message{body: s.event("user.created"), form: form{breaks: true}})
				var got answers
				got.add("", s.send(ctx, named("", s.event("user.created"))), taken())
				return got.verdict(s)
			},
		},
	}
}

func inForm(f form) func(*session) []message {
	return func(s *session) []message { return []message{{body: s.event("course.started"), form: f}} }
}

// large makes an event of 1 MiB to the byte.
func large(s *session) []byte {
	body := with(s.event("course.published"), "/body/course/annotation", `"@"`)
	return bytes.Replace(body, []byte(`"@"`), []byte(`"`+strings.Repeat("x", 1<<20-len(body)+1)+`"`), 1)
}

// overOne sends events over one connection until the receiver announces to close
// it. What it answers to the broken one is the matter of other cases.
func overOne(ctx context.Context, s *session, _ *Case) verdict {
	dialing, cancel := limited(ctx, message{}, s.limit())
	defer cancel()
	c, err := s.dial(dialing)
	if err != nil {
		s.note(answer{err: err})
		return verdict{got: s.describe(answer{err: err})}
	}
	defer c.Close()
	c.kept = true
	cut, _ := sample.LookupWrong("cut")
	var got answers
	for _, step := range []struct {
		of   string
		body []byte
		want want
	}{
		{"the first", s.event("course.assigned"), taken()},
		{"the broken one", s.brokenEvent(cut, "course.published"), want{"any", func(int) bool { return true }}},
		{"the last", s.event("course.assigned"), taken()},
	} {
		a := s.within(ctx, c, named(step.of, step.body), s.limit())
		s.note(a)
		got.add(step.of, a, step.want)
		if v := got.verdict(s); !v.ok {
			return v
		}
		if a.cut {
			return verdict{ok: true, got: "an answer that is too long to read what comes after it"}
		}
		if a.closes {
			return verdict{ok: true, got: "closed after an answer, as announced"}
		}
	}
	return got.verdict(s)
}

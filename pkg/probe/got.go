package probe

import (
	"context"
	"fmt"
	"iter"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// want is a set of statuses.
type want struct {
	text string
	ok   func(status int) bool
}

func taken() want   { return want{"2xx", isAccepted} }
func refused() want { return want{"4xx", func(status int) bool { return status/100 == 4 }} }

// answered is what is wanted where it is the receiver's choice to take a message
// or to refuse it.
func answered() want {
	return want{"2xx or 4xx", func(status int) bool { return isAccepted(status) || status/100 == 4 }}
}

func oneOf(text string, statuses ...int) want {
	return want{text, func(status int) bool { return slices.Contains(statuses, status) }}
}

func (w want) or(status int) want {
	return want{fmt.Sprintf("%s or %d", w.text, status), func(got int) bool { return got == status || w.ok(got) }}
}

// posting makes the try of a case that sends messages one after the other, of
// which each is to have an answer as wanted.
func posting(w want, messages func(*session) []message) func(context.Context, *session, *Case) verdict {
	return func(ctx context.Context, s *session, _ *Case) verdict { return s.post(ctx, w, messages(s)) }
}

// post sends messages one after the other. It is no part of posting, of which the
// program would hold a copy for each case.
func (s *session) post(ctx context.Context, w want, messages []message) verdict {
	var got answers
	for m, a := range s.sendAll(ctx, messages) {
		got.add(m.of, a, w)
	}
	return got.verdict(s)
}

// sendAll sends messages one after the other, and gives each with its answer.
func (s *session) sendAll(ctx context.Context, messages []message) iter.Seq2[message, answer] {
	return func(yield func(message, answer) bool) {
		var last answer
		for _, m := range messages {
			if !s.takesMore(ctx, last) {
				return
			}
			if last = s.send(ctx, m); !yield(m, last) {
				return
			}
		}
	}
}

// takesMore reports whether to send another message after an answer makes sense.
// After a late one it would wait as long for nothing. A receiver that stopped has
// to be there again first: that it was not would count against the next message.
func (s *session) takesMore(ctx context.Context, last answer) bool {
	if last.err == nil || isLate(last.err) {
		return last.err == nil
	}
	s.gone = !s.isAlive(ctx, s.o.Timeout)
	return !s.gone
}

// answers are those to the messages of one case.
type answers struct {
	statuses []int // each once
	wrong    []wrongAnswers
	failed   int // how many are wrong
}

// wrongAnswers are those of one status that is not wanted, or those without one.
type wrongAnswers struct {
	first answer
	to    []string // each message once
}

func (g *answers) add(of string, a answer, w want) {
	if a.status != 0 && !slices.Contains(g.statuses, a.status) {
		g.statuses = append(g.statuses, a.status)
	}
	if a.err == nil && w.ok(a.status) {
		return
	}
	i := slices.IndexFunc(g.wrong, func(known wrongAnswers) bool { return known.first.status == a.status })
	if i < 0 {
		i = len(g.wrong)
		g.wrong = append(g.wrong, wrongAnswers{first: a})
	}
	g.failed++
	if !slices.Contains(g.wrong[i].to, of) {
		g.wrong[i].to = append(g.wrong[i].to, of)
	}
}

// verdict puts the answers in words: their statuses when all are as wanted, else
// the first that is not, and to what else it came, then the other ones.
func (g *answers) verdict(s *session) verdict {
	var texts []string
	if len(g.wrong) == 0 {
		for _, status := range g.statuses {
			texts = append(texts, strconv.Itoa(status))
		}
		return verdict{ok: true, got: strings.Join(texts, ", ")}
	}
	for i, w := range g.wrong {
		text, excerpt, more := strings.Cut(s.describe(w.first), ": ")
		if w.to[0] != "" {
			text += " for " + listed(w.to)
		}
		if i == 0 && more {
			text += ": " + excerpt
		}
		texts = append(texts, text)
	}
	return verdict{got: strings.Join(texts, "; "), hint: s.hintAt(g.wrong[0].first)}
}

// listed names the first few.
func listed(names []string) string {
	const shown = 3
	if len(names) <= shown+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
}

// describe puts an answer in words: its status, and the first of what it says.
func (s *session) describe(a answer) string {
	if a.err != nil {
		if isUnreachable(a.err) {
			return "nobody took the connection"
		}
		return shown(a.err.Error(), maxExcerpt)
	}
	text := statusText(a.status)
	if isAccepted(a.status) {
		return text
	}
	says := s.quote(gist(string(a.body)), maxExcerpt)
	if says == "" || strings.EqualFold(says, text) || strings.EqualFold(says, http.StatusText(a.status)) {
		return text
	}
	return text + ": " + says
}

// gist is the title of a page of HTML, or what stands below one that says
// nothing, or the first line of another text.
func gist(text string) string {
	title, isPage := inElement("title", text)
	if message, ok := inElement("pre", text); ok && strings.EqualFold(title, "Error") { // Express
		return message
	}
	if isPage || strings.HasPrefix(strings.TrimSpace(text), "<") {
		return title
	}
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}

// inElement returns the text at the start of the first element of a name in
// HTML.
func inElement(name, text string) (string, bool) {
	m := regexp.MustCompile(`(?is)<` + name + `[^>]{0,200}>([^<]{1,500})`).FindStringSubmatch(text)
	if m == nil {
		return "", false
	}
	return unescaped().Replace(strings.Join(strings.Fields(m[1]), " ")), true
}

// unescaped undoes the escapes that every framework writes; the others stay.
func unescaped() *strings.Replacer {
	return strings.NewReplacer("&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#34;", `"`, "&#39;", "'", "&#x27;", "'", "&nbsp;", " ", "&amp;", "&")
}

// hintAt tells what an answer often means, or nothing: one that the first sound
// event had as well, and one that refuses a signature.
func (s *session) hintAt(a answer) string {
	unauthorized := a.isUnauthorized() && !a.unsigned
	switch {
	case unauthorized && s.signer == nil:
		return "does the receiver want signatures? Give its scheme and its secret"
	case unauthorized && s.reencodes:
		return "the receiver signs the JSON as it would write it itself: it has to check the bytes of the body as they came, before a framework parses them"
	case unauthorized && s.accepts:
		return "check the signature of the bytes of the body as they came, before a framework parses them"
	case unauthorized:
		return "are the scheme, the header and the secret those of the receiver? Does it check the bytes of the body as they came, before a framework parses them?"
	case a.status == 0 || a.status != s.first.status:
		return ""
	case a.status == http.StatusNotFound:
		return "is the path of the URL the right one? The receiver knows nothing there"
	case a.status/100 == 3:
		return "give the URL that the receiver redirects to: " + s.quote(a.header.Get("Location"), maxExcerpt)
	}
	return ""
}

func (a answer) isUnauthorized() bool {
	return a.status == http.StatusUnauthorized || a.status == http.StatusForbidden
}

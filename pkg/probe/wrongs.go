package probe

import (
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/sample"
)

// wrongs are the cases of broken events: one for each kind of package sample,
// under its name, and one for those that a receiver may take.
func wrongs() (cases []Case) {
	for _, w := range sample.Wrongs() {
		cases = append(cases, wrong(w))
	}
	return append(cases, Case{
		Name: "strict", Level: Should, refusal: true,
		Sends: "events with values of the wrong kind", Expects: "4xx for each",
		Why:  "Data that is not what it should be does harm where it is used, long after the answer.",
		Mend: "check the values that you use, as konhook validate does, and answer 400 when they are wrong",
		try: posting(refused(), func(s *session) (all []message) {
			for _, w := range sample.Wrongs() {
				if isRefused(w) || isLenient(w) {
					continue
				}
				for _, m := range s.broken(w) {
					all = append(all, named(w.Name, m.body))
				}
			}
			return all
		}),
	})
}

// wrong makes the case of one kind. What is no event at all has to be refused;
// about the others a receiver may think as it likes, if it stays on its feet.
func wrong(w sample.Wrong) Case {
	c := Case{
		Name: w.Name, Level: Must, choice: true, Sends: w.About, Expects: answered().text,
		Why:  "What ends in a 5xx is sent again, and breaks again.",
		Mend: "check what you read before you use it, and answer 400 when it is not what it should be",
		try:  posting(answered(), func(s *session) []message { return s.broken(w) }),
	}
	if w.Name == "deep" {
		c.Mend = "answer 400 also when your JSON parser gives up (in Python with a RecursionError)"
	}
	if !isRefused(w) {
		return c
	}
	c.refusal, c.choice, c.Expects = true, false, refused().text
	c.Why = "Taken, it would count as delivered, and nobody would ever know that an event was lost."
	c.Mend = "answer 400 to what is no JSON object with occuredAt, type and body"
	c.try = posting(refused(), func(s *session) []message { return s.broken(w) })
	return c
}

// isRefused reports whether every receiver has to refuse a kind: it is no JSON,
// no object, or lacks a member of the envelope.
func isRefused(w sample.Wrong) bool {
	return w.Pointer == "" && !slices.Contains([]string{"not-a-number", "bad-utf8", "deep"}, w.Name)
}

// isLenient reports whether even a strict receiver may take a kind: types will be
// added, and the standard sets no limit to nesting.
func isLenient(w sample.Wrong) bool {
	return slices.Contains([]string{"type-unknown", "type-case", "deep"}, w.Name)
}

// broken makes events of a kind: one, or when it concerns the body one of each
// shape that bodies have, for a receiver may check one of them and not another.
func (s *session) broken(w sample.Wrong) (all []message) {
	if !strings.HasPrefix(w.Pointer, "/body") && w.Name != "no-body" {
		return []message{named("", s.brokenEvent(w, "course.published"))}
	}
	for _, slug := range []string{"course.published", "user.created", "group.user.created", "course.finished"} {
		all = append(all, named(slug, s.brokenEvent(w, slug)))
	}
	return all
}

func (s *session) brokenEvent(w sample.Wrong, slug string) []byte {
	body, err := w.Break(s.event(slug))
	if err != nil {
		panic(err) // every kind can be made of every sound event
	}
	return body
}

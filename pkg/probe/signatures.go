package probe

import (
	"bytes"
	"fmt"
	"unicode"
	"unicode/utf16"
)

// signatures are the cases of signed events, and of those that are not.
func signatures() []Case {
	refuse := func(c Case, changes ...func(*message)) Case {
		c.Level, c.Signed, c.refusal, c.Expects = Must, true, true, refused().text
		c.try = posting(refused(), func(s *session) (all []message) {
			for _, change := range changes {
				m := named("", s.event("user.created"))
				change(&m)
				all = append(all, m)
			}
			return all
		})
		return c
	}
	return []Case{
		{
			Name: "signature-valid", Level: Must, Signed: true,
			Sends: "signed events, written in several ways", Expects: "2xx for each",
			Why:  "The signature is that of the bytes, however the JSON is written.",
			Mend: "check the bytes of the body as they came, before a framework parses them",
			try:  posting(taken(), variously),
		},
		refuse(Case{
			Name: "signature-missing", Sends: "an event without a signature",
			Why:  "Whoever learns the URL could send events.",
			Mend: "answer 401 when the header of the signature is missing",
		}, func(m *message) { m.signed = not }),
		refuse(Case{
			Name: "signature-wrong", Sends: "an event signed with another secret",
			Why:  "A signature that is not checked protects nothing.",
			Mend: "compute the signature and compare it, in constant time; answer 401 when it differs",
		}, func(m *message) { m.signed = byAnother }),
		refuse(Case{
			Name: "signature-tampered", Sends: "an event that was changed after it was signed",
			Why:  "The signature has to cover the body.",
			Mend: "compute the signature of the body that came, with its id and timestamp where the scheme has them",
		}, func(m *message) {
			m.signs = m.body
			m.body = with(m.body, "/body/user/name", `"Mallory"`)
		}),
		refuse(Case{
			Name: "signature-stale", noTime: true, Sends: "events that were signed a day ago, and in a day",
			Why:  "A delivery that somebody has recorded could be sent again for ever.",
			Mend: "refuse timestamps that are more than 5 minutes away from now, before it and after it",
		}, func(m *message) { m.of, m.signed = "the one of yesterday", longAgo }, func(m *message) { m.of, m.signed = "the one of tomorrow", tooSoon }),
		refuse(Case{
			Name: "signature-reencoded", Sends: "the JSON written anew after it was signed",
			Why:  "Who signs the parsed JSON instead of the bytes refuses good events of other senders.",
			Mend: "check the bytes of the body as they came, before a framework parses them",
		}, func(m *message) {
			m.signs = m.body
			m.body = spaced(m.body)
		}),
	}
}

// variously makes one event in ways of writing that mean the same.
func variously(s *session) []message {
	compact := s.event("user.created")
	return []message{
		named("compact JSON", compact),
		named("JSON with spaces", spaced(compact)),
		named("JSON with escapes", bytes.ReplaceAll(compact, []byte(`"type":"U`), []byte(`"type":"\u0055`))),
	}
}

// spaced writes a space behind each comma and colon between the members of the
// envelope.
func spaced(body []byte) []byte {
	for _, member := range []string{`"type":`, `"body":`} {
		body = bytes.Replace(body, []byte(","+member), []byte(", "+member+" "), 1)
	}
	return body
}

// asPython writes JSON as Python's json.dumps does: with a space behind each comma
// and colon, and with escapes for what is not ASCII.
func asPython(body []byte) []byte {
	var b []byte
	inString, escaped := false, false
	for _, r := range string(body) {
		if r <= unicode.MaxASCII {
			b = append(b, byte(r))
		} else {
			for _, unit := range utf16.AppendRune(nil, r) {
				b = fmt.Appendf(b, "\\u%04x", unit)
			}
		}
		if !inString && (r == ',' || r == ':') {
			b = append(b, ' ')
		}
		if r == '"' && !escaped {
			inString = !inString
		}
		escaped = r == '\\' && !escaped
	}
	return b
}

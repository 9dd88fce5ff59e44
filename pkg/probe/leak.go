package probe

import (
	"fmt"
	"regexp"
	"strings"
)

// leak is something in an answer that is nobody's business.
type leak struct {
	what   string
	status int // of the answer
}

// leakFinder knows what gives the inside of a receiver away.
type leakFinder []struct {
	what  string
	where *regexp.Regexp
}

// newLeakFinder makes the patterns: what the error pages of the usual frameworks
// look like, and what secrets look like that were configured. They have no long
// counted repetitions, which would make a large answer take seconds.
func newLeakFinder() leakFinder {
	return leakFinder{
		{"the debugger of Werkzeug", regexp.MustCompile(`Werkzeug Debugger|__debugger__`)},
		{"a stack trace of Python", regexp.MustCompile(`Traceback \(most recent call last\)`)},
		{"a stack trace of JavaScript", regexp.MustCompile(`(?:\.[cm]?[jt]sx?|node:[a-z_/]+):\d+:\d+`)},
		{"an error message of PHP", regexp.MustCompile(`\.php(?:</b>)? on line |Stack trace:\s+#0`)},
		{"a stack trace of Go", regexp.MustCompile(`goroutine \d+ \[`)},
		{"a stack trace of Java", regexp.MustCompile(`\.(?:java|kt|scala):\d+\)`)},
		{"a stack trace of .NET", regexp.MustCompile(`\.cs:line \d`)},
		{"a stack trace of Ruby", regexp.MustCompile("\\.rb:\\d+:in [`']")},
		{"an error message of a database", regexp.MustCompile(`SQLSTATE\[|error in your SQL syntax|psycopg2?\.errors|ORA-\d{5}`)},
		{"a private key", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
		{"the URL of a database with its password", regexp.MustCompile(`(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?)://[^\s:/@]*:[^\s/@]+@`)},
		{"a secret of the environment", regexp.MustCompile(`(?:SECRET|PASSWORD|API_KEY|TOKEN)[A-Z_]*['"]?\s?(?:=>?|:)\s?['"]?[^\s'"]{6}`)},
	}
}

// findLeak says what an answer gives away, or nothing.
func (s *session) findLeak(a answer) string {
	text := string(a.body)
	if s.o.Sign != nil {
		for _, secret := range s.o.Sign.Secrets {
			if secret.Redact(text) != text {
				return "the secret of the signatures"
			}
		}
	}
	if a.right != "" && strings.Contains(text, a.right) {
		return "the right signature for a forged request"
	}
	for _, p := range s.leaks {
		if p.where.MatchString(text) {
			return p.what
		}
	}
	return ""
}

func (l leak) String() string { return fmt.Sprintf("%s, in an answer of %d", l.what, l.status) }

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
	needs string // texts with | between, of which one is in every match: to look for them is quick
	where *regexp.Regexp
}

// newLeakFinder makes the patterns: what the error pages of the usual frameworks
// look like, and what secrets look like that were configured. They have no long
// counted repetitions, which would make a large answer take seconds.
func newLeakFinder() leakFinder {
	return leakFinder{
		{"the debugger of Werkzeug", "Werkzeug|__debugger__", regexp.MustCompile(`Werkzeug Debugger|__debugger__`)},
		{"a stack trace of Python", "Traceback", regexp.MustCompile(`Traceback \(most recent call last\)`)},
		{"a stack trace of JavaScript", "js:|ts:|jsx:|tsx:|node:", regexp.MustCompile(`(?:\.[cm]?[jt]sx?|node:[a-z_/]+):\d+:\d+`)},
		{"an error message of PHP", ".php|Stack trace:", regexp.MustCompile(`\.php(?:</b>)? on line |Stack trace:\s+#0`)},
		{"a stack trace of Go", "goroutine", regexp.MustCompile(`goroutine \d+ \[`)},
		{"a stack trace of Java", ".java:|.kt:|.scala:", regexp.MustCompile(`\.(?:java|kt|scala):\d+\)`)},
		{"a stack trace of .NET", ".cs:line", regexp.MustCompile(`\.cs:line \d`)},
		{"a stack trace of Ruby", ".rb:", regexp.MustCompile("\\.rb:\\d+:in [`']")},
		{"an error message of a database", "SQL|psycopg|ORA-", regexp.MustCompile(`SQLSTATE\[|error in your SQL syntax|psycopg2?\.errors|ORA-\d{5}`)},
		{"a private key", "PRIVATE KEY", regexp.MustCompile(`-----BEGIN [A-Z ]*PRIVATE KEY-----`)},
		{"the URL of a database with its password", "://", regexp.MustCompile(`(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?)://[^\s:/@]*:[^\s/@]+@`)},
		{
			"a secret of the environment", "SECRET|PASSWORD|API_KEY|TOKEN",
			regexp.MustCompile(`(?:SECRET|PASSWORD|API_KEY|TOKEN)[A-Z_]*['"]?\s?(?:=>?|:)\s?['"]?[^\s'"]{6}`),
		},
	}
}

// in says what a text gives away, or nothing.
func (f leakFinder) in(text string) string {
	for _, p := range f {
		for word := range strings.SplitSeq(p.needs, "|") {
			if strings.Contains(text, word) && p.where.MatchString(text) {
				return p.what
			}
		}
	}
	return ""
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
	return s.leaks.in(text)
}

func (l leak) String() string { return fmt.Sprintf("%s, in an answer of %d", l.what, l.status) }

package probe

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// leak is something in an answer that is nobody's business.
type leak struct {
	what   string
	status int // of the answer
}

// leakFinder knows what gives the inside of a receiver away.
type leakFinder struct {
	patterns []leakPattern
	plain    *strings.Replacer // undoes escapes of HTML and JSON
}

// leakPattern is one of the signs.
type leakPattern struct {
	what  string
	needs string // texts with | between, of which one is in every match: to look for them is quick
	where *regexp.Regexp
	// isOne, if any, tells whether the group of a match is one.
	isOne func(string) bool
}

// newLeakFinder makes the patterns: what the error pages of the usual frameworks
// look like, and what secrets look like that were configured. They have no long
// counted repetitions, which would make a large answer take seconds.
func newLeakFinder() leakFinder {
	is := func(what, needs, where string) leakPattern {
		return leakPattern{what, needs, regexp.MustCompile(where), nil}
	}
	const ofEnvironment = "a secret of the environment"
	return leakFinder{[]leakPattern{
		is("the debugger of Werkzeug", "Werkzeug|__debugger__", `Werkzeug Debugger|__debugger__`),
		is("a stack trace of Python", "Traceback", `Traceback \(most recent call last\)`),
		is("a stack trace of JavaScript", "js:|ts:|jsx:|tsx:|node:",
			`\bat (?:[^\n():]*\()?(?:(?:file://|webpack-internal:///|[A-Z]:)?[^\s:]*\.[cm]?[jt]sx?|node:[a-z_/]+):\d+:\d+`),
		is("an error message of PHP", ".php|Stack trace:",
			`\.php(?:</b>)? on line |Stack trace:(?:\s|\\n)+#0|\bin [^\s:]*\.php:\d|"file":\s*"[^"]*\.php",\s*"line":\s*\d`),
		is("a stack trace of Go", "goroutine|.go:", `goroutine \d+ \[|\.go:\d+ (?:\(0x|\+0x)`),
		is("a stack trace of Java", ".java:|.kt:|.scala:|(Unknown Source)|(Native Method)", `\.(?:java|kt|scala):\d+\)|\((?:Unknown Source|Native Method)\)`),
		is("a stack trace of .NET", ".cs:line|at Microsoft.|at System.|Exception:",
			`\.cs:line \d|\bat (?:Microsoft|System)\.[\w.+<>]+[\[(]|\bSystem\.[\w.]*Exception:`),
		is("a stack trace of Ruby", ".rb:", "\\.rb:\\d+:in [`']"),
		is("a stack trace of Rust", "panicked at ", `panicked at (?:'|[^\s:]*\.rs:\d)`),
		is("a stack trace of Elixir", ".ex:|.exs:|** (", `\.exs?:\d+: |\*\* \([A-Z][\w.]*\) `),
		is("an error message of Perl", ".pl line|.pm line", `\.p[lm] line \d`),
		is("an error message of a database", "SQL|sql|psycopg|ORA-|E11000|violates",
			`SQLSTATE\[|error in your SQL syntax|psycopg2?\.errors|ORA-\d{5}|sqlite3\.\w+Error|SQLITE_[A-Z]+: |sqlalchemy\.exc\.|E11000 duplicate|violates (?:not-null|unique|foreign key|check) constraint`),
		is("a private key", "PRIVATE KEY", `-----BEGIN [A-Z ]*PRIVATE KEY-----`),
		is("the URL of a database with its password", "://", `(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?)://[^\s:/@]*:[^\s/@]+@`),
		is("a secret of webhooks", "whsec_", `whsec_[A-Za-z0-9+/]{16}`),
		{ofEnvironment, "SECRET|PASSWORD|TOKEN|_KEY", regexp.MustCompile(
			`(?:SECRET|PASSWORD|TOKEN|[A-Z]_KEY)[A-Z0-9_]*(?:=|['"\]]?\s?=>\s?)['"]?([^\s'"<>()\[\]{}$,;]{6,})`), isValue},
		{ofEnvironment, "SECRET|PASSWORD|TOKEN|_KEY|ecret|assword|pi_key|piKey", regexp.MustCompile(
			`(?:(?:SECRET|PASSWORD|TOKEN|[A-Z]_KEY)[A-Z0-9_]*|[sS]ecret|[pP]assword|[aA]pi(?:_k|K)ey)['"]?\s?:\s?['"]([^\s'"<>()\[\]{}$,;]{6,})['"]`), isRandom},
	}, strings.NewReplacer(`\/`, "/", `\"`, `"`, "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#34;", `"`,
		"&#39;", "'", "&#x27;", "'", "&#039;", "'", "&#96;", "`", "&#x60;", "`", "&nbsp;", " ", "&amp;", "&")}
}

// isValue reports whether what is said to be the value of a secret may be one: it
// is no word that tells what is wrong with it, and no mask.
func isValue(text string) bool {
	text = strings.ToLower(strings.TrimRight(text, ".:!"))
	const words = " missing required invalid unknown undefined expected redacted "
	return !strings.Contains(words, " "+text+" ") && strings.Trim(text, text[:min(1, len(text))]) != ""
}

// isRandom reports whether a text has letters and digits, as few words have.
func isRandom(text string) bool {
	return strings.ContainsFunc(text, unicode.IsDigit) && strings.ContainsFunc(text, unicode.IsLetter)
}

// in says what a text gives away, or nothing.
func (f leakFinder) in(text string) string {
	text = f.plain.Replace(text)
	for _, p := range f.patterns {
		for word := range strings.SplitSeq(p.needs, "|") {
			if strings.Contains(text, word) {
				if p.isIn(text) {
					return p.what
				}
				break
			}
		}
	}
	return ""
}

func (p leakPattern) isIn(text string) bool {
	if p.isOne == nil {
		return p.where.MatchString(text)
	}
	return slices.ContainsFunc(p.where.FindAllStringSubmatch(text, -1), func(m []string) bool { return p.isOne(m[1]) })
}

// findLeak says what an answer gives away, or nothing: in its body, its headers
// or behind its status. The names and values of cookies are the receiver's
// choice; of them only what it shares with the sender is looked for.
func (s *session) findLeak(a answer) string {
	text, cookies := a.words()
	all := text + strings.Join(cookies, "\n")
	all += s.leaks.plain.Replace(all)
	if s.o.Sign != nil {
		for _, secret := range s.o.Sign.Secrets {
			if secret.Redact(all) != all {
				return "the secret of the signatures"
			}
		}
	}
	if a.right != "" && strings.Contains(all, a.right) {
		return "the right signature for a forged request"
	}
	return s.leaks.in(text)
}

// words are the texts of an answer, a line each.
func (a answer) words() (text string, cookies []string) {
	lines := []string{string(a.body), a.reason}
	for _, name := range slices.Sorted(maps.Keys(a.header)) {
		if name == "Set-Cookie" {
			cookies = a.header[name]
			continue
		}
		lines = append(lines, a.header[name]...)
	}
	text = strings.Join(lines, "\n")
	return text[:min(len(text), 2*maxKept)], cookies
}

func (l leak) String() string { return fmt.Sprintf("%s, in an answer of %d", l.what, l.status) }

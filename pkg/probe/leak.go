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
type leakFinder struct {
	patterns []leakPattern
	plain    *strings.Replacer // undoes escapes of HTML and JSON
}

// leakPattern is one of the signs. With two groups it is one when the first
// matches a value as isValue has it, or the second one as isRandom has it.
type leakPattern struct {
	what  string
	needs string // texts with | between, of which one is in every match: to look for them is quick
	where *regexp.Regexp
}

// leakPatterns are what the error pages of the usual frameworks look like, and
// what secrets look like that were configured: three lines for each, as in
// leakPattern. They have no long counted repetitions, which would make a large
// answer take seconds.
const leakPatterns = `the debugger of Werkzeug
Werkzeug|__debugger__
Werkzeug Debugger|__debugger__
a stack trace of Python
most recent call last
Traceback \(most recent call last\)
a stack trace of JavaScript
js:|ts:|jsx:|tsx:|node:
\bat (?:[^\n():]*\()?(?:(?:file://|webpack-internal:///|[A-Z]:)?[^\s:]*\.[cm]?[jt]sx?|node:[a-z_/]+):\d+:\d+
an error message of PHP
.php|Stack trace:
\.php(?:</b>)? on line |Stack trace:(?:\s|\\n)+#0|\bin [^\s:]*\.php:\d|"file":\s*"[^"]*\.php",\s*"line":\s*\d
a stack trace of Go
goroutine|.go:
goroutine \d+ \[|\.go:\d+ (?:\(0x|\+0x)
a stack trace of Java
.java:|.kt:|.scala:|(Unknown Source)|(Native Method)
\.(?:java|kt|scala):\d+\)|\((?:Unknown Source|Native Method)\)
a stack trace of .NET
.cs:line|at Microsoft.|at System.|Exception:
\.cs:line \d|\bat (?:Microsoft|System)\.[\w.+<>]+[\[(]|\bSystem\.[\w.]*Exception:
a stack trace of Ruby
.rb:
\.rb:\d+:in [\x60']
a stack trace of Rust
panicked at 
panicked at (?:'|[^\s:]*\.rs:\d)
a stack trace of Elixir
.ex:|.exs:|** (
\.exs?:\d+: |\*\* \([A-Z][\w.]*\) 
an error message of Perl
.pl line|.pm line
\.p[lm] line \d
an error message of a database
SQL|sql|psycopg|ORA-|E11000|violates
SQLSTATE\[|error in your SQL syntax|psycopg2?\.errors|ORA-\d{5}|sqlite3\.\w+Error|SQLITE_[A-Z]+: |sqlalchemy\.exc\.|E11000 duplicate|violates (?:not-null|unique|foreign key|check) constraint
a private key
PRIVATE KEY
-----BEGIN [A-Z ]*PRIVATE KEY-----
the URL of a database with its password
://
(?:postgres(?:ql)?|mysql|mongodb(?:\+srv)?|rediss?|amqps?)://[^\s:/@]*:[^\s/@]+@
a secret of webhooks
whsec_
whsec_[A-Za-z0-9+/]{16}
a secret of the environment
SECRET|PASSWORD|TOKEN|_KEY
(?:SECRET|PASSWORD|TOKEN|[A-Z]_KEY)[A-Z0-9_]*(?:(?:=|['"\]]?\s?=>\s?)['"]?([^\s'"<>()\[\]{}$,;]{6,})|['"]?\s?:\s?['"]([^\s'"<>()\[\]{}$,;]{6,})['"])
a secret of the environment
ecret|assword|pi_key|piKey
()(?:[sS]ecret|[pP]assword|[aA]pi(?:_k|K)ey)['"]?\s?:\s?['"]([^\s'"<>()\[\]{}$,;]{6,})['"]`

func newLeakFinder() leakFinder {
	f := leakFinder{plain: strings.NewReplacer(`\/`, "/", `\"`, `"`, "&lt;", "<", "&gt;", ">", "&quot;", `"`, "&#34;", `"`,
		"&#39;", "'", "&#x27;", "'", "&#039;", "'", "&#96;", "`", "&#x60;", "`", "&nbsp;", " ", "&amp;", "&")}
	lines := strings.Split(leakPatterns, "\n")
	for ; len(lines) > 0; lines = lines[3:] {
		f.patterns = append(f.patterns, leakPattern{lines[0], lines[1], regexp.MustCompile(lines[2])})
	}
	return f
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
	return strings.ContainsAny(text, "0123456789") && strings.ToUpper(text) != strings.ToLower(text)
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
	for {
		m := p.where.FindStringSubmatch(text)
		if len(m) < 3 {
			return m != nil
		}
		if m[1] != "" && isValue(m[1]) || isRandom(m[2]) {
			return true
		}
		_, text, _ = strings.Cut(text, m[0])
	}
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
	for name, values := range a.header {
		if name == "Set-Cookie" {
			cookies = values
		} else {
			lines = append(lines, values...)
		}
	}
	text = strings.Join(lines, "\n")
	return text[:min(len(text), 2*maxKept)], cookies
}

func (l leak) String() string { return fmt.Sprintf("%s, in an answer of %d", l.what, l.status) }

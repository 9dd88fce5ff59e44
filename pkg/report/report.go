package report

import (
	"github.com/konhook/konhook/pkg/schema"
)

// Reporter writes a report. Its errors are those of the writer below it.
type Reporter interface {
	// Finding takes the next finding. more is how many notes that say the same
	// come with it; only a report that counts such notes may be given any.
	Finding(f schema.Finding, more int) error
	// Close ends the report with its summary.
	Close(s Summary) error
}

// FailureReporter is a reporter that wants to know what could not be read, and
// is not told of documents as a [DocumentReporter] is.
type FailureReporter interface {
	Reporter
	// Failed says that a document of a file, or the file, could not be read.
	Failed(file string, err error) error
}

// Summary counts what was checked. The zero Summary is that of nothing.
type Summary struct {
	Files     int `json:"files"`
	Documents int `json:"documents"`
	Valid     int `json:"valid"`
	Invalid   int `json:"invalid"`
	Findings  int `json:"findings"` // errors alone
	Notes     int `json:"notes"`

	// Hidden is how many of the errors the report does not show.
	Hidden int `json:"-"`
}

// Add counts one document and the findings on it.
func (s *Summary) Add(findings []schema.Finding) {
	s.Documents++
	errors := 0
	for _, f := range findings {
		if f.Severity == schema.Error {
			errors++
		}
	}
	s.Findings += errors
	s.Notes += len(findings) - errors
	if errors > 0 {
		s.Invalid++
	} else {
		s.Valid++
	}
}

// Limit passes at most n errors on to a reporter, and all notes; all of both
// when n is 0. A report of documents shows which are invalid all the same.
func Limit(r Reporter, n int) Reporter {
	if n == 0 {
		return r
	}
	if j, ok := r.(*junitReporter); ok {
		j.most = n
		return j
	}
	return &limited{r, n, 0}
}

type limited struct {
	Reporter
	left, hidden int
}

func (l *limited) Finding(f schema.Finding, more int) error {
	if f.Severity == schema.Error {
		if l.left == 0 {
			l.hidden++
			if r, ok := l.Reporter.(interface{ hidden(f schema.Finding) }); ok {
				r.hidden(f)
			}
			return nil
		}
		l.left--
	}
	return l.Reporter.Finding(f, more)
}

// Failed passes a failure on to a reporter that tells of them.
func (l *limited) Failed(file string, err error) error {
	if r, ok := l.Reporter.(FailureReporter); ok {
		return r.Failed(file, err)
	}
	return nil
}

func (l *limited) Close(s Summary) error {
	s.Hidden = l.hidden
	return l.Reporter.Close(s)
}

package schema

import (
	"regexp"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// compileRegexp never fails: an expression that cannot be used is told of by
// badPattern, because here nothing knows yet whether it is one at all, or a text
// whose "format" says so.
func compileRegexp(s string) (jsonschema.Regexp, error) {
	re, err := regexp.Compile(s)
	if err != nil {
		return unusable{s, err}, nil //nolint:nilerr // badPattern tells of it
	}
	return re, nil
}

// unusable is an expression that package regexp does not understand.
type unusable struct {
	text string
	err  error
}

func (u unusable) String() string          { return u.text }
func (u unusable) MatchString(string) bool { return false }

type patternError struct{ keyword, reason string }

// badPattern returns what is wrong with the expressions of a schema.
func badPattern(s *jsonschema.Schema) *patternError {
	if bad, ok := s.Pattern.(unusable); ok {
		return &patternError{"pattern", bad.reason()}
	}
	for re := range s.PatternProperties {
		if bad, ok := re.(unusable); ok {
			return &patternError{"patternProperties", bad.reason()}
		}
	}
	return nil
}

func (u unusable) reason() string {
	reason := strings.TrimPrefix(u.err.Error(), "error parsing regexp: ")
	if strings.Contains(u.text, "(?=") || strings.Contains(u.text, "(?!") || strings.Contains(u.text, "(?<") {
		reason += " (expressions cannot look ahead or behind: matching takes linear time)"
	}
	return cut(reason, maxMessage)
}

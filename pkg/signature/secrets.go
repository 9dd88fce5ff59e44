package signature

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of a file of secrets.
const (
	// MaxSecrets is how many there may be: every one costs time with every
	// delivery.
	MaxSecrets = 16
	// MaxSecretFile is how many bytes a file of them may have.
	MaxSecretFile = 64 << 10
)

// SecretError says what is wrong with a secret or a file of them. It never shows
// one.
type SecretError struct {
	File   string // empty when it is not known
	Line   int    // of the secret, from 1; 0 when none is meant or known
	Reason string // lower case, without a full stop
}

func (e *SecretError) Error() string {
	switch {
	case e.File != "" && e.Line > 0:
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
	case e.Line > 0:
		return fmt.Sprintf("line %d: %s", e.Line, e.Reason)
	case e.File != "":
		return e.File + ": " + e.Reason
	}
	return e.Reason
}

// LoadSecrets reads the secrets of a file as [ReadSecrets] does. The error is a
// [*SecretError], or that of a file that cannot be read ([*fs.PathError]). Whether
// others may read the file is not looked at.
func LoadSecrets(path string) ([]Secret, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	secrets, err := ReadSecrets(f)
	if wrong, ok := errors.AsType[*SecretError](err); ok {
		wrong.File = path
	}
	for i := range secrets {
		secrets[i].file = path
	}
	return secrets, err
}

// ReadSecrets reads one secret a line. Lines that are blank, and those whose
// first character but white space is #, are passed over; all else of a line is
// kept as it is, without its line break ("\n" or "\r\n"). What is no text is
// refused: bad UTF-8, control characters but tabs, a byte order mark. The error
// is a [*SecretError], or that of r.
func ReadSecrets(r io.Reader) ([]Secret, error) {
	text, err := io.ReadAll(io.LimitReader(r, MaxSecretFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > MaxSecretFile {
		return nil, &SecretError{Reason: fmt.Sprintf("more than %d bytes: this is no file of secrets", MaxSecretFile)}
	}
	var secrets []Secret
	number := 0
	for line := range strings.SplitSeq(string(text), "\n") {
		number++
		line = strings.TrimSuffix(line, "\r")
		if !holdsSecret(line) {
			continue
		}
		if reason := notText(line); reason != "" {
			return nil, &SecretError{Line: number, Reason: "the secret " + reason}
		}
		secrets = append(secrets, Secret{held: &line, line: number})
	}
	switch {
	case len(secrets) > MaxSecrets:
		return nil, &SecretError{Reason: fmt.Sprintf("%d secrets, at most %d are taken", len(secrets), MaxSecrets)}
	case len(secrets) > 0:
		return secrets, nil
	case strings.Contains(string(text), "#"):
		return nil, &SecretError{Reason: "there is no secret, only lines that begin with #, which are comments"}
	}
	return nil, &SecretError{Reason: "there is no secret"}
}

func holdsSecret(line string) bool {
	line = strings.TrimSpace(line)
	return line != "" && line[0] != '#'
}

// notText says why a line is no text, or nothing.
func notText(line string) string {
	if strings.HasPrefix(line, "\ufeff") {
		return "begins with a byte order mark: save the file without one"
	}
	for i := 0; i < len(line); {
		r, n := utf8.DecodeRuneInString(line[i:])
		if r == utf8.RuneError && n == 1 {
			return fmt.Sprintf("is no UTF-8 text at byte %d", i+1)
		}
		if unicode.IsControl(r) && r != '\t' {
			return fmt.Sprintf("has a control character at byte %d", i+1)
		}
		i += n
	}
	return ""
}

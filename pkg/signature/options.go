package signature

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/internal/http1"
)

// Scheme names a way to sign.
type Scheme string

// The schemes, see the package's documentation.
const (
	Standard   Scheme = "standard"
	HMACSHA256 Scheme = "hmac-sha256"
)

// Schemes returns the names of the schemes.
func Schemes() []string { return []string{string(Standard), string(HMACSHA256)} }

// Encoding is how [HMACSHA256] writes the bytes of a signature.
type Encoding string

// The encodings. What is read as hex may have capitals, base64 has padding.
const (
	Hex    Encoding = "hex"
	Base64 Encoding = "base64"
)

// Encodings returns the names of the encodings.
func Encodings() []string { return []string{string(Hex), string(Base64)} }

// What the zero values of [Options] stand for.
const (
	// DefaultHeader is a name that belongs to nobody: Konstantly documents none.
	DefaultHeader = "X-Signature"
	// DefaultTolerance is how far a timestamp may lie in the past or the future,
	// as in the libraries of Standard Webhooks.
	DefaultTolerance = 5 * time.Minute
)

// Options are how to sign or to check. The zero value lacks secrets only.
type Options struct {
	// Scheme is Standard when empty.
	Scheme Scheme
	// Secrets are at least one and at most MaxSecrets.
	Secrets []Secret

	// Header names the header of HMACSHA256. Empty: DefaultHeader.
	Header string
	// Encoding is that of HMACSHA256. Empty: Hex.
	Encoding Encoding
	// Prefix is what HMACSHA256 writes, and expects, before the signature, such
	// as "sha256=".
	Prefix string

	// Tolerance is how far the timestamp of Standard may lie in the past or the
	// future, to the second. 0 stands for DefaultTolerance.
	Tolerance time.Duration
}

// OptionError says what is wrong with an option.
type OptionError struct {
	Option string // the name of the field
	Reason string // lower case, without a full stop
}

func (e *OptionError) Error() string { return strings.ToLower(e.Option) + ": " + e.Reason }

// Check reports what is wrong with the options, secrets included, as NewSigner
// and NewVerifier do: an [*OptionError] or a [*SecretError].
func (o Options) Check() error {
	_, _, err := o.checked()
	return err
}

// Notes tells what works and may not be meant, for a person to read. A secret is
// never shown. There are none for options that Check refuses.
func (o Options) Notes() []string {
	o, keys, err := o.checked()
	if err != nil {
		return nil
	}
	var notes []string
	for _, k := range keys {
		if note := k.note(o.Scheme); note != "" {
			notes = append(notes, k.secret.name()+" "+note)
		}
	}
	return notes
}

// checked returns the options with their defaults, and the keys.
func (o Options) checked() (Options, []key, error) {
	var err error
	switch o.Scheme {
	case "", Standard:
		o.Scheme = Standard
		err = o.checkStandard()
	case HMACSHA256:
		err = o.checkPlain()
	default:
		err = &OptionError{"Scheme", fmt.Sprintf("%q is none of %s", o.Scheme, strings.Join(Schemes(), ", "))}
	}
	if err != nil {
		return o, nil, err
	}
	o.Header = orDefault(o.Header, DefaultHeader)
	o.Encoding = orDefault(o.Encoding, Hex)
	o.Tolerance = orDefault(o.Tolerance, DefaultTolerance)
	keys, err := newKeys(o.Scheme, o.Secrets)
	return o, keys, err
}

func orDefault[T comparable](value, otherwise T) T {
	var zero T
	if value == zero {
		return otherwise
	}
	return value
}

// checkStandard refuses what belongs to the other scheme: passed over silently
// it would look as if it were obeyed.
func (o Options) checkStandard() error {
	const fixed = "the standard scheme has its own, and takes no other"
	switch {
	case o.Header != "":
		return &OptionError{"Header", fixed}
	case o.Encoding != "":
		return &OptionError{"Encoding", fixed}
	case o.Prefix != "":
		return &OptionError{"Prefix", fixed}
	case o.Tolerance < 0:
		return &OptionError{"Tolerance", "less than nothing"}
	}
	return nil
}

func (o Options) checkPlain() error {
	switch {
	case o.Header != "" && !http1.IsToken(o.Header):
		return &OptionError{"Header", fmt.Sprintf("%q is no name of a header", o.Header)}
	case slices.ContainsFunc(taken, func(name string) bool { return strings.EqualFold(name, o.Header) }):
		return &OptionError{"Header", fmt.Sprintf("%s has a meaning of its own in every request", o.Header)}
	case o.Encoding != "" && o.Encoding != Hex && o.Encoding != Base64:
		return &OptionError{"Encoding", fmt.Sprintf("%q is none of %s", o.Encoding, strings.Join(Encodings(), ", "))}
	case strings.ContainsFunc(o.Prefix, notPrintable):
		return &OptionError{"Prefix", fmt.Sprintf("%q has a character that is no printable ASCII", o.Prefix)}
	case strings.HasPrefix(o.Prefix, " "):
		return &OptionError{"Prefix", "begins with a space, which HTTP takes from the value of a header"}
	case o.Tolerance != 0:
		return &OptionError{"Tolerance", "hmac-sha256 signs no time"}
	}
	return nil
}

// taken are headers that say how a request is read, and by whom it is sent. Nothing
// else can stand in them.
var taken = []string{
	"Connection", "Content-Encoding", "Content-Length", "Content-Type", "Expect", "Host", "Keep-Alive",
	"Proxy-Connection", "TE", "Trailer", "Transfer-Encoding", "Upgrade", "User-Agent",
}

// Headers names the headers that deliveries are signed with.
func (o Options) Headers() []string {
	if o.Scheme == HMACSHA256 {
		return []string{orDefault(o.Header, DefaultHeader)}
	}
	return []string{HeaderID, HeaderTimestamp, HeaderSignature}
}

func notPrintable(r rune) bool { return r < ' ' || r > '~' }

package main

import (
	"errors"
	"os"
	"runtime"
	"time"

	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/signature"
)

// verifyOptions are how deliveries have to be signed.
type verifyOptions struct {
	scheme     string
	secretFile string
	header     string
	encoding   string
	prefix     string
}

func (o *verifyOptions) addFlags(fs *pflag.FlagSet) {
	enumFlag(fs, &o.scheme, "verify", "", "", signature.Schemes(), "answer 401 to deliveries that are not signed so")
	fs.StringVar(&o.secretFile, "secret-file", "", "`FILE` with the secret, or several, one a line, of which any may have signed")
	fs.StringVar(&o.header, "signature-header", "", "the `NAME` of the header with the signature of hmac-sha256 (default "+signature.DefaultHeader+")")
	enumFlag(fs, &o.encoding, "signature-encoding", "", "", signature.Encodings(), "how hmac-sha256 writes the signature (default hex)")
	fs.StringVar(&o.prefix, "signature-prefix", "", "`TEXT` before the signature of hmac-sha256, such as sha256=")
}

// verifier returns what checks signatures, nil when nobody asked for it.
func (o verifyOptions) verifier(a *app) (func([]event.Header, []byte, time.Time) error, error) {
	if o.scheme == "" {
		return nil, o.withoutScheme()
	}
	if o.secretFile == "" {
		return nil, usageError("--secret-file FILE", "--verify: which secret? --secret-file is missing")
	}
	secrets, err := signature.LoadSecrets(o.secretFile)
	if err != nil {
		return nil, err
	}
	options := signature.Options{
		Scheme: signature.Scheme(o.scheme), Secrets: secrets,
		Header: o.header, Encoding: signature.Encoding(o.encoding), Prefix: o.prefix,
	}
	v, err := signature.NewVerifier(options)
	if err != nil {
		return nil, asSignatureUsage(err, o.secretFile)
	}
	a.warnIfOpen(o.secretFile)
	for _, note := range options.Notes() {
		a.warn("%s: %s", o.secretFile, note)
	}
	return v.Verify, nil
}

// withoutScheme refuses what has no meaning without --verify.
func (o verifyOptions) withoutScheme() error {
	for _, flag := range []struct{ name, value string }{
		{"--secret-file", o.secretFile}, {"--signature-header", o.header},
		{"--signature-encoding", o.encoding}, {"--signature-prefix", o.prefix},
	} {
		if flag.value != "" {
			return usageError("--verify standard, or --verify hmac-sha256", "%s: nothing is verified without --verify", flag.name)
		}
	}
	return nil
}

// asSignatureUsage names the flag that an option comes from, and the file that a
// secret comes from.
func asSignatureUsage(err error, file string) error {
	var (
		option *signature.OptionError
		secret *signature.SecretError
	)
	switch {
	case errors.As(err, &option):
		flag := map[string]string{"Header": "--signature-header", "Encoding": "--signature-encoding", "Prefix": "--signature-prefix"}[option.Option]
		if flag != "" {
			return usageError("--verify hmac-sha256", "%s: %s", flag, option.Reason)
		}
	case errors.As(err, &secret) && secret.File == "":
		named := *secret
		named.File = file
		return &named
	}
	return err
}

// classifySignature is the part of classify for signatures, nil for other errors.
func classifySignature(err error) *exitError {
	var (
		option *signature.OptionError
		secret *signature.SecretError
	)
	switch {
	case errors.As(err, &option):
		return &exitError{code: exitUsage, id: "usage", err: err}
	case errors.As(err, &secret):
		return &exitError{code: exitUsage, id: "secret", err: err, hint: "--secret-file with one secret a line"}
	}
	return nil
}

// warnIfOpen warns of a secret file that others can read.
func (a *app) warnIfOpen(file string) {
	if runtime.GOOS == "windows" {
		return // its permissions are not those that Go shows
	}
	if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o044 != 0 {
		a.warn("%s: others can read it: chmod 600 %s", file, shellWord(file))
	}
}

// fate adds what became of a delivery beside being stored: whether it was signed
// as it should be, and what may be wrong with the receiver behind.
func (x *seeing) fate(add func(look func(*render.Palette, string) string, text string)) {
	wrong, isWrong := errors.AsType[*listen.SignatureError](x.Err)
	switch {
	case isWrong:
		add((*render.Palette).Bad, "refused: "+render.CleanLine(wrong.Error()))
	case x.Delivery.Refused == event.RefusedSignature:
		add((*render.Palette).Bad, "refused: signature")
	case x.Signed:
		add((*render.Palette).Good, "signed")
	}
	if hint := handlerHint(x.Observed); hint != "" {
		add((*render.Palette).Accent, hint)
	}
}

package main

import (
	"errors"
	"os"
	"runtime"

	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/signature"
)

// signatureOptions are how deliveries have to be signed: those that come, with
// --verify, or those that are sent, with --sign.
type signatureOptions struct {
	flag       string // verify or sign
	scheme     string
	secretFile string
	header     string
	encoding   string
	prefix     string
}

// addFlags adds the flag of the scheme, and those of what belongs to it.
func (o *signatureOptions) addFlags(fs *pflag.FlagSet, flag, usage, secretUsage string) {
	o.flag = flag
	enumFlag(fs, &o.scheme, flag, "", "", signature.Schemes(), usage)
	fs.StringVar(&o.secretFile, "secret-file", "", "`FILE` with the secret, or several, one a line, "+secretUsage)
	fs.StringVar(&o.header, "signature-header", "", "the `NAME` of the header with the signature of hmac-sha256 (default "+signature.DefaultHeader+")")
	enumFlag(fs, &o.encoding, "signature-encoding", "", "", signature.Encodings(), "how hmac-sha256 writes the signature (default hex)")
	fs.StringVar(&o.prefix, "signature-prefix", "", "`TEXT` before the signature of hmac-sha256, such as sha256=")
}

// load reads the secrets. It returns nil when nothing is to be signed or checked.
func (o signatureOptions) load(a *app) (*signature.Options, error) {
	if o.scheme == "" {
		return nil, o.withoutScheme()
	}
	if o.secretFile == "" {
		return nil, usageError("--secret-file FILE", "--%s: which secret? --secret-file is missing", o.flag)
	}
	if o.secretFile == event.Stdin {
		return nil, usageError("--secret-file FILE", "--secret-file -: no secret is read from standard input")
	}
	var secrets []signature.Secret
	err := attempt(a.running, o.secretFile, func() (err error) {
		secrets, err = signature.LoadSecrets(o.secretFile)
		return err
	})
	if err != nil {
		return nil, err
	}
	options := signature.Options{
		Scheme: signature.Scheme(o.scheme), Secrets: secrets,
		Header: o.header, Encoding: signature.Encoding(o.encoding), Prefix: o.prefix,
	}
	if err := options.Check(); err != nil {
		return nil, o.asUsage(err)
	}
	a.warnIfOpen(o.secretFile)
	for _, note := range options.Notes() {
		a.warn("%s: %s", o.secretFile, note)
	}
	return &options, nil
}

// withoutScheme refuses what has no meaning without a scheme.
func (o signatureOptions) withoutScheme() error {
	done := map[string]string{"verify": "verified", "sign": "signed"}[o.flag]
	for _, flag := range []struct{ name, value string }{
		{"--secret-file", o.secretFile}, {"--signature-header", o.header},
		{"--signature-encoding", o.encoding}, {"--signature-prefix", o.prefix},
	} {
		if flag.value != "" {
			return usageError("--"+o.flag+" standard, or --"+o.flag+" hmac-sha256", "%s: nothing is %s without --%s", flag.name, done, o.flag)
		}
	}
	return nil
}

// asUsage names the flag that an option comes from, and the file that a secret
// comes from.
func (o signatureOptions) asUsage(err error) error {
	var (
		option *signature.OptionError
		secret *signature.SecretError
	)
	switch {
	case errors.As(err, &option):
		flag := map[string]string{"Header": "--signature-header", "Encoding": "--signature-encoding", "Prefix": "--signature-prefix"}[option.Option]
		if flag != "" {
			return usageError("--"+o.flag+" hmac-sha256", "%s: %s", flag, option.Reason)
		}
	case errors.As(err, &secret) && secret.File == "":
		named := *secret
		named.File = o.secretFile
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

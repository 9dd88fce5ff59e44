package main

import (
	"errors"

	"github.com/spf13/pflag"

	"github.com/konhook/konhook/pkg/signature"
)

// probeSigning is how what is sent is signed.
type probeSigning struct {
	scheme     string
	secretFile string
	header     string
	encoding   string
	prefix     string
}

func (o *probeSigning) addFlags(fs *pflag.FlagSet) {
	enumFlag(fs, &o.scheme, "sign", "", "", signature.Schemes(), "sign what is sent, and try the receiver with bad signatures")
	fs.StringVar(&o.secretFile, "secret-file", "", "`FILE` with the secret of the receiver")
	fs.StringVar(&o.header, "signature-header", "", "the `NAME` of the header with the signature of hmac-sha256 (default "+signature.DefaultHeader+")")
	enumFlag(fs, &o.encoding, "signature-encoding", "", "", signature.Encodings(), "how hmac-sha256 writes the signature (default hex)")
	fs.StringVar(&o.prefix, "signature-prefix", "", "`TEXT` before the signature of hmac-sha256, such as sha256=")
}

// options returns how to sign, nil when nobody asked for it.
func (o probeSigning) options(a *app) (*signature.Options, error) {
	if o.scheme == "" {
		return nil, o.withoutScheme()
	}
	if o.secretFile == "" {
		return nil, usageError("--secret-file FILE", "--sign: which secret? --secret-file is missing")
	}
	secrets, err := signature.LoadSecrets(o.secretFile)
	if err != nil {
		return nil, err
	}
	options := &signature.Options{
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
	return options, nil
}

// asUsage names the flag that an option comes from.
func (o probeSigning) asUsage(err error) error {
	option, ok := errors.AsType[*signature.OptionError](err)
	if !ok {
		return asSignatureUsage(err, o.secretFile)
	}
	flag := map[string]string{"Header": "--signature-header", "Encoding": "--signature-encoding", "Prefix": "--signature-prefix"}[option.Option]
	return usageError("--sign hmac-sha256", "%s: %s", flag, option.Reason)
}

// withoutScheme refuses what has no meaning without --sign.
func (o probeSigning) withoutScheme() error {
	for _, flag := range []struct{ name, value string }{
		{"--secret-file", o.secretFile}, {"--signature-header", o.header},
		{"--signature-encoding", o.encoding}, {"--signature-prefix", o.prefix},
	} {
		if flag.value != "" {
			return usageError("--sign standard, or --sign hmac-sha256", "%s: nothing is signed without --sign", flag.name)
		}
	}
	return nil
}

package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
)

// clientTLS is how https receivers are trusted: with the certificates of the
// system and those of a file in PEM, if one is named. insecure takes any, and is
// for receivers on this machine.
func clientTLS(ctx context.Context, cacert string, insecure bool) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12, InsecureSkipVerify: insecure} //nolint:gosec // for loopback only, which the callers see to
	if cacert == "" {
		return config, nil
	}
	pem, err := readSmall(ctx, cacert, maxSmall)
	if err != nil {
		return nil, err
	}
	if config.RootCAs, err = x509.SystemCertPool(); err != nil {
		config.RootCAs = x509.NewCertPool()
	}
	if !config.RootCAs.AppendCertsFromPEM(pem) {
		return nil, usageError("", "--cacert %s: no certificate in PEM in it", cacert)
	}
	return config, nil
}

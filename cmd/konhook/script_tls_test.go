package main

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/konhook/konhook/pkg/listen"
)

// scriptCertificate writes a certificate for this machine to NAME.pem and its key
// to NAME.key: certificate NAME VALID, where VALID is how long, from an hour ago,
// less that hour.
func scriptCertificate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: certificate NAME VALID")
	}
	valid, err := time.ParseDuration(args[1])
	ts.Check(err)
	c, err := listen.SelfSigned([]string{"localhost", "127.0.0.1"}, time.Now(), valid)
	ts.Check(err)
	key, err := x509.MarshalPKCS8PrivateKey(c.PrivateKey)
	ts.Check(err)
	for name, block := range map[string]*pem.Block{
		".pem": {Type: "CERTIFICATE", Bytes: c.Certificate[0]},
		".key": {Type: "PRIVATE KEY", Bytes: key},
	} {
		ts.Check(os.WriteFile(ts.MkAbs(args[0]+name), pem.EncodeToMemory(block), 0o600))
	}
}

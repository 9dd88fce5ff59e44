package signature_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/signature"
)

func Example() {
	// A file of secrets, in which one is being replaced.
	secrets, err := signature.ReadSecrets(strings.NewReader("# new\nwhsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\n# old\nwhsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD\n"))
	if err != nil {
		fmt.Println(err)
		return
	}
	options := signature.Options{Secrets: secrets}
	signer, err := signature.NewSigner(options)
	if err != nil {
		fmt.Println(err)
		return
	}
	verifier, err := signature.NewVerifier(options)
	if err != nil {
		fmt.Println(err)
		return
	}

	body := []byte(`{"occuredAt":1700000000,"type":"User/Created","body":{}}`)
	now := time.Unix(1700000000, 0)
	headers, err := signer.Sign("msg_1", now, body)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(headers[0], headers[1])
	fmt.Println(verifier.Verify(headers, body, now))
	fmt.Println(verifier.Verify(headers, body, now.Add(9*time.Minute)))
	fmt.Println(secrets)
	// Output:
	// {webhook-id msg_1} {webhook-timestamp 1700000000}
	// <nil>
	// timestamp 9 minutes old; the tolerance is 5 minutes
	// [[redacted] [redacted]]
}

func ExampleVerifier_Verify() {
	verifier, err := signature.NewVerifier(signature.Options{
		Scheme:  signature.HMACSHA256,
		Secrets: []signature.Secret{signature.NewSecret("It's a Secret to Everybody")},
		Header:  "X-Hub-Signature-256",
		Prefix:  "sha256=",
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	headers := []event.Header{{
		Name:  "X-Hub-Signature-256",
		Value: "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
	}}
	fmt.Println(verifier.Verify(headers, []byte("Hello, World!"), time.Now()))
	fmt.Println(verifier.Verify(headers, []byte("Hello, world!"), time.Now()))
	fmt.Println(verifier.Verify(nil, []byte("Hello, World!"), time.Now()))
	// Output:
	// <nil>
	// signature made with another secret, or of other bytes than those that came, such as re-encoded JSON
	// the header X-Hub-Signature-256 is missing
}

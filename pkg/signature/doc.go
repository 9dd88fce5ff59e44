// Package signature signs webhooks and checks the signatures of those that come.
//
// A [Signer] makes the headers of an attempt, a [Verifier] says whether those of
// a delivery are right, and if not, exactly why. Both are made from [Options] and
// are safe for concurrent use.
//
// # Schemes
//
// [Standard] is the symmetric scheme of Standard Webhooks, version v1
// (https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md):
// HMAC-SHA256 over id, timestamp and body, so that neither can be exchanged and an
// old delivery cannot be sent again. Choose it where both ends are free to choose.
// Signatures of another version are passed over; the asymmetric v1a (ed25519) is
// not supported.
//
// [HMACSHA256] is what many senders had before there was a standard: HMAC-SHA256
// over the body alone, in one header. The names differ from sender to sender, so
// header, encoding and prefix are options. It knows no time: what was signed once
// stays right for ever.
//
// Konstantly advises to validate signatures and documents no scheme. Neither of
// the two is known to be its own.
//
// # Secrets
//
// [LoadSecrets] reads a file with one secret a line; blank lines and those that
// begin with # are passed over. Several serve rotation: a Verifier takes a
// signature made with any of them, and a Signer of the Standard scheme signs with
// all of them, as the specification says. Under HMACSHA256 there is room for one
// signature, and the first secret makes it.
//
// For Standard a secret is base64, with or without "whsec_" before it and with or
// without padding behind it, as the libraries of the specification take it. What
// is not base64 is refused with a [*SecretError], as by them: to take it as plain
// text would give signatures that never match, and say nothing. For HMACSHA256 a
// secret is the text of its line, without the line break and with all else.
//
// # What to sign
//
// The bytes that are sent, and to check: the bytes that came. JSON that was
// parsed and written anew is other bytes, which is why most checks fail that do;
// [MismatchError] tells when it was so.
package signature

package signature

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"reflect"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
)

const (
	testSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
	testID     = "msg_p5jXN8AQM9LWM0D4loKWxJek"
	testBody   = `{"test": 2432232314}`
	testV1     = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	otherV1    = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="
)

// testTime is a function so that it is no variable.
func testTime() time.Time { return time.Unix(1614265330, 0) }

// headersOf makes headers of names and values in turn.
func headersOf(pairs ...string) []event.Header {
	headers := []event.Header{{Name: "Content-Type", Value: "application/json"}}
	for i := 0; i < len(pairs); i += 2 {
		headers = append(headers, event.Header{Name: pairs[i], Value: pairs[i+1]})
	}
	return headers
}

func standardHeaders(signature string) []event.Header {
	return headersOf("Webhook-Id", testID, "Webhook-Timestamp", "1614265330", "Webhook-Signature", signature)
}

func TestVerifyStandard(t *testing.T) {
	v := mustVerifier(t, Options{Secrets: secrets(testSecret)})
	const id, ts, sig = "webhook-id", "webhook-timestamp", "webhook-signature"
	const at = "1614265330"
	tests := []struct {
		name    string
		headers []event.Header
		body    string
		want    error // nil when it is right
		text    string
	}{
		{"right", standardHeaders(testV1), testBody, nil, ""},
		{"spaces around", headersOf("WEBHOOK-ID", " "+testID+"\t", ts, " "+at, sig, "  "+testV1+" "), testBody, nil, ""},
		{"several", standardHeaders("v2,AAAA " + otherV1 + " v1a,AAAA  " + testV1 + " " + otherV1), testBody, nil, ""},
		{"right beside malformed", standardHeaders("x v1 v1, " + testV1), testBody, nil, ""},
		{"right and in the list twice", standardHeaders(testV1 + " " + testV1), testBody, nil, ""},

		{"nothing", headersOf(), testBody, &MissingError{}, "the headers webhook-id, webhook-timestamp and webhook-signature are missing"},
		{"no id", headersOf(ts, at, sig, testV1), testBody, &MissingError{}, "the header webhook-id is missing"},
		{"no timestamp", headersOf(id, testID, sig, testV1), testBody, &MissingError{}, "the header webhook-timestamp is missing"},
		{"no signature", headersOf(id, testID, ts, at), testBody, &MissingError{}, "the header webhook-signature is missing"},
		{"empty", headersOf(id, "", ts, " ", sig, testV1), testBody, &MissingError{}, "the headers webhook-id and webhook-timestamp are missing"},
		{"another scheme", headersOf("X-Hub-Signature-256", "a", "x-hub-signature-256", "b"), testBody, &MissingError{},
			"are missing; what came is X-Hub-Signature-256 and x-hub-signature-256"},
		{"hostile names", headersOf("signature\x1b[31m", "a", strings.Repeat("signature", 9), "b", "X-Signature", "c"), testBody, &MissingError{},
			"webhook-signature are missing; what came is X-Signature"},

		{"id twice", headersOf(id, testID, "Webhook-ID", testID, ts, at, sig, testV1), testBody, &MalformedError{}, "the header webhook-id is malformed: it came 2 times"},
		{"one of two is empty", headersOf(id, testID, ts, "", ts, "", sig, testV1), testBody, &MalformedError{}, "webhook-timestamp is malformed: it came 2 times"},
		{"redacted", headersOf(id, testID, ts, at, sig, "[redacted]"), testBody, &MalformedError{}, "webhook-signature is malformed: its value was taken out when the delivery was captured"},
		{"dot in the id", headersOf(id, "a.b", ts, at, sig, testV1), testBody, &MalformedError{}, "webhook-id is malformed: it has a dot"},
		{"a word for a time", headersOf(id, testID, ts, "hello", sig, testV1), testBody, &MalformedError{}, `webhook-timestamp is malformed: "hello" is no number of Unix seconds`},
		{"plus", headersOf(id, testID, ts, "+"+at, sig, testV1), testBody, &MalformedError{}, "no number of Unix seconds"},
		{"leading zero", headersOf(id, testID, ts, "0"+at, sig, testV1), testBody, &MalformedError{}, "no number of Unix seconds"},
		{"minus", headersOf(id, testID, ts, "-1", sig, testV1), testBody, &MalformedError{}, "no number of Unix seconds"},
		{"fraction", headersOf(id, testID, ts, at+".0", sig, testV1), testBody, &MalformedError{}, "no number of Unix seconds"},
		{"milliseconds", headersOf(id, testID, ts, at+"000", sig, testV1), testBody, &MalformedError{}, "Unix seconds are expected, not milliseconds"},
		{"endless", headersOf(id, testID, ts, strings.Repeat("9", 70), sig, testV1), testBody, &MalformedError{}, `"9999999999999999999999999999999999999999"... is no number`},
		{"escape sequence", headersOf(id, testID, ts, "\x1b[31m\u202e", sig, testV1), testBody, &MalformedError{}, `"\x1b[31m\u202e" is no`},

		{"bare base64", standardHeaders(strings.TrimPrefix(testV1, "v1,")), testBody, &MalformedError{}, `... has no version: v1,BASE64 is expected`},
		{"nothing behind v1", standardHeaders("v1,"), testBody, &MalformedError{}, `webhook-signature is malformed: "" is no base64 of 32 bytes`},
		{"cut off", standardHeaders(testV1[:8]), testBody, &MalformedError{}, `"g0hM9" is no base64 of 32 bytes`},
		{"no padding", standardHeaders(strings.TrimRight(testV1, "=")), testBody, &MalformedError{}, "is no base64 of 32 bytes"},
		{"a bit that means nothing", standardHeaders(strings.Replace(testV1, "OE=", "OF=", 1)), testBody, &MalformedError{}, "is no base64 of 32 bytes"},
		{"hex", standardHeaders("v1," + strings.Repeat("ab", 32)), testBody, &MalformedError{}, "the signature is hex, and base64 is expected"},
		{"a comma for a space", standardHeaders(testV1 + "," + otherV1), testBody, &MalformedError{}, "is no base64 of 32 bytes"},

		{"asymmetric", standardHeaders("v1a,AAAA v1a,BBBB"), testBody, &VersionError{}, "no v1 signature; what came is v1a, and v1a (asymmetric, ed25519) is not supported"},
		{"of the future", standardHeaders("v2,AAAA V1,AAAA"), testBody, &VersionError{}, "no v1 signature; what came is v2 and V1"},

		{"another signature", standardHeaders(otherV1), testBody, &MismatchError{}, "signature made with another secret, or of other bytes than those that came, such as re-encoded JSON"},
		{"another body", standardHeaders(testV1), `{"test": 2432232315}`, &MismatchError{}, "another secret"},
		{"another id", headersOf(id, "x", ts, at, sig, testV1), testBody, &MismatchError{}, "another secret"},
		{"another time", headersOf(id, testID, ts, "1614265331", sig, testV1), testBody, &MismatchError{}, "another secret"},
		{"no JSON", standardHeaders(testV1), "\xff\x00", &MismatchError{}, "another secret"},
		{"re-encoded on the way", standardHeaders(testV1), `{"test":2432232314}`, &MismatchError{}, "signature made of re-encoded JSON (a space behind commas and colons), not of the bytes that came"},
		{"a line break more", standardHeaders(testV1), testBody + "\n", &MismatchError{}, "(a space behind commas and colons)"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := v.Verify(test.headers, []byte(test.body), testTime())
			expectError(t, err, test.want, test.text)
		})
	}
}

func expectError(t *testing.T, got, want error, text string) {
	t.Helper()
	if reflect.TypeOf(got) != reflect.TypeOf(want) {
		t.Fatalf("got %T, want %T: %v", got, want, got)
	}
	if got != nil && !strings.Contains(got.Error(), text) {
		t.Errorf("got  %s\nwant %s", got, text)
	}
}

func TestTolerance(t *testing.T) {
	tests := []struct {
		later time.Duration // now behind the timestamp
		want  string
	}{
		{0, ""},
		{5 * time.Minute, ""},
		{5*time.Minute + 999*time.Millisecond, ""},
		{-5 * time.Minute, ""},
		{5*time.Minute + time.Second, "timestamp 5 minutes 1 second old; the tolerance is 5 minutes"},
		{-5*time.Minute - time.Millisecond, "timestamp 5 minutes 1 second in the future; the tolerance is 5 minutes"},
		{9 * time.Minute, "timestamp 9 minutes old;"},
		{-90 * time.Minute, "timestamp 90 minutes in the future;"},
		{5 * time.Hour, "timestamp 5 hours old;"},
		{72 * time.Hour, "timestamp 3 days old;"},
		{math.MaxInt64, "timestamp 106751 days old;"},
		{math.MinInt64, "timestamp 106751 days in the future;"},
	}
	v := mustVerifier(t, Options{Secrets: secrets(testSecret)})
	for _, test := range tests {
		err := v.Verify(standardHeaders(testV1), []byte(testBody), testTime().Add(test.later))
		if test.want == "" {
			expectError(t, err, nil, "")
			continue
		}
		expectError(t, err, &StaleError{}, test.want)
	}
	for _, now := range []time.Time{{}, time.Unix(math.MaxInt64, 0), time.Unix(math.MinInt64, 0)} {
		expectError(t, v.Verify(standardHeaders(testV1), []byte(testBody), now), &StaleError{}, "timestamp")
	}
	strict := mustVerifier(t, Options{Secrets: secrets(testSecret), Tolerance: time.Second})
	err := strict.Verify(standardHeaders(testV1), []byte(testBody), testTime().Add(2*time.Second))
	expectError(t, err, &StaleError{}, "timestamp 2 seconds old; the tolerance is 1 second")
	if stale, ok := errors.AsType[*StaleError](err); !ok || stale.Age != 2*time.Second || stale.Tolerance != time.Second {
		t.Errorf("got %+v", stale)
	}
}

func TestVerifyPlain(t *testing.T) {
	secret := "k"
	sum := key{bytes: &secret}.sum("", []byte(testBody))
	hexa, b64 := hex.EncodeToString(sum), base64.StdEncoding.EncodeToString(sum)
	hub := Options{Header: "X-Hub-Signature-256", Prefix: "sha256="}
	tests := []struct {
		name  string
		o     Options
		pairs []string
		want  error
		text  string
	}{
		{"hex", Options{}, []string{"X-SIGNATURE", hexa}, nil, ""},
		{"capital hex", Options{}, []string{"x-signature", strings.ToUpper(hexa)}, nil, ""},
		{"base64", Options{Encoding: Base64}, []string{"X-Signature", b64}, nil, ""},
		{"prefix", hub, []string{"X-Hub-Signature-256", "sha256=" + hexa}, nil, ""},
		{"missing", Options{}, nil, &MissingError{}, "the header X-Signature is missing"},
		{"another header", Options{}, []string{"X-Hub-Signature-256", hexa}, &MissingError{}, "the header X-Signature is missing; what came is X-Hub-Signature-256"},
		{"twice", Options{}, []string{"X-Signature", hexa, "X-Signature", hexa}, &MalformedError{}, "it came 2 times"},
		{"base64 for hex", Options{}, []string{"X-Signature", b64}, &MalformedError{}, "the signature is base64, and hex is expected"},
		{"hex for base64", Options{Encoding: Base64}, []string{"X-Signature", hexa}, &MalformedError{}, "the signature is hex, and base64 is expected"},
		{"no prefix", hub, []string{"X-Hub-Signature-256", hexa}, &MalformedError{}, `does not begin with "sha256="`},
		{"prefix in capitals", hub, []string{"X-Hub-Signature-256", "SHA256=" + hexa}, &MalformedError{}, `does not begin with "sha256="`},
		{"a prefix that is not expected", Options{}, []string{"X-Signature", "sha256=" + hexa}, &MalformedError{}, `"sha256=" comes before the signature, and is not the prefix that is expected`},
		{"half", Options{}, []string{"X-Signature", hexa[:32]}, &MalformedError{}, "is no hex of 32 bytes"},
		{"other hash", Options{}, []string{"X-Signature", hexa + hexa}, &MalformedError{}, "is no hex of 32 bytes"},
		{"line break in base64", Options{Encoding: Base64}, []string{"X-Signature", b64[:4] + "\n" + b64[4:]}, &MalformedError{}, "is no base64"},
		{"another", Options{}, []string{"X-Signature", strings.Repeat("00", 32)}, &MismatchError{}, "another secret"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.o.Scheme, test.o.Secrets = HMACSHA256, secrets("old", "k")
			err := mustVerifier(t, test.o).Verify(headersOf(test.pairs...), []byte(testBody), time.Time{})
			expectError(t, err, test.want, test.text)
		})
	}
}

func TestRotation(t *testing.T) {
	for _, scheme := range []Scheme{Standard, HMACSHA256} {
		old := Options{Scheme: scheme, Secrets: secrets("AAAA")}
		now := Options{Scheme: scheme, Secrets: secrets("BBBB", "AAAA")}
		fresh := Options{Scheme: scheme, Secrets: secrets("BBBB")}
		sign := func(o Options) []event.Header {
			h, err := mustSigner(t, o).Sign("id", testTime(), []byte(testBody))
			if err != nil {
				t.Fatal(err)
			}
			return h
		}
		check := func(o Options, h []event.Header) bool {
			return mustVerifier(t, o).Verify(h, []byte(testBody), testTime()) == nil
		}
		if !check(now, sign(old)) || !check(now, sign(fresh)) || check(fresh, sign(old)) || check(old, sign(fresh)) {
			t.Errorf("%s: a verifier takes other secrets than its own", scheme)
		}
		// Standard has room for a signature with every secret.
		if !check(fresh, sign(now)) || check(old, sign(now)) != (scheme == Standard) {
			t.Errorf("%s: signed with the wrong secrets: %v", scheme, sign(now))
		}
	}
}

func TestConcurrentUse(t *testing.T) {
	o := Options{Secrets: secrets(testSecret, "AAAA")}
	s, v := mustSigner(t, o), mustVerifier(t, o)
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			body := fmt.Appendf(nil, `{"n":%d}`, i)
			for range 50 {
				h, err := s.Sign("id", testTime(), body)
				if err == nil {
					err = v.Verify(h, body, testTime())
				}
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

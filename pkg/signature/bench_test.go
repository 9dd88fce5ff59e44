package signature

import (
	"strings"
	"testing"
)

func BenchmarkSign(b *testing.B) {
	s := mustSigner(b, Options{Secrets: secrets(testSecret)})
	body := []byte(strings.Repeat("x", 1024))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Sign("id", testTime(), body); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkVerify(b *testing.B) {
	v := mustVerifier(b, Options{Secrets: secrets(testSecret)})
	headers := standardHeaders(testV1)
	b.ReportAllocs()
	for b.Loop() {
		if err := v.Verify(headers, []byte(testBody), testTime()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkExplain is the worst that a hostile sender can ask for: as many
// secrets as there may be, and a body that is looked into and grows in every way
// of writing it.
func BenchmarkExplain(b *testing.B) {
	texts := make([]string, MaxSecrets)
	for i := range texts {
		texts[i] = testSecret
	}
	v := mustVerifier(b, Options{Secrets: secrets(texts...)})
	list := strings.Repeat(" "+otherV1, 1200) // a head of 64 KiB
	for _, body := range []string{
		`["` + strings.Repeat("<", MaxExplained-4) + `"]`,
		`["` + strings.Repeat("\u00e9", MaxExplained/2-2) + `"]`,
		`[` + strings.Repeat("0,", MaxExplained/2-2) + `0]`,
	} {
		b.Run(body[1:4], func(b *testing.B) {
			for b.Loop() {
				if v.Verify(standardHeaders(list), []byte(body), testTime()) == nil {
					b.Fatal("taken")
				}
			}
		})
	}
}

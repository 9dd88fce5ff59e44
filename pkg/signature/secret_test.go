package signature

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
)

const canary = "whsec_Y2FuYXJ5IGluIHRoZSBjb2FsIG1pbmU"

func TestSecretHides(t *testing.T) {
	secret := NewSecret(canary)
	o := Options{Secrets: []Secret{secret}}
	signer, verifier := mustSigner(t, o), mustVerifier(t, o)
	type hidden struct{ s Secret }
	var b bytes.Buffer
	things := []any{secret, &secret, hidden{secret}, &hidden{secret}, []Secret{secret}, map[string]Secret{"k": secret},
		o, &o, signer, *signer, verifier, *verifier, signer.keys[0], signer.keys, secret.refuse("is wrong")}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%c", "%U", "%T", "%p", "%!"} {
		for _, v := range things {
			fmt.Fprintf(&b, verb+"\n", v)
		}
	}
	slog.New(slog.NewJSONHandler(&b, nil)).Info("x", "secret", secret, "options", o)
	slog.New(slog.NewTextHandler(&b, nil)).Info("x", "secret", secret, "signer", signer, "verifier", *verifier)
	text, err := json.Marshal(map[string]any{"secret": secret, "options": o, "map": map[Secret]int{secret: 1}, "signer": signer})
	if err != nil {
		t.Fatal(err)
	}
	b.Write(text)
	if err := gob.NewEncoder(&b).Encode(struct{ S Secret }{secret}); err != nil {
		t.Log(err) // as good as not showing it
	}
	if !strings.Contains(b.String(), `"secret":"[redacted]"`) {
		t.Errorf("the secret is not redacted in JSON: %s", text)
	}
	decoded, _ := decodeSecret(canary)
	for _, form := range []string{canary, strings.TrimPrefix(canary, "whsec_"), decoded,
		fmt.Sprintf("%x", canary), fmt.Sprintf("%x", decoded),
		strings.Trim(fmt.Sprint([]byte(canary)), "[]"), strings.Trim(fmt.Sprint([]byte(decoded)), "[]")} {
		if strings.Contains(strings.ToLower(b.String()), strings.ToLower(form)) {
			t.Errorf("the secret shows as %q", form)
		}
	}
	if (Secret{}).String() != "" || !(Secret{}).IsZero() || secret.IsZero() {
		t.Error("the zero secret is one")
	}
}

func TestSecretIsRedacted(t *testing.T) {
	bare := strings.TrimPrefix(canary, secretPrefix)
	for _, tt := range []struct{ secret, text, want string }{
		{canary, "a " + canary + " b " + canary, "a [redacted] b [redacted]"},
		{canary, "without its prefix: " + bare, "without its prefix: [redacted]"},
		{canary, "a part of it: " + canary[:len(canary)-1], "a part of it: " + canary[:len(canary)-1]},
		{bare, "whsec_" + bare, "whsec_[redacted]"},
		{"sesame", "open sesame", "open [redacted]"},
		{"short", "a short one", "a short one"},
		{"whsec_short", "whsec_short, short", "[redacted], short"},
		{"", "no secret", "no secret"},
	} {
		if got := NewSecret(tt.secret).Redact(tt.text); got != tt.want {
			t.Errorf("%q in %q: %q, want %q", tt.secret, tt.text, got, tt.want)
		}
	}
	if got := (Secret{}).Redact("x"); got != "x" {
		t.Errorf("the zero secret makes %q of x", got)
	}
}

func TestReadSecrets(t *testing.T) {
	tests := []struct {
		name, in string
		want     []string
		wrong    string
	}{
		{"one", "a", []string{"a"}, ""},
		{"a line break", "a\n", []string{"a"}, ""},
		{"a line break of Windows", "a\r\nb\r\n", []string{"a", "b"}, ""},
		{"only one is cut off", "a\r\r\n", nil, "line 1: the secret has a control character at byte 2"},
		{"white space stays", " a\t\n", []string{" a\t"}, ""},
		{"a # inside", "a#b\n", []string{"a#b"}, ""},
		{"rotation", "# new\nn\n\n  # old\n \t\no\n", []string{"n", "o"}, ""},
		{"nothing", "", nil, "there is no secret"},
		{"blank lines", "\n \n\r\n", nil, "there is no secret"},
		{"comments", "# a\n#b", nil, "there is no secret, only lines that begin with #, which are comments"},
		{"NUL", "a\nb\x00", nil, "line 2: the secret has a control character at byte 2"},
		{"C1", "\u0085x\n\u009bx", nil, "control character at byte 1"},
		{"bad UTF-8", "a\xff", nil, "line 1: the secret is no UTF-8 text at byte 2"},
		{"UTF-16", "\xff\xfea\x00", nil, "line 1: the secret is no UTF-8 text at byte 1"},
		{"byte order mark", "\ufeffa", nil, "line 1: the secret begins with a byte order mark: save the file without one"},
		{"not ASCII", "é\U0001f600", []string{"é\U0001f600"}, ""},
		{"as many as there may be", strings.Repeat("s\n", MaxSecrets), strings.Fields(strings.Repeat("s\n", MaxSecrets)), ""},
		{"too many", strings.Repeat("s\n", MaxSecrets+1), nil, "17 secrets, at most 16 are taken"},
		{"as long as it may be", strings.Repeat("s", MaxSecretFile), []string{strings.Repeat("s", MaxSecretFile)}, ""},
		{"too long", strings.Repeat("s", MaxSecretFile+1), nil, "more than 65536 bytes: this is no file of secrets"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadSecrets(strings.NewReader(test.in))
			if (err != nil) != (test.wrong != "") || err != nil && !strings.Contains(err.Error(), test.wrong) {
				t.Errorf("error %v, want %q", err, test.wrong)
			}
			if _, ok := errors.AsType[*SecretError](err); err != nil && !ok {
				t.Errorf("%T is no *SecretError", err)
			}
			if len(got) != len(test.want) {
				t.Fatalf("%d secrets, want %d", len(got), len(test.want))
			}
			for i := range got {
				if got[i].text() != test.want[i] {
					t.Errorf("%q, want %q", got[i].text(), test.want[i])
				}
			}
		})
	}
	if _, err := ReadSecrets(iotest.ErrReader(io.ErrUnexpectedEOF)); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("the reader's error became %v", err)
	}
}

func TestLoadSecrets(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "secret.txt")
	if err := os.WriteFile(file, []byte("# new\n\nno base64!\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	secrets, err := LoadSecrets(file)
	if err != nil {
		t.Fatal(err)
	}
	_, err = NewSigner(Options{Secrets: secrets})
	if err == nil || !strings.HasPrefix(err.Error(), file+":3: the secret is not base64") {
		t.Errorf("got %v", err)
	}
	if err := os.WriteFile(file, []byte("#\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := LoadSecrets(file); err == nil || !strings.HasPrefix(err.Error(), file+": there is no secret") {
		t.Errorf("got %v", err)
	}
	for _, missing := range []string{filepath.Join(dir, "other"), dir} {
		_, err := LoadSecrets(missing)
		if _, ok := errors.AsType[*fs.PathError](err); !ok {
			t.Errorf("%s: %v", missing, err)
		}
	}
}

func TestOptions(t *testing.T) {
	good := secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	tests := []struct {
		name string
		o    Options
		want string // "" when nothing is wrong
	}{
		{"standard", Options{Secrets: good}, ""},
		{"standard by name", Options{Scheme: Standard, Secrets: good}, ""},
		{"spaces around base64", Options{Secrets: secrets(" whsec_AAAA\t")}, ""},
		{"no padding", Options{Secrets: secrets("whsec_AA")}, ""},
		{"any text for hmac-sha256", Options{Scheme: HMACSHA256, Secrets: secrets("#!")}, ""},
		{"unknown scheme", Options{Scheme: "hmac", Secrets: good}, `scheme: "hmac" is none of standard, hmac-sha256`},
		{"no secret", Options{}, "there is no secret"},
		{"zero secret", Options{Secrets: []Secret{{}}}, "the secret is empty"},
		{"empty secret", Options{Secrets: secrets("")}, "the secret is empty"},
		{"empty behind the prefix", Options{Secrets: secrets("whsec_")}, "the secret is empty"},
		{"padding alone", Options{Secrets: secrets("whsec_==")}, "the secret is empty"},
		{"white space", Options{Secrets: secrets(" \t")}, "the secret is empty"},
		{"empty second", Options{Scheme: HMACSHA256, Secrets: secrets("a", "")}, "the secret is empty"},
		{"not base64", Options{Secrets: secrets("correct horse")}, "the secret is not base64, as Standard Webhooks asks: of plain text take the base64"},
		{"not base64 behind the prefix", Options{Secrets: secrets("whsec_a_b-")}, "the secret has something behind whsec_ that is not base64"},
		{"prefix twice", Options{Secrets: secrets("whsec_whsec_AAAA")}, "not base64"},
		{"a line break inside", Options{Secrets: secrets("AAAA\nBBBB")}, "the secret has a line break in it"},
		{"public key", Options{Secrets: secrets("whpk_AAAA")}, "asymmetric"},
		{"private key", Options{Secrets: secrets("whsk_AAAA")}, "asymmetric"},
		{"too many", Options{Secrets: make([]Secret, MaxSecrets+1)}, "secrets: 17, at most 16 are taken"},
		{"header of standard", Options{Secrets: good, Header: "X"}, "header: the standard scheme has its own"},
		{"encoding of standard", Options{Secrets: good, Encoding: Hex}, "encoding: the standard scheme has its own"},
		{"prefix of standard", Options{Secrets: good, Prefix: "v1,"}, "prefix: the standard scheme has its own"},
		{"tolerance", Options{Secrets: good, Tolerance: -1}, "tolerance: less than nothing"},
		{"tolerance of hmac-sha256", Options{Scheme: HMACSHA256, Secrets: good, Tolerance: 1}, "tolerance: hmac-sha256 signs no time"},
		{"header", Options{Scheme: HMACSHA256, Secrets: good, Header: "X Y"}, `header: "X Y" is no name of a header`},
		{"header of the framing", Options{Scheme: HMACSHA256, Secrets: good, Header: "transfer-encoding"}, "header: transfer-encoding has a meaning of its own"},
		{"header of the host", Options{Scheme: HMACSHA256, Secrets: good, Header: "Host"}, "header: Host has a meaning of its own"},
		{"header with a line break", Options{Scheme: HMACSHA256, Secrets: good, Header: "X\r\n"}, "is no name of a header"},
		{"encoding", Options{Scheme: HMACSHA256, Secrets: good, Encoding: "HEX"}, `encoding: "HEX" is none of hex, base64`},
		{"prefix", Options{Scheme: HMACSHA256, Secrets: good, Prefix: "a\n"}, `prefix: "a\n" has a character that is no printable ASCII`},
		{"prefix after a space", Options{Scheme: HMACSHA256, Secrets: good, Prefix: " a"}, "prefix: begins with a space"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := NewSigner(test.o)
			_, again := NewVerifier(test.o)
			if fmt.Sprint(err) != fmt.Sprint(again) || fmt.Sprint(err) != fmt.Sprint(test.o.Check()) {
				t.Errorf("signer: %v, verifier: %v", err, again)
			}
			if (err != nil) != (test.want != "") || err != nil && !strings.Contains(err.Error(), test.want) {
				t.Errorf("got %v, want %q", err, test.want)
			}
			_, option := errors.AsType[*OptionError](err)
			_, secret := errors.AsType[*SecretError](err)
			if err != nil && !option && !secret {
				t.Errorf("%T is not what is promised", err)
			}
		})
	}
}

func TestNotes(t *testing.T) {
	read, err := ReadSecrets(strings.NewReader("AAAA\nMfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw\nwhsec_x\n y\nz\n"))
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		o    Options
		want []string
	}{
		{Options{Secrets: read[:2]}, []string{"the secret on line 1 has 3 bytes, and Standard Webhooks asks for 24 to 64"}},
		{Options{Scheme: HMACSHA256, Secrets: read}, []string{
			"the secret on line 3 begins with whsec_, as those of the standard scheme do: hmac-sha256 takes all of it as text",
			"the secret on line 4 begins or ends with white space, which belongs to it",
		}},
		{Options{Secrets: secrets("AA")}, []string{"the secret has 1 byte, and Standard Webhooks asks for 24 to 64"}},
		{Options{}, nil},
	}
	for i, test := range tests {
		if got := test.o.Notes(); strings.Join(got, "|") != strings.Join(test.want, "|") {
			t.Errorf("%d: got %q, want %q", i, got, test.want)
		}
	}
}

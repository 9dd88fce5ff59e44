package packed

import (
	"bytes"
	"compress/gzip"
	"errors"
	"testing"
)

func TestUnpack(t *testing.T) {
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte("12345")); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sound, torn := zipped.String(), zipped.String()[:12]
	for _, c := range []struct {
		body, encoding string
		most           int64
		want           string
		fails          bool
	}{
		{"12345", "", 1, "12345", false},
		{"12345", "identity", 1, "12345", false},
		{sound, "gzip", 5, "12345", false},
		{sound, "X-GZIP", 5, "12345", false},
		{sound, "gzip", 4, "", true},
		{sound, "br", 5, sound, true},
		{torn, "gzip", 5, torn, true},
		{"12345", "gzip", 5, "12345", true},
	} {
		got, err := Unpack([]byte(c.body), []string{c.encoding}, c.most)
		if string(got) != c.want || (err != nil) != c.fails || errors.Is(err, ErrTooLarge) != (c.want == "") {
			t.Errorf("%q as %q: %q, %v", c.body, c.encoding, got, err)
		}
	}
}

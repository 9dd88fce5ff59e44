// Package packed undoes the content encoding of bodies.
package packed

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"strings"
)

// ErrTooLarge says that a body, once unpacked, is over the limit.
var ErrTooLarge = errors.New("the unpacked body is over the limit")

// Unpack undoes the content encodings of a body, up to most bytes. Of what it
// cannot undo it returns the body as it is, of what is too large nothing.
func Unpack(body []byte, encodings []string, most int64) ([]byte, error) {
	encoding := strings.ToLower(strings.Join(encodings, ", "))
	switch encoding {
	case "", "identity":
		return body, nil
	case "gzip", "x-gzip":
	default:
		return body, fmt.Errorf("a body with the content encoding %q is not unpacked", encoding)
	}
	z, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return body, wrong(err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, most+1))
	switch {
	case int64(len(plain)) > most:
		return nil, ErrTooLarge
	case err != nil:
		return body, wrong(err)
	}
	return plain, nil
}

func wrong(err error) error {
	return fmt.Errorf("the body is not what its content encoding says: %w", err)
}

package listen

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// errTooLarge says that a body, once unpacked, is over the limit.
var errTooLarge = errors.New("the unpacked body is over the limit")

// maxPromised is how many bytes are made room for because a request says that so
// many come.
const maxPromised = 64 << 10

// readBody reads the body of a request whole.
func (r *Receiver) readBody(w http.ResponseWriter, req *http.Request) ([]byte, *refusal) {
	in := bytes.NewBuffer(make([]byte, 0, min(max(req.ContentLength, 0), maxPromised)+bytes.MinRead))
	_, err := in.ReadFrom(http.MaxBytesReader(w, req.Body, r.o.MaxBody))
	body := in.Bytes()
	if err == nil {
		return body, nil
	}
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		return nil, r.tooLarge()
	}
	return nil, &refusal{http.StatusBadRequest, fmt.Sprintf("the request ended after %d bytes of its body", len(body))}
}

// unpack undoes the content encoding of a body. Of what it cannot undo it returns
// the body as it is.
func (r *Receiver) unpack(body []byte, encodings []string) ([]byte, error) {
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
		return body, fmt.Errorf("the body is not what its content encoding says: %w", err)
	}
	plain, err := io.ReadAll(io.LimitReader(z, r.o.MaxBody+1))
	switch {
	case int64(len(plain)) > r.o.MaxBody:
		return nil, errTooLarge
	case err != nil:
		return body, fmt.Errorf("the body is not what its content encoding says: %w", err)
	}
	return plain, nil
}

package listen

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
)

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

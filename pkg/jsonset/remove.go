package jsonset

import (
	"errors"

	"github.com/konhook/konhook/pkg/internal/jsonscan"
)

// Remove returns body without the member or element that pointer names, and
// without the comma beside it. What is not there is not missed; of members with
// the same name the last one goes.
//
// body must be JSON. The error is an [*Error], or a [*jsonscan.Error] when it is
// not. body itself is left alone.
func Remove(body []byte, pointer string) ([]byte, error) {
	tokens, err := split(pointer)
	if err != nil {
		return nil, err
	}
	if len(tokens) == 0 {
		return nil, &Error{Reason: "the whole value cannot be removed from itself"}
	}
	if err := jsonscan.Valid(body); err != nil {
		return nil, err
	}
	w := walker{body: body}
	w.enter(0)
	for i, token := range tokens {
		parent := w.at
		found, err := w.step(token)
		switch {
		case errors.Is(err, errScalar), err == nil && !found:
			return body, nil
		case err != nil:
			return nil, &Error{Pointer: join(tokens[:i]), Reason: err.Error()}
		case i == len(tokens)-1:
			at := w.at
			w.at = parent
			return w.cut(at), nil
		}
	}
	return body, nil
}

// cut returns body without the child of the value whose own value begins at an
// offset.
func (w *walker) cut(at int) []byte {
	var gone child
	w.children(func(c child) {
		if c.at == at {
			gone = c
		}
	})
	end := jsonscan.SkipSpace(w.body, gone.end)
	switch {
	case w.body[end] == ',':
		return w.splice(gone.behind, end+1, nil)
	case w.body[gone.behind-1] == ',':
		return w.splice(gone.behind-1, gone.end, nil)
	}
	return w.splice(gone.behind, gone.end, nil)
}

package event

import (
	"bytes"
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/internal/packed"
)

// contentEncoding is the header that says how a body is packed.
const contentEncoding = "Content-Encoding"

// maxUnpacked is how many bytes a packed body may come to. Several are held at a
// time, and a small one can come to very much.
const maxUnpacked = 8 << 20

// unpack makes the payload the Body of an event whose delivery came packed. What
// does not hold what its headers say stays as it is.
func (e *Event) unpack() {
	var encodings []string
	for _, h := range e.Delivery.Headers {
		if strings.EqualFold(h.Name, contentEncoding) {
			encodings = append(encodings, h.Value)
		}
	}
	if encodings == nil {
		return
	}
	plain, err := packed.Unpack(e.Delivery.Body, encodings, maxUnpacked)
	if err == nil && !bytes.Equal(plain, e.Delivery.Body) {
		e.Body, e.Type, e.packed = plain, TypeOf(plain), true
		e.Delivery.Type = e.Type
		e.begin = -1
	}
}

// Sent returns the bytes that the event came as: Body, or what it was packed into,
// as the headers of its Delivery say.
func (e *Event) Sent() []byte {
	if e.packed {
		return e.Delivery.Body
	}
	return e.Body
}

// Unpacked returns the Delivery with Body in it, in place of what that came packed
// into; nil when there is none.
func (e *Event) Unpacked() *Delivery {
	if !e.packed {
		return e.Delivery
	}
	d := *e.Delivery
	d.Body = e.Body
	d.Headers = slices.DeleteFunc(slices.Clone(d.Headers), func(h Header) bool {
		return strings.EqualFold(h.Name, contentEncoding)
	})
	return &d
}

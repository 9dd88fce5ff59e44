package main

import (
	"errors"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
	"github.com/konhook/konhook/pkg/render"
	"github.com/konhook/konhook/pkg/signature"
)

// verifier returns what checks signatures, nil when nobody asked for it.
func (o signatureOptions) verifier(a *app) (func([]event.Header, []byte, time.Time) error, error) {
	options, err := o.load(a)
	if options == nil {
		return nil, err
	}
	v, err := signature.NewVerifier(*options)
	if err != nil {
		return nil, o.asUsage(err)
	}
	return v.Verify, nil
}

// fate adds what became of a delivery beside being stored: whether it was signed
// as it should be, and what may be wrong with the receiver behind.
func (x *seeing) fate(add func(look func(*render.Palette, string) string, text string)) {
	wrong, isWrong := errors.AsType[*listen.SignatureError](x.Err)
	switch {
	case isWrong:
		add((*render.Palette).Bad, "refused: "+render.CleanLine(wrong.Error()))
	case x.Delivery.Refused == event.RefusedSignature:
		add((*render.Palette).Bad, "refused: signature")
	case x.Signed:
		add((*render.Palette).Good, "signed")
	}
	if hint := handlerHint(x.Observed); hint != "" {
		add((*render.Palette).Accent, hint)
	}
}

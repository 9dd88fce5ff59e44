package main

import (
	"fmt"
	"time"

	"github.com/konhook/konhook/pkg/render"
)

// progress shows how far the command is where somebody sees it.
func (v *validation) progress() {
	if !v.a.errTTY || v.a.outTTY || v.a.settings.Quiet {
		return
	}
	if now := time.Now(); now.Sub(v.shown) >= progressEvery {
		v.shown = now
		fmt.Fprintf(v.a.err, "\r%s documents, %s invalid", render.Count(v.summary.Documents), render.Count(v.summary.Invalid))
	}
}

func (v *validation) endProgress() {
	if !v.shown.IsZero() {
		fmt.Fprintf(v.a.err, "\r%60s\r", "")
	}
}

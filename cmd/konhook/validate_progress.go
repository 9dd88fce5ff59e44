package main

import (
	"os"
	"strings"

	"github.com/konhook/konhook/pkg/batch"
)

// validateProgress counts what was checked in the unit that tells most.
type validateProgress struct {
	line  *progress // nil when nobody sees it
	state progressState
}

// Many small files are counted, others are measured.
const (
	manyFiles = 20
	smallFile = 256 << 10 // bytes, on average
)

// measure finds out how much there is to do.
func (p *validateProgress) measure(files []string) {
	size, known := sizeOf(files)
	switch {
	case p.line == nil:
	case len(files) > manyFiles && size < int64(len(files))*smallFile:
		p.state.unit, p.state.total = "files", int64(len(files))
	case known:
		p.state.total = size
	}
}

// sizeOf returns how many bytes files hold. It is not known of what is no
// regular file or is packed, which then counts as nothing.
func sizeOf(files []string) (size int64, known bool) {
	known = true
	for _, name := range files {
		info, err := os.Stat(name)
		if err != nil || !info.Mode().IsRegular() || strings.HasSuffix(strings.ToLower(name), ".gz") {
			known = false
			continue
		}
		size += info.Size()
	}
	return size, known
}

// part counts a part of a file.
func (p *validateProgress) part(part *batch.Part) {
	switch {
	case p.state.unit == "":
		p.state.done += part.Bytes
	case part.Ends:
		p.state.done++
	}
}

// progress shows how far the command is.
func (v *validation) progress() {
	if v.shown.line == nil {
		return
	}
	v.shown.state.found = many(v.summary.Findings, "finding", "findings")
	v.shown.line.set(v.shown.state)
}

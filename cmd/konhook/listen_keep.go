package main

import (
	"bytes"
	"cmp"
	"errors"
	"strings"

	"github.com/konhook/konhook/pkg/atomicfile"
	"github.com/konhook/konhook/pkg/capture"
	"github.com/konhook/konhook/pkg/event"
)

// keeping is where deliveries are stored: a capture file, a folder, both or
// neither.
type keeping struct {
	a         *app
	path, dir string
	command   string // who a second writer is told of; empty: konhook listen
	fsync     bool   // on the disk before it is answered
	file      *capture.File
	folder    *atomicfile.Folder
}

func (k *keeping) wanted() bool { return k.path != "" || k.dir != "" }

// open opens what was asked for.
func (k *keeping) open() (err error) {
	if k.fsync && k.path == "" {
		return usageError("--save FILE --fsync", "--fsync: is for the file that --save names")
	}
	if k.dir != "" {
		if k.folder, err = atomicfile.OpenFolderWith(k.dir, atomicfile.FolderOptions{Sync: k.fsync}); err != nil {
			return err
		}
	}
	if k.path == "" {
		return nil
	}
	k.file, err = capture.OpenWith(k.path, capture.Options{Command: cmp.Or(k.command, "konhook listen"), Sync: k.fsync})
	if err != nil {
		return errors.Join(asSaveError(err), k.close())
	}
	if k.file.Exposed() {
		k.a.warn("other users of this machine can read %s", k.path)
	}
	for _, n := range k.file.Repairs().Notes() {
		k.a.warn("%s", n)
	}
	return nil
}

// asSaveError says what to do about a capture file that cannot be had.
func asSaveError(err error) error {
	var (
		locked  *capture.LockedError
		foreign *capture.ForeignError
	)
	switch {
	case errors.As(err, &locked):
		return hinted(codeError(exitMachine, "locked", err), "--save with another file")
	case errors.As(err, &foreign):
		return hinted(codeError(exitMachine, "damaged", err), "--save with another file")
	}
	return err
}

// save gives a delivery its place. What it returns stores it.
func (k *keeping) save(d *event.Delivery) func() error {
	var pending *capture.Pending
	if k.file != nil {
		pending = k.file.Queue(d)
	}
	return func() error {
		if pending != nil {
			if err := pending.Wait(); err != nil {
				return err
			}
		}
		if k.folder == nil {
			return nil
		}
		_, err := k.folder.Add(payloadName(d), d.Body)
		return err
	}
}

// payloadName is what the file of a payload is called: names sort by time.
func payloadName(d *event.Delivery) string {
	name := "unknown"
	if d.Type.Known() {
		name = d.Type.Slug
	} else if text, ok := event.TypeName(d.Body); ok {
		name = string(text[:min(len(text), 60)])
	}
	ext := ".json"
	if bytes.HasPrefix(d.Body, []byte{0x1f, 0x8b}) {
		ext += ".gz" // stored as it came
	}
	id := d.ID[strings.LastIndexByte(d.ID, '-')+1:]
	return d.At.UTC().Format("20060102t150405.000000") + "-" + name + "-" + id + ext
}

// close gives up what was opened.
func (k *keeping) close() (err error) {
	if k.file != nil {
		err = k.file.Close()
	}
	if k.folder != nil {
		err = errors.Join(err, k.folder.Close())
	}
	k.file, k.folder = nil, nil
	return err
}

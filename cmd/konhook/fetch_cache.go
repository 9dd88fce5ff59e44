package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/atomicfile"
	"github.com/konhook/konhook/pkg/event"
)

// asker is who is asked for the last event of a type: the API, or a cache before
// it.
type asker interface {
	Last(ctx context.Context, t event.Type) (*api.Answer, error)
}

// cache keeps the events that the API answered with, each in a capture file of its
// own that only the user can read. Those of another API or another key are not
// found: the name of the folder is a hash of both. That there is no event is not
// kept.
type cache struct {
	api    asker
	folder string
	fresh  time.Duration

	mu     sync.Mutex
	hits   int
	failed error // the first, with which an answer was not kept
}

// cached puts a cache before the API, for events that came at most fresh ago.
func (a *app) cached(client asker, fresh time.Duration) (*cache, error) {
	base, err := a.settings.baseURL()
	if err != nil {
		return nil, err
	}
	root, err := os.UserCacheDir()
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(base + "\n" + a.secret))
	return &cache{api: client, fresh: fresh, folder: filepath.Join(root, "konhook", "last", hex.EncodeToString(sum[:16]))}, nil
}

// Last returns the event that is kept, if it is fresh, and else asks.
func (c *cache) Last(ctx context.Context, t event.Type) (*api.Answer, error) {
	path := filepath.Join(c.folder, t.Slug+".ndjson")
	if answer := c.read(path); answer != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.hits++
		return answer, nil
	}
	answer, err := c.api.Last(ctx, t)
	if err == nil {
		c.write(path, answer)
	}
	return answer, err
}

// read returns nil for what is not there, too old, or not to be read: then the API
// has it.
func (c *cache) read(path string) *api.Answer {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil
	}
	d, err := event.ParseDelivery(bytes.TrimSpace(text))
	if err != nil {
		return nil
	}
	if age := time.Since(d.At); age < 0 || age >= c.fresh {
		return nil
	}
	answer := &api.Answer{Event: event.New(d.Body), At: d.At}
	for _, h := range d.Headers {
		answer.ContentType = h.Value // the only one
	}
	return answer
}

func (c *cache) write(path string, answer *api.Answer) {
	d := event.NewDelivery(event.ViaFetch, answer.At, answer.Event.Body)
	if answer.ContentType != "" {
		d.Headers = []event.Header{{Name: "Content-Type", Value: answer.ContentType}}
	}
	err := os.MkdirAll(c.folder, atomicfile.FolderPerm)
	if err == nil {
		err = atomicfile.Write(path, d.AppendJSON(nil), atomicfile.FilePerm)
	}
	if err != nil {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.failed = err
	}
}

// report tells what the cache did. That it could not keep an answer changes
// nothing about the answer.
func (c *cache) report(a *app) {
	if c == nil {
		return
	}
	if c.hits > 0 {
		a.note("note: %s from the cache, at most %s old", many(c.hits, "event is", "events are"), c.fresh)
	}
	if c.failed != nil {
		a.warn("nothing was kept in the cache: %s", classify(c.failed).err)
	}
}

// Package cache answers from a folder what the API of Konstantly was asked a
// moment ago. The vendor asks its clients to do so.
//
// It is for commands that run again and again, each for a short time. Who asks
// within one process has the answer already; who waits for new events must not
// ask a cache, see package watch.
package cache

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"net/http"
	"net/url"
	"path/filepath"
	"time"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/atomicfile"
	"github.com/konhook/konhook/pkg/event"
)

// API is what answers when the cache does not. An [*api.Client] is one.
type API interface {
	Last(ctx context.Context, t event.Type) (*api.Answer, error)
}

// Options are what a [Cache] works with. All but Hit and Unkept must be set.
type Options struct {
	// API is asked for what is not in the cache, or not fresh.
	API API
	// BaseURL is that of the API: each has answers of its own. A user and a password
	// in it do not matter.
	BaseURL string
	// Dir is the folder of the cache. It is made, for its owner alone, where it is
	// missing.
	Dir string
	// MaxAge is how long an answer is fresh.
	MaxAge time.Duration
	// Hit is told of an answer that came from the cache, and how old it is. It may be
	// called by several goroutines at once, and so may Unkept. Nil: nobody is told.
	Hit func(t event.Type, age time.Duration)
	// Unkept is told of an answer that could not be put into the cache, which makes
	// it no worse. Nil: nobody is told.
	Unkept func(t event.Type, err error)
}

// Cache asks the API, and remembers what it said. It is safe for concurrent use,
// and so is the folder for several processes.
type Cache struct {
	o      Options
	folder *atomicfile.Folder
}

// Open opens a cache. The error is an [*fs.PathError]; it wraps
// [atomicfile.ErrShared] when others can write into the folder, whose answers
// could then be anybody's.
func Open(o Options) (*Cache, error) {
	if o.Hit == nil {
		o.Hit = func(event.Type, time.Duration) {}
	}
	if o.Unkept == nil {
		o.Unkept = func(event.Type, error) {}
	}
	folder, err := atomicfile.OpenFolder(filepath.Join(o.Dir, folderOf(o.BaseURL)))
	if err != nil {
		return nil, err
	}
	if err := folder.Private(); err != nil {
		return nil, errors.Join(err, folder.Close())
	}
	return &Cache{o, folder}, nil
}

// folderOf is the name of the folder that holds the answers of an API.
func folderOf(base string) string {
	if u, err := url.Parse(base); err == nil {
		u.User = nil
		base = u.String()
	}
	sum := sha256.Sum256([]byte(base))
	return hex.EncodeToString(sum[:8])
}

// Close gives the folder up.
func (c *Cache) Close() error { return c.folder.Close() }

// Last returns the last event of a type, or that there is none, as the API said
// it at most Options.MaxAge ago. Otherwise it asks. The errors are those of
// [api.Client.Last]; none but [*api.NoEventError] is kept.
func (c *Cache) Last(ctx context.Context, t event.Type) (*api.Answer, error) {
	if d, age := c.fresh(t); d != nil {
		c.o.Hit(t, age)
		return answerOf(d, t)
	}
	answer, err := c.o.API.Last(ctx, t)
	if d := deliveryOf(answer, err); d != nil {
		if _, err := c.folder.Put(t.Slug+".json", append(d.AppendJSON(nil), '\n')); err != nil {
			c.o.Unkept(t, err)
		}
	}
	return answer, err
}

// maxFile is how large a file of the cache may be: an event, every byte of which
// may take six in a capture.
const maxFile = 6*api.MaxBody + 64<<10

// fresh returns what is kept of a type, nil when that is nothing, too old, from
// the future, or cannot be read: then the API knows better.
func (c *Cache) fresh(t event.Type) (*event.Delivery, time.Duration) {
	text, err := c.folder.Get(t.Slug+".json", maxFile)
	if err != nil {
		return nil, 0
	}
	d, err := event.ParseDelivery(text)
	if err != nil {
		return nil, 0
	}
	age := time.Since(d.At)
	if age < 0 || age >= c.o.MaxAge {
		return nil, 0
	}
	return d, age
}

// deliveryOf is an answer as a capture, one without a body for no event; nil for
// what is not kept.
func deliveryOf(a *api.Answer, err error) *event.Delivery {
	var none *api.NoEventError
	switch {
	case errors.As(err, &none):
		return event.NewDelivery(event.ViaFetch, time.Now(), nil)
	case err != nil:
		return nil
	}
	d := event.NewDelivery(event.ViaFetch, a.At, a.Event.Body)
	d.Headers = nil
	if a.ContentType != "" {
		d.Headers = []event.Header{{Name: "Content-Type", Value: a.ContentType}}
	}
	return d
}

// answerOf is the opposite of deliveryOf.
func answerOf(d *event.Delivery, t event.Type) (*api.Answer, error) {
	if len(d.Body) == 0 {
		return nil, &api.NoEventError{Type: t, Status: http.StatusNotFound}
	}
	a := &api.Answer{Event: event.New(d.Body), At: d.At}
	for _, h := range d.Headers {
		a.ContentType = h.Value
	}
	return a, nil
}

package main

import (
	"errors"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/konhook/konhook/pkg/api"
	"github.com/konhook/konhook/pkg/cache"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/render"
)

// source returns what answers: the API, or with --cache what it said a moment
// ago. Without a cache that can be used it is asked all the same. What there is to
// say later goes through serial.
func (o fetchOptions) source(a *app, client *api.Client, serial func(func())) (source cache.API, done func()) {
	if o.cache == 0 {
		return client, func() {}
	}
	c, err := o.openCache(a, client, serial)
	if err != nil {
		a.warn("--cache: %s", classify(err).err)
		return client, func() {}
	}
	return c, func() { _ = c.Close() } // it was not even changed
}

func (o fetchOptions) openCache(a *app, client *api.Client, serial func(func())) (*cache.Cache, error) {
	dir, err := cachePath()
	if err != nil {
		return nil, err
	}
	base, err := a.settings.baseURL()
	if err != nil {
		return nil, err
	}
	var once sync.Once
	return cache.Open(cache.Options{
		API: client, BaseURL: base, Dir: dir, MaxAge: o.cache,
		Hit: func(t event.Type, age time.Duration) {
			serial(func() { a.detail("< %s from the cache, as of %s", t, render.Ago(age)) })
		},
		Unkept: func(_ event.Type, err error) {
			once.Do(func() { serial(func() { a.warn("--cache: %s", classify(err).err) }) })
		},
	})
}

// cachePath returns the folder of the user for what can be had again.
func cachePath() (string, error) {
	folder := os.Getenv("XDG_CACHE_HOME")
	if !filepath.IsAbs(folder) {
		folder, _ = os.UserCacheDir() // empty with an error
	}
	if folder == "" {
		return "", errors.New("this user has no folder for it: set XDG_CACHE_HOME")
	}
	return filepath.Join(folder, "konhook"), nil
}

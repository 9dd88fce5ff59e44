package main

import (
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
)

const routeHint = "--route 'course.*=http://localhost:3000/courses'"

// parseRoutes reads EVENT=URL, where EVENT may be a pattern or a list.
func parseRoutes(words []string) (routes []listen.Route, err error) {
	for _, word := range words {
		events, to, ok := strings.Cut(word, "=")
		if !ok || to == "" {
			return nil, usageError(routeHint, "--route %q: write EVENT=URL", deliver.Harmless(word))
		}
		types, err := event.Select([]string{events})
		switch {
		case err != nil:
			return nil, err
		case len(types) == 0:
			return nil, usageError(routeHint, "--route %q: names no event", deliver.Harmless(word))
		}
		if slices.ContainsFunc(routes, func(r listen.Route) bool { return sameTypes(r.Types, types) }) {
			return nil, usageError("one --route for "+events, "--route %q: there is one for the same events before it", deliver.Harmless(word))
		}
		routes = append(routes, listen.Route{Types: types, URL: to})
	}
	return routes, nil
}

func sameTypes(a, b []event.Type) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(t event.Type) bool { return !slices.Contains(b, t) })
}

// checkRoutes is for the configuration: routes with white space between them.
func checkRoutes(value string) error {
	_, err := parseRoutes(strings.Fields(value))
	return err
}

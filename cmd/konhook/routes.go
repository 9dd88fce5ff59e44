package main

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/listen"
)

const routeHint = "--route 'course.*=http://localhost:3000/courses'"

// parseRoutes reads EVENT=URL, where EVENT may be a pattern or a list. The rules are
// those of the URLs; without a flag in them the words are of the configuration.
func parseRoutes(words []string, rules receiverRules) (routes []listen.Route, err error) {
	for _, word := range words {
		shown := strings.TrimPrefix(fmt.Sprintf("%s %q", rules.flag, deliver.Harmless(word)), " ")
		events, to, ok := strings.Cut(word, "=")
		if !ok || to == "" {
			return nil, usageError(rules.hint, "%s: write EVENT=URL", shown)
		}
		types, err := event.Select([]string{events})
		switch {
		case err != nil:
			return nil, err
		case len(types) == 0:
			return nil, usageError(rules.hint, "%s: names no event", shown)
		}
		if slices.ContainsFunc(routes, func(r listen.Route) bool { return sameTypes(r.Types, types) }) {
			return nil, usageError("one --route for "+events, "%s: there is one for the same events before it", shown)
		}
		one := rules
		one.flag = cmp.Or(one.flag, events)
		if _, err := one.parse(to); err != nil {
			return nil, err
		}
		routes = append(routes, listen.Route{Types: types, URL: to})
	}
	return routes, nil
}

func sameTypes(a, b []event.Type) bool {
	return len(a) == len(b) && !slices.ContainsFunc(a, func(t event.Type) bool { return !slices.Contains(b, t) })
}

// configRoutes reads those of the configuration: with white space between them.
func configRoutes(value string) ([]listen.Route, error) {
	return parseRoutes(strings.Fields(value), receiverRules{remote: true})
}

func checkRoutes(value string) error {
	_, err := configRoutes(value)
	return err
}

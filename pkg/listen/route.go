package listen

import (
	"errors"
	"fmt"
	"net/url"

	"github.com/konhook/konhook/pkg/deliver"
	"github.com/konhook/konhook/pkg/event"
)

// Route passes events of some types on to another receiver.
type Route struct {
	Types []event.Type
	URL   string
}

// checkRoutes reports what is wrong with routes.
func checkRoutes(routes []Route) error {
	for _, r := range routes {
		if len(r.Types) == 0 {
			return errors.New("a route is for no event")
		}
		if err := checkTarget(r.URL); err != nil {
			return err
		}
	}
	return nil
}

func checkTarget(to string) error {
	if u, err := url.Parse(to); err != nil || u.Hostname() == "" || u.Scheme != "http" && u.Scheme != "https" {
		return fmt.Errorf("%q is no http or https URL", deliver.Harmless(to))
	}
	return nil
}

// RoutesByType chooses the URL for each type: that of the route with the fewest
// types, and of those the first.
func RoutesByType(routes []Route) map[event.Type]string {
	chosen := map[event.Type]Route{}
	for _, r := range routes {
		for _, t := range r.Types {
			if before, taken := chosen[t]; !taken || len(r.Types) < len(before.Types) {
				chosen[t] = r
			}
		}
	}
	urls := make(map[event.Type]string, len(chosen))
	for t, r := range chosen {
		urls[t] = r.URL
	}
	return urls
}

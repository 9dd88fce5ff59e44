package probe_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/konhook/konhook/pkg/probe"
)

// A receiver that takes everything is not a good one.
func ExampleRun() {
	receiver := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	defer receiver.Close()

	options := probe.Options{URL: receiver.URL, Cases: []string{"event-types", "cut", "get"}}
	summary, err := probe.Run(context.Background(), options, func(r probe.Result) error {
		_, err := fmt.Printf("%s %s: expected %s, got %s\n", r.Outcome, r.Case.Name, r.Expected, r.Got)
		return err
	})
	fmt.Println(summary.Failed, "failed", err)
	// Output:
	// pass event-types: expected 2xx for each, got 200
	// fail cut: expected 4xx, got 200 OK
	// warn get: expected 404 or 405, got 200 OK
	// 1 failed <nil>
}

package deliver_test

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"

	"github.com/konhook/konhook/pkg/deliver"
)

func Example() {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNoContent)
	}))
	defer receiver.Close()

	sender := deliver.New(deliver.Options{Retries: 2})
	defer sender.Close()
	result := sender.Send(context.Background(), deliver.Request{
		URL:  receiver.URL + "/webhook",
		Body: []byte(`{"occuredAt":1700000000,"type":"User/Created","body":{}}`),
	}, nil)
	fmt.Println(result.Event, result.Status, result.OK)
	// Output: user.created 204 true
}

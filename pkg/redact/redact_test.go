package redact

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/internal/jsonscan"
	"github.com/konhook/konhook/pkg/sample"
)

func TestBody(t *testing.T) {
	for _, c := range []struct{ name, in, want string }{
		{
			"a user", `{"body": {"user":{ "id":"u1" , "name":"Zoë","email":"z@x","role":{"alias":"admin"},"isBanned":false,"phone":[1.5,{"x":"y"}],"image":{"url":"u"},"location":null}}}`,
			`{"body": {"user":{ "id":"u1" , "name":"[redacted]","email":"[redacted]","role":{"alias":"admin"},"isBanned":false,"phone":[0,{"x":"[redacted]"}],"image":{"url":"[redacted]"},"location":null}}}`,
		},
		{"attributes in an array", `{"user":{"userAttributes":[{"apiId":"a","name":"n","type":1,"value":"v","more":2}]}}`, `{"user":{"userAttributes":[{"apiId":"a","name":"n","type":1,"value":"[redacted]","more":0}]}}`},
		{"attributes in an object", `{"user":{"attributes":{"department":"x","age":41}}}`, `{"user":{"attributes":{"department":"[redacted]","age":0}}}`},
		{"attributes that are none", `{"user":{"userAttributes":["x"]}}`, `{"user":{"userAttributes":["[redacted]"]}}`},
		{"a user that is a string", `{"user":"Anna"}`, `{"user":"[redacted]"}`},
		{"users", `{"users":[{"id":"1","name":"x"}]}`, `{"users":[{"id":"1","name":"[redacted]"}]}`},
		{"an escaped name", `{"us\u0065r":{"name":"x"}}`, `{"us\u0065r":{"name":"[redacted]"}}`},
		{"both of the same name", `{"user":{"name":"a"},"user":{"name":"b"}}`, `{"user":{"name":"[redacted]"},"user":{"name":"[redacted]"}}`},
		{"elsewhere", `{"body":{"course":{"name":"c","id":1.50,"owner":{"email":"a@b"}}}}`, `{"body":{"course":{"name":"c","id":1.50,"owner":{"email":"[redacted]"}}}}`},
		{"no event", ` [1, "x"] `, ` [1, "x"] `},
		{"not JSON", `{"user":{"name":"Anna"`, `"[redacted]"`},
		{"nothing", ``, `"[redacted]"`},
	} {
		if diff := cmp.Diff(c.want, string(Body([]byte(c.in)))); diff != "" {
			t.Errorf("%s: (-want +got)\n%s", c.name, diff)
		}
	}
}

func TestDelivery(t *testing.T) {
	d := &event.Delivery{
		ID: "1", At: time.Unix(1, 0), Via: event.ViaListen, Method: "POST", URL: "/secret?token=1", Remote: "192.0.2.1:5",
		Headers: []event.Header{{Name: "X-Forwarded-For", Value: "192.0.2.1"}, {Name: "content-type", Value: "application/json"}},
		Body:    []byte(`{"user":{"name":"x"}}`), Response: &event.Response{Status: 200},
	}
	want := *d
	want.URL, want.Remote, want.Headers, want.Body = "/webhook", "", d.Headers[1:], []byte(`{"user":{"name":"[redacted]"}}`)
	if diff := cmp.Diff(&want, Delivery(d)); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	if d.Remote == "" || !strings.Contains(string(d.Body), `"x"`) {
		t.Error("the argument changed")
	}
}

func TestSamplesLoseWhatIsPersonal(t *testing.T) {
	g := sample.New(1, sample.Epoch)
	for range 30 {
		for _, kind := range event.Types() {
			got := Body(g.Generate(kind).Body)
			for _, text := range []string{"@", "EMP"} {
				if bytes.Contains(got, []byte(text)) {
					t.Errorf("%q is left in %s", text, got)
				}
			}
			if event.TypeOf(got) != kind {
				t.Errorf("%s is a %s no more", got, kind)
			}
		}
	}
}

func FuzzBody(f *testing.F) {
	f.Add([]byte(`{"user":{"name":"x","userAttributes":[{"value":1}]}}`))
	f.Add([]byte(`[{"users":[{}]}]`))
	f.Fuzz(func(t *testing.T, in []byte) {
		got := Body(in)
		if err := jsonscan.Valid(got); err != nil {
			t.Errorf("%q becomes %q: %v", in, got, err)
		}
		if again := Body(got); !bytes.Equal(got, again) {
			t.Errorf("%q becomes %q and then %q", in, got, again)
		}
	})
}

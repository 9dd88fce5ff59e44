package event

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var noon = time.Date(2026, 11, 1, 12, 0, 0, 123456789, time.UTC)

func TestAppendJSONFollowsTheFormat(t *testing.T) {
	yes := true
	d := &Delivery{
		ID: "id-1", At: noon, Via: ViaListen, Method: "POST", URL: "/webhook?x=1",
		Headers: []Header{{"Content-Type", "application/json"}, {"x-A", "1"}, {"x-A", "2"}},
		Remote:  "127.0.0.1:41234", Body: []byte("{\"type\":\"User/Created\"}\n"), Valid: &yes,
		Response: &Response{200, 410 * time.Microsecond},
	}
	d.Type = TypeOf(d.Body)
	want := `{"konhook":1,"id":"id-1","at":"2026-11-01T12:00:00.123456789Z","via":"listen","event":"user.created","method":"POST",` +
		`"url":"/webhook?x=1","headers":[["Content-Type","application/json"],["x-A","1"],["x-A","2"]],"remote":"127.0.0.1:41234",` +
		`"body":"{\"type\":\"User/Created\"}\n","valid":true,"refused":null,"response":{"status":200,"ms":0.41}}` + "\n"
	if got := string(d.AppendJSON(nil)); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
	bare := &Delivery{At: noon, Via: ViaFetch, Method: "POST", URL: "/webhook", Body: []byte("\xff"), Refused: RefusedInvalid, Response: &Response{}}
	want = `{"konhook":1,"id":"","at":"2026-11-01T12:00:00.123456789Z","via":"fetch","event":null,"method":"POST","url":"/webhook",` +
		`"headers":[],"remote":null,"body64":"/w==","valid":null,"refused":"invalid","response":{"status":null,"ms":0}}` + "\n"
	if got := string(bare.AppendJSON(nil)); got != want {
		t.Errorf("got  %swant %s", got, want)
	}
}

func TestCaptureKeepsEveryByte(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := &Delivery{
			ID: NewID(noon), At: noon, Via: ViaListen, Method: "POST", URL: rapid.String().Draw(t, "url"), Headers: []Header{},
			Body: rapid.SliceOf(rapid.Byte()).Draw(t, "body"), Response: &Response{rapid.IntRange(0, 599).Draw(t, "status"), time.Millisecond},
		}
		if rapid.Bool().Draw(t, "text") {
			d.Body = []byte(strings.ToValidUTF8(rapid.String().Draw(t, "body text"), "?"))
		}
		d.URL = strings.ToValidUTF8(d.URL, "?")
		line := d.AppendJSON(nil)
		if !json.Valid(line) || bytes.Count(line, newline) != 1 {
			t.Fatalf("not one line of JSON: %q", line)
		}
		got, err := ParseDelivery(line)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got.Body, d.Body) {
			t.Fatalf("body %q became %q", d.Body, got.Body)
		}
		got.Body, got.Type = d.Body, d.Type
		if !reflect.DeepEqual(got, d) {
			t.Fatalf("got %+v, want %+v", got, d)
		}
	})
}

func TestParseDeliveryRefuses(t *testing.T) {
	for _, line := range []string{
		``, `{}`, `[]`, `{"konhook":1}`, `{"body":"x"}`, `{"konhook":0,"body":"x"}`, `{"konhook":"1","body":"x"}`, `{"konhook":1,"body":5}`,
		`{"konhook":1,"body":"x","at":"yesterday"}`, `{"konhook":1,"body":"x","headers":[["a"]],"valid":"yes"}`, `{"konhook":1,"body64":"*"}`,
		`{"konhook":1,"body":"x"} {}`, `{"konhook":1,"body":"x"`,
	} {
		if d, err := ParseDelivery([]byte(line)); err == nil {
			t.Errorf("%s: %+v", line, d)
		}
	}
	d, err := ParseDelivery([]byte(`{"konhook":1,"body":"x","later":{"a":[1]}}`))
	if err != nil || string(d.Body) != "x" {
		t.Errorf("a capture with a member that is not known: %+v, %v", d, err)
	}
	var newer *VersionError
	if d, err := ParseDelivery([]byte(`{"body":"x","konhook":2}`)); !errors.As(err, &newer) || newer.Version != 2 {
		t.Errorf("a capture of a later version: %+v, %v", d, err)
	}
}

func TestNewIDSortsByTime(t *testing.T) {
	var ids []string
	for i := range 50 {
		ids = append(ids, NewID(noon.Add(time.Duration(i)*time.Millisecond)))
	}
	if !slices.IsSorted(ids) {
		t.Error(ids)
	}
	if a, b := NewID(noon), NewID(noon); a == b || len(a) != 36 || a[14] != '7' {
		t.Errorf("%s, %s", a, b)
	}
}

func TestAppendTime(t *testing.T) {
	for _, at := range []time.Time{
		{}, time.Unix(0, 1), time.Unix(1793700000, 120_000_000), time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.FixedZone("", -3600*12)),
		time.Date(2026, 11, 1, 1, 2, 3, 4, time.FixedZone("", 5400)),
	} {
		want := at.UTC().Format("2006-01-02T15:04:05.000000000Z07:00")
		if got := string(appendTime(nil, at)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

package batch

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/konhook/konhook/pkg/event"
	"github.com/konhook/konhook/pkg/sample"
	"github.com/konhook/konhook/pkg/schema"
)

const created = `{\"type\":\"User/Created\",\"occuredAt\":1,\"body\":{\"user\":{\"id\":\"u\",\"name\":\"n\",\"\u00e9\":1}}}`

// oddCaptures are captures, or nearly so, that must not be taken for what they
// are not.
var oddCaptures = []string{
	`{"konhook":1,"body":"` + created + `"}`,
	` { "body" : "` + created + `" , "konhook" : 1 } `,
	`{"id":"i","konhook":1,"body":"no json"}`,
	` {"konhook":1,"body":"no json"}`,
	`{"konhook":1,"body":"{","body":"` + created + `"}`,
	`{"konhook":1,"body":"` + created + `","body":5}`,
	`{"konhook":1,"body":"` + created + `","headers":[["a"]],"at":"yesterday"}`,
	`{"konhook":2,"body":"` + created + `","later":[1]}`,
	`{"konhook":0,"body":"` + created + `"}`,
	`{"konh\u006fok":1,"body":"` + created + `"}`,
	`{"konhook":1,"body64":"e30="}`,
	`{"konhook":1,"body":"` + created + `","response":{"status":"200"}}`,
	`{"konhook":1,"body":"` + created + `"`,
	`{"konhook":1,"body":"` + created + `"} x`,
	`{"konhook":"1","body":"x"}`,
	`{"type":"User/Created","occuredAt":1,"body":{"user":{"id":"u","name":"konhook"}}}`,
	`{"type":"User/Created","occuredAt":1,"body":{"user":{"id":"u","name":"n"}},"konhook":1,"body64":""}`,
	`{"konhook":1,"body":"\ud800"}`,
	"{\"konhook\":1,\"body\":\"\xff\"}",
}

func TestCapturesAreTheSameAsOneByOne(t *testing.T) {
	anything, err := schema.Compile("any", []byte(`true`))
	if err != nil {
		t.Fatal(err)
	}
	for name, o := range map[string]schema.Options{
		"built in": {}, "strict": {Strict: true}, "one type": {As: event.Types()[0]}, "any value": {Schema: anything},
	} {
		v, err := schema.NewValidator(o)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(name, func(t *testing.T) {
			for _, line := range oddCaptures {
				compareWith(t, v, []byte(line))
				compareWith(t, v, []byte("{}\n"+line+"\n{]\n"+oddCaptures[0]))
			}
			compareWith(t, v, []byte(strings.Join(oddCaptures, "\n")))
		})
	}
}

func TestCapturesTakeTheQuickWay(t *testing.T) {
	text := captures(500)
	_, documents, invalid, quick := inBatch(t, Options{Validator: validator(t)}, bytes.NewReader(text))
	if documents != 500 || invalid != 0 || quick != 500 {
		t.Errorf("%d documents, %d of them invalid, %d took the quick way", documents, invalid, quick)
	}
}

// captures makes a capture file as listen writes it.
func captures(lines int) (text []byte) {
	g := sample.New(1, sample.Epoch)
	types := event.Types()
	yes := true
	for i := range lines {
		d := event.NewDelivery(event.ViaListen, time.Unix(int64(i), 0), g.Generate(types[i%len(types)]).Body)
		d.Remote, d.Valid, d.Response = "127.0.0.1:1234", &yes, &event.Response{Status: 200, Took: time.Millisecond}
		for n := range 7 {
			d.Headers = append(d.Headers, event.Header{Name: fmt.Sprintf("X-Header-%d", n), Value: "some value or other"})
		}
		text = d.AppendJSON(text)
	}
	return text
}

// TestNotesInOneCapture has a capture with more notes than are told of one
// document: each is found at its own place.
func TestNotesInOneCapture(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"type":"User/Created","occuredAt":1,"body":{"user":{"id":"u","name":"n"`)
	for i := range 900 {
		fmt.Fprintf(&b, `,"é%d":"\"%d\""`, i, i)
	}
	b.WriteString("}}}")
	compare(t, event.NewDelivery(event.ViaListen, time.Unix(1, 0), []byte(b.String())).AppendJSON(nil))
}

// BenchmarkCaptures checks a capture file.
func BenchmarkCaptures(b *testing.B) {
	text := captures(20_000)
	o := Options{Validator: validator(b)}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		o.Read.Stdin = bytes.NewReader(text)
		if err := Run(context.Background(), []string{"-"}, o, func(*Part) bool { return true }); err != nil {
			b.Fatal(err)
		}
	}
}

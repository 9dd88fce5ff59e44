package event

import (
	"bytes"
	"compress/gzip"
	"testing"
	"time"
)

// What is packed comes to so much and no more: beyond that it stays as it came.
func TestUnpackIsBounded(t *testing.T) {
	for size, want := range map[int]bool{1 << 10: true, maxUnpacked: true, maxUnpacked + 1: false} {
		var body bytes.Buffer
		z := gzip.NewWriter(&body)
		if _, err := z.Write(bytes.Repeat([]byte(" "), size)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		d := NewDelivery(ViaListen, time.Unix(0, 0), body.Bytes())
		d.Headers = []Header{{Name: "content-encoding", Value: "gzip"}}
		e := &Event{Body: d.Body, Delivery: d}
		if e.unpack(); (len(e.Body) == size) != want || !bytes.Equal(e.Sent(), body.Bytes()) {
			t.Errorf("%d bytes: unpacked to %d", size, len(e.Body))
		}
	}
}

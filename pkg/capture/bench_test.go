package capture

import (
	"fmt"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/konhook/konhook/pkg/event"
)

// ordinary is a delivery as receivers get them: 515 bytes of body, six headers.
func ordinary() *event.Delivery {
	d := delivery("1")
	d.Headers = nil
	for i := range 6 {
		d.Headers = append(d.Headers, event.Header{Name: fmt.Sprint("X-Header-", i), Value: "a value of some length"})
	}
	d.Body = []byte(`{"type":"User/Created","occuredAt":1768467502,"body":{"user":{"id":"u1","name":"` + strings.Repeat("Ada ", 106) + `"}}}`)
	return d
}

func BenchmarkOpen(b *testing.B) {
	var text strings.Builder
	for range 10_000 {
		text.Write(ordinary().AppendJSON(nil))
	}
	b.SetBytes(int64(text.Len()))
	for b.Loop() {
		if _, err := walk(strings.NewReader(text.String())); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkAppend has as many goroutines append as the name says, each of which
// waits until its delivery is in the file, or on the disk, before the next.
func BenchmarkAppend(b *testing.B) {
	for _, goroutines := range []int{2, 32} {
		b.Run(fmt.Sprint(goroutines), func(b *testing.B) { benchmarkAppend(b, Options{}, goroutines) })
		b.Run(fmt.Sprint(goroutines, "/sync"), func(b *testing.B) { benchmarkAppend(b, Options{Sync: true}, goroutines) })
	}
}

func benchmarkAppend(b *testing.B, o Options, goroutines int) {
	f, err := OpenWith(filepath.Join(b.TempDir(), "x.ndjson"), o)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	d := ordinary()
	b.ReportAllocs()
	b.SetParallelism((goroutines + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := f.Append(d); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "records/s")
}

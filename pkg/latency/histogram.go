package latency

import (
	"math"
	"math/bits"
	"slices"
	"time"
)

// Histogram counts durations in bounded memory, at most about 32 KiB. The zero
// value holds none. It is not safe for concurrent use.
//
// The first 4,096 it keeps as they are. Beyond those it counts in buckets whose
// width is 1/64 of their lower end or 1 ns, as HdrHistogram does with 6 bits below
// the leading one, so that the middle of a bucket is within 1/128 of whatever fell
// into it.
type Histogram struct {
	exact   []time.Duration // nil once there are more than keep
	buckets []uint64        // nil until then
	n       uint64
	max     time.Duration
}

const (
	keep       = 4096
	bucketBits = 6
	// The largest duration has its leading bit at 62.
	bucketCount = (63 - bucketBits + 1) << bucketBits
)

// Add counts a duration; a negative one, of a clock that went back, counts as 0.
func (h *Histogram) Add(d time.Duration) {
	d = max(d, 0)
	h.n++
	h.max = max(h.max, d)
	if h.buckets == nil && len(h.exact) < keep {
		h.exact = append(h.exact, d)
		return
	}
	if h.buckets == nil {
		h.buckets = make([]uint64, bucketCount)
		for _, e := range h.exact {
			h.buckets[bucketOf(e)]++
		}
		h.exact = nil
	}
	h.buckets[bucketOf(d)]++
}

// bucketOf numbers the buckets without gaps: durations below 128 ns have one
// each, and each doubling from there has 64.
func bucketOf(d time.Duration) int {
	v := uint64(d)
	shift := max(0, bits.Len64(v)-bucketBits-1)
	return shift<<bucketBits + int(v>>shift)
}

// middleOf is the middle of the bucket i.
func middleOf(i int) time.Duration {
	shift := max(0, i>>bucketBits-1)
	low := uint64(i-shift<<bucketBits) << shift
	return time.Duration(low + (1<<shift-1)/2)
}

// Quantiles returns those of all durations so far.
func (h *Histogram) Quantiles() Quantiles {
	slices.Sort(h.exact)
	return Quantiles{h.at(50), h.at(90), h.at(99), h.max}
}

// at is the nearest-rank quantile: the smallest value that so many per cent of
// all are not above. What is exact must be sorted.
func (h *Histogram) at(percent uint64) time.Duration {
	if h.n == 0 {
		return 0
	}
	rank := (h.n*percent + 99) / 100
	if h.buckets == nil {
		return h.exact[rank-1]
	}
	for i, count := range h.buckets {
		if count >= rank {
			return min(middleOf(i), h.max)
		}
		rank -= count
	}
	return h.max
}

// Band is how many durations lie in a range: From is in it, To is not, but in the
// last one, where To is the largest duration.
type Band struct {
	From, To time.Duration
	N        uint64
}

// Bands returns how the durations are spread: over ranges that begin at 1, 2 and
// 5 times a power of ten nanoseconds, or at powers of ten alone where that would
// be more than most. Between the first and the last that hold anything all are
// there. Beyond 4,096 durations, those at a border may be counted on either side.
func (h *Histogram) Bands(most int) []Band {
	if bands := h.bands(1, 2, 5); len(bands) <= most {
		return bands
	}
	return h.bands(1)
}

func (h *Histogram) bands(steps ...int64) (bands []Band) {
	if h.n == 0 {
		return nil
	}
	from := int64(0)
	for power := int64(1); from <= int64(h.max); power *= 10 {
		for _, step := range steps {
			to := step * power
			bands = append(bands, Band{time.Duration(from), time.Duration(to), 0})
			from = to
		}
		if power > math.MaxInt64/100 { // ten times that is more than can be counted
			bands = append(bands, Band{time.Duration(from), math.MaxInt64, 0})
			break
		}
	}
	h.each(func(d time.Duration, n uint64) {
		i, _ := slices.BinarySearchFunc(bands, d, func(b Band, d time.Duration) int {
			if b.To > d {
				return 1
			}
			return -1
		})
		bands[min(i, len(bands)-1)].N += n
	})
	return trimmed(bands, h.max)
}

// each calls f with all durations, or with the middles of their buckets.
func (h *Histogram) each(f func(d time.Duration, n uint64)) {
	for _, d := range h.exact {
		f(d, 1)
	}
	for i, n := range h.buckets {
		if n > 0 {
			f(min(middleOf(i), h.max), n)
		}
	}
}

// trimmed takes away the empty bands at both ends.
func trimmed(bands []Band, last time.Duration) []Band {
	holds := func(b Band) bool { return b.N > 0 }
	bands = bands[slices.IndexFunc(bands, holds):]
	for !holds(bands[len(bands)-1]) {
		bands = bands[:len(bands)-1]
	}
	bands[len(bands)-1].To = last
	return bands
}
